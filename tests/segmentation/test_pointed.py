"""What points and boxes mean, on phantoms with truth."""

import numpy as np
import pytest

from segmentation.effects.click import Click
from segmentation.effects.effect import SegmentView, outcome
from segmentation.errors import Refusal
from segmentation.kept import Kept
from segmentation.mask import BitMask
from segmentation.pointed import points_mask, tissue_range
from segmentation.progress import silent
from tests.segmentation.random_masks import mask_is_sound, volume_of

SHAPE = (40, 48, 60)
SPACING = (1.5, 1.0, 1.0)
AT = np.indices(SHAPE).reshape(3, -1).T
NOISE_HU = 12.0


def ball(centre_kji, radius_mm):
    away = np.linalg.norm((AT - np.array(centre_kji)) * SPACING, axis=1)
    return (away <= radius_mm).reshape(SHAPE)


LEFT, RIGHT = ball((20, 24, 18), 11.0), ball((20, 24, 42), 11.0)
BRIDGE = (np.abs(AT[:, 0] - 20) <= 2).reshape(SHAPE) & (np.abs(AT[:, 1] - 24) <= 4).reshape(SHAPE)
BRIDGE &= ((AT[:, 2] > 18) & (AT[:, 2] < 42)).reshape(SHAPE)


def phantom(truth, inner_hu=160, outer_hu=40, seed=0):
    noise = np.random.default_rng(seed).normal(0.0, NOISE_HU, SHAPE)
    return volume_of(np.where(truth, inner_hu, outer_hu) + noise, SPACING)


def lps(volume, *kji):
    return tuple(tuple(p) for p in volume.grid.lps_mm(np.array(kji)[:, ::-1]).tolist())


def told(volume, kept=None, **points):
    view = SegmentView(volume, BitMask.empty(SHAPE), kept=kept or Kept())
    made = outcome(Click(**points), view)
    assert mask_is_sound(made.mask)
    return made


def dice(mask, truth):
    found = mask.to_bool()
    return 2.0 * (found & truth).sum() / (found.sum() + truth.sum())


def test_one_click_finds_the_structure():
    volume = phantom(LEFT)
    made = told(volume, inside_lps_mm=lps(volume, (20, 24, 18)))
    assert dice(made.mask, LEFT) > 0.97
    low, high = made.found_hu
    assert 100 <= low < 160 - NOISE_HU
    assert 160 + NOISE_HU < high <= 230


def test_a_scribble_is_many_clicks():
    volume = phantom(LEFT)
    scribble = lps(volume, *((20, 24, i) for i in range(12, 25)))
    assert dice(told(volume, inside_lps_mm=scribble).mask, LEFT) > 0.97


def test_one_click_stops_at_a_narrow_passage_and_tells():
    narrow = LEFT | RIGHT
    narrow[20, 24, 18:42] = True
    volume = phantom(narrow)
    made = told(volume, inside_lps_mm=lps(volume, (20, 24, 18)))
    assert dice(made.mask, LEFT) > 0.95
    assert [one.code for one in made.findings] == ["leak-stopped"]


def test_a_point_outside_parts_what_hangs_together_widely():
    volume = phantom(LEFT | RIGHT | BRIDGE)
    inside = lps(volume, (20, 24, 18))
    both = told(volume, inside_lps_mm=inside).mask
    assert (both.to_bool() & RIGHT).sum() > 0.9 * RIGHT.sum()  # too wide for a leak
    kept = Kept()
    outside = lps(volume, (20, 24, 42))
    for _ in range(2):  # the second time from what was kept
        made = told(volume, kept, inside_lps_mm=inside, outside_lps_mm=outside)
        assert (made.mask.to_bool() & RIGHT).sum() < 0.03 * RIGHT.sum()
        assert (made.mask.to_bool() & LEFT).sum() > 0.97 * LEFT.sum()


def test_a_point_outside_elsewhere_changes_nothing():
    volume = phantom(LEFT)
    inside, outside = lps(volume, (20, 24, 18)), lps(volume, (3, 3, 55))
    made = told(volume, inside_lps_mm=inside, outside_lps_mm=outside)
    assert dice(made.mask, LEFT) > 0.97
    assert not made.mask.holds(np.array([[3, 3, 55]])).any()


@pytest.mark.parametrize(("inner", "outer"), [(160, 40), (-60, 40), (1200, 60)])
def test_a_box_finds_what_is_denser_or_less_dense_than_its_faces(inner, outer):
    volume = phantom(LEFT, inner, outer)
    corners = lps(volume, (10, 11, 5), (30, 37, 31))
    made = told(volume, box_lps_mm=corners)
    assert dice(made.mask, LEFT) > 0.97
    again = told(volume, box_lps_mm=corners[::-1])
    assert np.array_equal(again.mask.to_bool(), made.mask.to_bool())


def test_a_box_is_never_left_and_its_points_choose_the_part():
    volume = phantom(LEFT | RIGHT)
    corners = lps(volume, (10, 11, 5), (30, 37, 56))
    for truth, at in ((LEFT, (20, 24, 18)), (RIGHT, (20, 24, 42))):
        made = told(volume, box_lps_mm=corners, inside_lps_mm=lps(volume, at))
        assert dice(made.mask, truth) > 0.97
    half = told(volume, box_lps_mm=lps(volume, (10, 11, 5), (20, 37, 31))).mask.to_bool()
    assert half.any()
    assert not half[21:].any()


def test_what_points_at_nothing_is_refused():
    volume = phantom(LEFT)
    corners = lps(volume, (10, 11, 40), (30, 37, 58))
    for code, points in (
        ("click-nothing-given", {}),
        ("click-nothing-given", {"box_lps_mm": corners[:1]}),
        ("click-box-alike", {"box_lps_mm": corners}),
        ("click-box-without-inside",
         {"box_lps_mm": corners, "inside_lps_mm": lps(volume, (20, 24, 18))}),
        ("seed-outside-scan", {"inside_lps_mm": ((5000.0, 0.0, 0.0),)}),
        ("seed-outside-scan", {"box_lps_mm": ((5000.0, 0.0, 0.0), (5100.0, 9.0, 9.0))}),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=code):
            told(volume, **points)


def test_bone_has_no_upper_end():
    volume = phantom(LEFT, 700)
    inside = np.array([[20, 24, 18]])
    assert tissue_range(volume, inside, silent) == (226, 32767)


def test_padding_is_never_found():
    plain = phantom(LEFT)
    padding = BitMask.from_bool(ball((20, 24, 18), 3.0))
    volume = volume_of(plain.hu, SPACING, padding=padding)
    made = told(volume, inside_lps_mm=lps(volume, (20, 24, 12)))
    assert (made.mask & padding).is_empty


def test_a_mask_of_points_holds_just_them():
    random = np.random.default_rng(3)
    volume = phantom(LEFT)
    kji = random.integers(0, SHAPE, (50, 3))
    truth = np.zeros(SHAPE, bool)
    truth[tuple(kji.T)] = True
    assert np.array_equal(points_mask(volume, kji).to_bool(), truth)
    assert points_mask(volume, kji[:0]).is_empty
