"""Ranges to segments, growing many, watershed, the doubtful border, metal's finding."""

from itertools import pairwise

import numpy as np
import pytest

from segmentation.effects import DoubtfulBorder, GrowMany, Metal, Otsu, Ranges, Threshold, Watershed
from segmentation.effects.effect import SegmentView, outcome
from segmentation.effects.setting import parameters
from segmentation.errors import Cancelled, Refusal
from segmentation.kept import Kept
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from segmentation.presets import range_sets
from tests.segmentation.random_masks import OBLIQUE, noise, volume_of

SHAPE = (20, 26, 150)
NOISY = volume_of(noise(SHAPE, 5), (1.5, 0.8, 0.7), OBLIQUE)


def bit_mask(voxels):
    return BitMask.from_bool(np.asarray(voxels, bool))


def told(volume, effect, mask=None, others=None, kept=None):
    own = BitMask.empty(volume.grid.shape_kji) if mask is None else mask
    held = {name: bit_mask(voxels) for name, voxels in (others or {}).items()}
    return outcome(effect, SegmentView(volume, own, name="A", others=held, kept=kept or Kept()))


def dice(mask, truth):
    found = mask.to_bool()
    return 2 * (found & truth).sum() / (found.sum() + truth.sum())


# Ranges


def test_each_set_is_a_choice_and_no_two_of_its_ranges_overlap():
    choices = next(p.choices for p in parameters(Ranges) if p.name == "tissues")
    assert tuple(range_sets()) == choices[:3]
    for ranges in range_sets().values():
        ordered = sorted(ranges, key=lambda one: one.lower_hu)
        assert all(a.upper_hu < b.lower_hu for a, b in pairwise(ordered))
        assert len({one.title for one in ranges}) == len(ranges)


@pytest.mark.parametrize("name", ["tissues", "chest", "bone-densities"])
def test_each_range_is_a_threshold_of_its_own(name):
    made = told(NOISY, Ranges(name))
    ranges = range_sets()[name]
    parts = {part.name: part for part in made.parts}
    for n, one in enumerate(ranges):
        truth = (NOISY.hu >= one.lower_hu) & (NOISY.hu <= one.upper_hu)
        mask = made.mask if n == 0 else parts[one.title].mask if one.title in parts else None
        assert mask is not None or not truth.any()
        if mask is not None:
            assert np.array_equal(mask.to_bool(), truth)
    assert made.found_hu == (ranges[0].lower_hu, ranges[0].upper_hu)
    assert all(part.is_title and part.found_hu and part.mask.words.size for part in made.parts)


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_classes_are_those_of_otsu(classes):
    made = told(NOISY, Ranges(f"otsu-{classes}", -300, 900))
    masks = [made.mask, *(part.mask for part in made.parts)]
    for n, mask in enumerate(masks, 1):
        alone = told(NOISY, Otsu(-300, 900, classes, n)).mask
        assert np.array_equal(mask.to_bool(), alone.to_bool())
    every = told(NOISY, Threshold(-300, 900)).mask
    assert sum(mask.voxels for mask in masks) == every.voxels


# Growing many and watershed


def organs(sd=25.0, seed=0, spacing=(1.0, 1.0, 1.0)):
    """Two touching balls of different HU in fat, with noise: HU and the truth of all three."""
    shape = (40, 60, 90)
    k, j, i = np.indices(shape)
    one = (k - 20) ** 2 + (j - 28) ** 2 + (i - 30) ** 2 < 14**2
    two = ((k - 20) ** 2 + (j - 30) ** 2 + (i - 57) ** 2 < 15**2) & ~one
    hu = np.where(one, 60.0, np.where(two, 180.0, -90.0))
    random = np.random.default_rng(seed)
    blurred = hu + random.normal(0.0, sd, shape)
    return volume_of(blurred, spacing), (one, two, ~(one | two))


def strokes(truth):
    """A short stroke in each ball and one along a border of the surroundings."""
    marks = [np.zeros(truth[0].shape, bool) for _ in range(3)]
    marks[0][19:22, 26:29, 26:33] = True
    marks[1][19:22, 29:32, 55:62] = True
    marks[2][2:4, 5:55, 10:80] = True
    marks[2][36:38, 5:55, 10:80] = True
    marks[2][18:22, 3:5, 10:80] = True
    assert all((mark & ~good).sum() == 0 for mark, good in zip(marks, truth, strict=True))
    return marks


@pytest.mark.parametrize(
    "effect", [GrowMany(), GrowMany(noise="kept"), Watershed(), GrowMany(nearness_hu_per_mm=0.0)]
)
def test_segments_meet_at_their_edges(effect):
    for seed in range(2):
        volume, truth = organs(seed=seed)
        marks = strokes(truth)
        made = told(volume, effect, bit_mask(marks[0]), {"B": marks[1], "C": marks[2]})
        assert [part.name for part in made.parts] == ["B", "C"]
        assert made.findings == ()
        masks = (made.mask, *(part.mask for part in made.parts))
        least = 0.93 if effect == GrowMany(noise="kept") else 0.95
        assert min(dice(one, good) for one, good in zip(masks, truth, strict=True)) > least
        assert sum(mask.voxels for mask in masks) == volume.hu.size  # no gap, nothing twice


def test_a_watershed_on_values_meets_on_a_bright_ridge():
    hu = np.full((20, 20, 90), 30.0)
    hu[:, :, 41:43] = 500.0
    hu[:, :, 70:72] = 90.0  # a low one on the way is passed
    volume = volume_of(hu + np.random.default_rng(1).normal(0, 10, hu.shape))
    one, two = np.zeros((2, *hu.shape), bool)
    one[10, 10, 5] = two[10, 10, 85] = True
    made = told(volume, Watershed(relief="values", lower_hu=-100), bit_mask(one), {"B": two})
    left = made.mask.to_bool()
    assert left[:, :, :40].all()
    assert not left[:, :, 44:].any()
    assert made.parts[0].mask.to_bool()[:, :, 44:].all()


def test_only_the_named_others_and_the_values_of_the_range_take_part():
    volume, truth = organs()
    marks = strokes(truth)
    others = {"B": marks[1], "C": marks[2], "D": np.zeros_like(marks[0])}
    made = told(volume, GrowMany(("C",)), bit_mask(marks[0]), others)
    assert [part.name for part in made.parts] == ["C"]
    made = told(volume, GrowMany(lower_hu=0, upper_hu=300), bit_mask(marks[0]), others)
    for mask in (made.mask, *(part.mask for part in made.parts)):
        assert not (mask.to_bool() & ((volume.hu < 0) | (volume.hu > 300))).any()
    with pytest.raises(Refusal, match="other-segment-unknown"):
        told(volume, GrowMany(("E",)), bit_mask(marks[0]), others)


def test_padding_belongs_to_nobody():
    volume, truth = organs()
    padded = np.zeros(truth[0].shape, bool)
    padded[:, :, 50:] = True
    volume = volume_of(volume.hu, padding=bit_mask(padded))
    marks = strokes(truth)
    made = told(volume, GrowMany(), bit_mask(marks[0]), {"C": marks[2]})
    assert not (made.mask.to_bool() & padded).any()


def test_the_margin_bounds_the_region():
    volume = volume_of(np.zeros((64, 64, 256)))
    mark = np.zeros(volume.hu.shape, bool)
    mark[30, 30, 70] = True
    made = told(volume, GrowMany(margin_mm=5.0), bit_mask(mark))
    box = made.mask.box
    assert (box.k0, box.k1, box.j0, box.j1) == (24, 40, 24, 40)  # to the next eighth
    assert (box.w0, box.w1) == (0, 3)
    assert [finding.code for finding in made.findings] == ["seeds-of-one"]


def test_a_region_too_large_is_refused():
    shape = (200, 512, 512)
    words = np.zeros((200, 512, 8), np.uint64)
    words[0, 0, 0] = words[-1, -1, -1] = np.uint64(1)
    volume, mask = volume_of(np.zeros(shape, np.int16)), BitMask.from_words(shape, words)
    with pytest.raises(Refusal, match="region-too-large"):
        told(volume, GrowMany(), mask)


def test_strokes_one_after_the_other_end_where_all_at_once_do():
    volume, truth = organs(40.0)
    marks, kept = strokes(truth), Kept()
    random = np.random.default_rng(3)
    for n in range(6):
        effect = GrowMany() if n < 4 else Watershed()
        with threads(1 + n % 2):
            one = told(volume, effect, bit_mask(marks[0]), {"B": marks[1], "C": marks[2]}, kept)
        two = told(volume, effect, bit_mask(marks[0]), {"B": marks[1], "C": marks[2]})
        assert np.array_equal(one.mask.to_bool(), two.mask.to_bool())
        for a, b in zip(one.parts, two.parts, strict=True):
            assert np.array_equal(a.mask.to_bool(), b.mask.to_bool())
        k, j, i = (int(random.integers(4, size - 8)) for size in volume.hu.shape)
        label = n % 3
        marks[label][k : k + 3, j : j + 3, i : i + 6] = True
        marks[(label + 1) % 3][k : k + 2, j : j + 2, i : i + 2] = False


def test_cancelling_at_any_step_keeps_no_half_grown_region():
    volume, truth = organs()
    marks, kept, steps = strokes(truth), Kept(), []
    held = {"B": bit_mask(marks[1])}

    def view(progress, kept):
        return SegmentView(volume, bit_mask(marks[0]), progress, "A", held, kept)

    with threads(1):
        whole = outcome(GrowMany(), view(lambda *step: steps.append(step), Kept()))
        for stop_at in range(0, len(steps), 2):
            seen = []

            def stop(_done, _total, seen=seen, stop_at=stop_at):
                seen.append(1)
                if len(seen) > stop_at:
                    raise Cancelled

            with pytest.raises(Cancelled):
                outcome(GrowMany(), view(stop, kept))
        again = outcome(GrowMany(), view(lambda *_step: None, kept))
    assert np.array_equal(again.mask.to_bool(), whole.mask.to_bool())


# The doubtful border


def blurred_ball(sd=25.0):
    shape, spacing = (30, 44, 70), (1.2, 0.8, 0.8)
    axes = np.ogrid[tuple(slice(n) for n in shape)]
    radius = np.sqrt(
        sum(((n - (m - 1) / 2) * s) ** 2 for n, m, s in zip(axes, shape, spacing, strict=True))
    )
    hu = np.where(radius < 11.0, 150.0, 40.0)
    return volume_of(hu + np.random.default_rng(0).normal(0.0, sd, shape), spacing), radius


def test_a_rough_border_comes_to_the_edge():
    volume, radius = blurred_ball()
    truth = radius < 11.0
    rough = radius < 11.0 + 1.6 * np.sign(np.sin(np.arange(70) / 4.0))
    before = dice(bit_mask(rough), truth)
    made = told(volume, DoubtfulBorder(band_mm=3.0, edge_hu=15.0), bit_mask(rough))
    assert before < 0.9
    assert dice(made.mask, truth) > 0.98
    outside = np.abs(radius - 11.0) > 1.6 + 3.0 + 1.2
    assert not ((made.mask.to_bool() != rough) & outside).any()


def test_only_the_border_near_a_point_moves():
    volume, radius = blurred_ball()
    rough = bit_mask(radius < 9.8)
    point = volume.grid.lps_mm(np.array([34.5 + 11.0 / 0.8, 21.5, 14.5]))
    effect = DoubtfulBorder((tuple(point.tolist()),), 5.0, 3.0, 15.0)
    made = told(volume, effect, rough).mask.to_bool()
    changed = made != rough.to_bool()
    axes = np.ogrid[tuple(slice(n) for n in changed.shape)]
    away = np.sqrt(((axes[0] - 14.5) * 1.2) ** 2 + ((axes[1] - 21.5) * 0.8) ** 2
                   + (axes[2] * 0.8 - (27.6 + 11.0)) ** 2)  # fmt: skip
    assert changed.sum() > 60
    assert away[changed].max() <= 5.9
    near = (away < 4.0) & (radius < 10.4)
    assert made[near].mean() > 0.97


def test_thin_parts_and_a_flat_scan_stay():
    voxels = np.zeros((16, 30, 70), bool)
    voxels[3:13, 4:14, 5:15] = True
    voxels[7, 20:28, 40:60] = True
    volume = volume_of(np.where(voxels, 200, 0))
    made = told(volume, DoubtfulBorder(band_mm=2.0), bit_mask(voxels))
    assert made.mask.to_bool()[7, 20:28, 40:60].all()
    assert dice(made.mask, voxels) > 0.93  # a median takes corners off
    assert [finding.code for finding in made.findings] == ["border-parts-thin"]
    flat = told(volume_of(np.zeros(voxels.shape)), DoubtfulBorder(band_mm=2.0), bit_mask(voxels))
    assert flat.mask.voxels > 0


def test_a_band_too_large_is_refused():
    voxels = np.zeros((60, 200, 200), bool)
    voxels[5:55, 20:180, 20:180] = True
    with pytest.raises(Refusal, match="border-too-large"):
        told(volume_of(np.zeros(voxels.shape)), DoubtfulBorder(band_mm=6.0), bit_mask(voxels))


# Metal


def test_bone_near_metal_is_told_as_doubtful():
    hu = np.full((20, 40, 90), 40)
    hu[5:15, 10:30, 10:80] = 600
    hu[9:11, 18:22, 40:44] = 3000
    volume = volume_of(hu)
    made = told(volume, Metal())
    found = made.findings[0]
    assert (found.code, found.severity.value) == ("metal-zone-doubtful", "warn")
    zone = told(volume, Metal("doubtful")).mask
    assert found.values["ml"] == pytest.approx((made.mask & zone).voxels / 1000)
    assert told(volume, Metal("implant")).findings == ()
    assert told(volume_of(np.minimum(hu, 600)), Metal()).findings == ()
