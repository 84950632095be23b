"""Growing by range, confidence and gradient; leaks through holes of one to three voxels."""

import json

import numpy as np
import pytest
from scipy import ndimage

from segmentation.effects import Grow, from_recipe
from segmentation.effects.effect import SegmentView, outcome, recipe
from segmentation.errors import Cancelled, Refusal
from segmentation.kept import Kept
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from segmentation.recipe import edge_hu
from tests.segmentation.random_masks import OBLIQUE, noise, volume_of

SHAPE = (48, 52, 100)
CENTRE = (24, 26, 30)


def away(shape, spacing=(1.0, 1.0, 1.0), centre=CENTRE):
    axes = np.ogrid[tuple(slice(n) for n in shape)]
    return np.sqrt(sum(((n - c) * s) ** 2 for n, c, s in zip(axes, centre, spacing, strict=True)))


def shell(hole=0, sd=0.0, seed=0):
    """Soft tissue inside and outside a shell of bone 3 voxels thick, with a hole in it."""
    radius = away(SHAPE)
    hu = np.where((radius >= 12) & (radius < 15), 700.0, 40.0)
    k, j = CENTRE[0] - (hole - 1) // 2, CENTRE[1] - (hole - 1) // 2
    hu[k : k + hole, j : j + hole, CENTRE[2] :][..., :20] = 40.0
    return volume_of(hu + np.random.default_rng(seed).normal(0.0, sd, SHAPE))


def points(volume, *kji):
    return tuple(map(tuple, volume.grid.lps_mm(np.array(kji)[:, ::-1]).tolist()))


def told(volume, effect, kept=None, progress=lambda _done, _total: None):
    empty = BitMask.empty(volume.grid.shape_kji)
    return outcome(effect, SegmentView(volume, empty, progress, kept=kept or Kept()))


def soft(volume, **settings):
    return Grow(-100, 200, points(volume, CENTRE, (22, 27, 31)), **settings)


def codes(made):
    return [finding.code for finding in made.findings]


@pytest.mark.hazard("HAZ-28")
@pytest.mark.parametrize("sd", [0.0, 20.0, 40.0])
@pytest.mark.parametrize("hole", [1, 2, 3])
def test_a_leak_through_a_hole_is_told_and_can_be_stopped(hole, sd):
    for seed in range(1 if sd == 0.0 else 3):
        volume = shell(hole, sd, seed)
        made = told(volume, soft(volume))
        assert codes(made) == ["leak-suspected"]
        assert made.mask.voxels > 100_000
        inside = away(SHAPE) < 12
        made = told(volume, soft(volume, leaks="stop"))
        assert codes(made) == ["leak-stopped"]
        truth = inside & (volume.hu >= -100) & (volume.hu <= 200)
        extra = made.mask.to_bool() & ~truth
        assert not (truth & ~made.mask.to_bool()).any()
        assert extra.sum() <= hole * hole * 4  # no more than the hole itself


@pytest.mark.hazard("HAZ-28")
@pytest.mark.parametrize("sd", [0.0, 20.0, 40.0])
def test_a_whole_shell_is_no_leak(sd):
    for seed in range(1 if sd == 0.0 else 3):
        volume = shell(0, sd, seed)
        for leaks in ("tell", "stop"):
            made = told(volume, soft(volume, leaks=leaks))
            assert codes(made) == []
            assert np.array_equal(
                made.mask.to_bool(), told(volume, soft(volume, leaks="off")).mask.to_bool()
            )


def test_a_passage_wider_than_the_neck_is_no_leak():
    volume = shell(5)
    assert codes(told(volume, soft(volume))) == []
    assert codes(told(volume, soft(volume, neck_mm=5.0))) == ["leak-suspected"]
    assert codes(told(shell(2), soft(shell(2), leaks="off"))) == []


def test_a_leak_says_where_it_begins_and_how_much_lies_beyond():
    volume = shell(2)
    found = told(volume, soft(volume)).findings[0]
    words = found.values["place"].removesuffix(" mm").split(", ")
    signs = {"L": 1, "P": 1, "S": 1, "R": -1, "A": -1, "I": -1}
    x, y, z = (signs[word[0]] * float(word[2:]) for word in words)
    i, j, k = volume.grid.ijk(np.array([x, y, z]))
    assert away(SHAPE)[round(k), round(j), round(i)] == pytest.approx(17.0, abs=2.5)
    beyond_ml = (away(SHAPE) >= 15).sum() / 1000
    assert 0.75 * beyond_ml < found.values["ml"] <= beyond_ml
    assert found.values["count"] == 1


def test_seeds_in_thin_parts_can_not_tell_a_leak():
    hu = np.full((30, 30, 90), 700)
    hu[5:25, 5:25, 5:25] = hu[5:25, 5:25, 60:80] = 40
    hu[14:16, 14:16, 25:60] = 40
    volume = volume_of(hu)
    made = told(volume, Grow(-100, 200, points(volume, (14, 14, 42))))
    assert codes(made) == ["leak-not-judged"]
    made = told(volume, Grow(-100, 200, points(volume, (14, 14, 10), (14, 14, 70))))
    assert codes(made) == []  # both ends are meant


def test_confidence_finds_the_range_of_a_tissue():
    radius = away(SHAPE)
    random = np.random.default_rng(2)
    hu = np.where(radius < 14, 120.0, 0.0) + random.normal(0.0, 12.0, SHAPE)
    volume = volume_of(hu)
    seeds = points(volume, CENTRE)
    effect = Grow(226, 32767, seeds, "confidence", 3.0, 4.0, 3)  # the bounds don't matter
    made = told(volume, effect)
    lower, upper = made.found_hu
    assert (lower + upper) / 2 == pytest.approx(120.0, abs=3.0)
    assert (upper - lower) / 2 == pytest.approx(36.0, abs=4.0)
    ids, _ = ndimage.label((volume.hu >= lower) & (volume.hu <= upper))
    assert np.array_equal(made.mask.to_bool(), ids == ids[CENTRE])
    truth = radius < 14
    mask = made.mask.to_bool()
    assert 2 * (mask & truth).sum() / (mask.sum() + truth.sum()) > 0.98
    text = recipe(effect, made.found_hu)
    assert json.loads(text)["found"] == {"lower_hu": lower, "upper_hu": upper}
    assert edge_hu(text) == lower - 0.5
    assert from_recipe(text) == effect


def test_confidence_of_a_flat_tissue_is_its_value():
    volume = volume_of(np.where(away(SHAPE) < 10, 77, 20))
    made = told(volume, Grow(0, 0, points(volume, CENTRE), "confidence"))
    assert made.found_hu == (75, 79)
    assert np.array_equal(made.mask.to_bool(), volume.hu == 77)


def test_padding_takes_no_part_in_confidence():
    hu = np.full((9, 9, 90), 50)
    padded = np.zeros(hu.shape, bool)
    padded[:, :, 46:] = True
    hu[padded] = -2000
    volume = volume_of(hu, padding=BitMask.from_bool(padded))
    assert told(volume, Grow(0, 0, points(volume, (4, 4, 44)), "confidence")).found_hu == (48, 52)


def test_growing_ends_at_a_steep_edge_that_lies_inside_the_range():
    hu = np.tile(np.clip((np.arange(100) - 50) * 60.0, 0.0, 120.0), (20, 20, 1))
    hu += np.arange(20)[:, None, None] * 4.0  # and passes a gentle slope
    volume = volume_of(hu, (1.0, 1.0, 1.0), OBLIQUE)
    seeds = points(volume, (10, 10, 10))
    mask = told(volume, Grow(-50, 300, seeds, "gradient", limit_hu_per_mm=20.0)).mask.to_bool()
    assert mask[:, :, :50].all()
    assert mask[:, :, 50].all()  # the edge itself is its end
    assert not mask[:, :, 51:].any()
    assert (
        told(volume, Grow(-50, 300, seeds, "gradient", limit_hu_per_mm=80.0)).mask.to_bool().all()
    )
    text = recipe(Grow(-50, 300, seeds, "gradient"))
    assert edge_hu(text) is None  # the range doesn't say where that surface is


def test_a_seed_on_an_edge_or_outside_is_refused():
    hu = np.tile(np.where(np.arange(100) < 50, 0, 200), (8, 8, 1))
    volume = volume_of(hu)
    with pytest.raises(Refusal, match="seed-on-edge"):
        told(volume, Grow(-50, 300, points(volume, (4, 4, 50)), "gradient"))
    with pytest.raises(Refusal, match="seed-outside-scan"):
        told(volume, Grow(-50, 300, ((9e3, 0.0, 0.0),), "confidence"))


def test_what_is_kept_changes_no_result():
    volume = volume_of(noise((16, 20, 130), 8), (1.5, 0.8, 0.7), OBLIQUE)
    inside = np.argwhere((volume.hu >= 100) & (volume.hu <= 900))
    kept, picks = Kept(), np.random.default_rng(0).permutation(inside)[:6]
    for n in range(1, 7):
        for settings in ({}, {"leaks": "stop", "neck_mm": 2.0}, {"method": "gradient"}):
            effect = Grow(100, 900, points(volume, *picks[:n]), limit_hu_per_mm=900.0, **settings)
            with threads(1 + n % 2):
                one, two = told(volume, effect, kept), told(volume, effect)
            assert np.array_equal(one.mask.to_bool(), two.mask.to_bool())
            assert one.findings == two.findings


@threads(1)  # so that the steps are the same each time
def test_cancelling_at_any_step_leaves_what_is_kept_right():
    volume = shell(2)
    effect, steps = soft(volume, leaks="stop"), []
    truth = told(volume, effect, progress=lambda done, total: steps.append((done, total)))
    for stop_at in range(len(steps)):
        kept, seen = Kept(), []

        def stop(_done, _total, seen=seen, stop_at=stop_at):
            seen.append(1)
            if len(seen) > stop_at:
                raise Cancelled

        with pytest.raises(Cancelled):
            told(volume, effect, kept, stop)
        if stop_at % 5 == 0:
            assert np.array_equal(told(volume, effect, kept).mask.to_bool(), truth.mask.to_bool())
