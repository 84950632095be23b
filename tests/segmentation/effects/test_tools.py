"""What each tool does, against formulas and second implementations."""

import math

import edt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from segmentation.effects import (
    Erase,
    FillHoles,
    Grow,
    Hollow,
    Islands,
    Margin,
    Paint,
    Smooth,
    Threshold,
)
from segmentation.effects.effect import SegmentView
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from tests.segmentation.random_masks import OBLIQUE, SPACINGS, masks, noise, volume_of

SHAPE = (14, 17, 150)
VOLUME = volume_of(noise(SHAPE, 3), (1.5, 0.8, 0.7), OBLIQUE)


def applied(effect, voxels, volume=None):
    """Return the effect on a boolean array as a boolean array."""
    if volume is None:
        volume = volume_of(np.zeros(voxels.shape), (1.3, 0.8, 0.8))
    return effect.apply(SegmentView(volume, BitMask.from_bool(voxels))).to_bool()


def nothing(volume=VOLUME):
    return np.zeros(volume.grid.shape_kji, bool)


def ball(shape, spacing_kji_mm, radius_mm):
    axes = [s * (np.arange(n) - (n - 1) / 2) for n, s in zip(shape, spacing_kji_mm, strict=True)]
    k, j, i = np.meshgrid(*axes, indexing="ij")
    return k * k + j * j + i * i <= radius_mm**2


def lps(volume, *kji):
    return tuple(tuple(p) for p in volume.grid.lps_mm(np.array(kji)[:, ::-1]).tolist())


def test_threshold_selects_both_bounds_and_forgets_the_segment():
    hu = VOLUME.hu
    ours = applied(Threshold(int(hu[3, 4, 5]), int(hu[3, 4, 5]) + 100), ~nothing(), VOLUME)
    assert np.array_equal(ours, (hu >= hu[3, 4, 5]) & (hu <= int(hu[3, 4, 5]) + 100))
    assert ours[3, 4, 5]


@pytest.mark.parametrize("effect", [Threshold(-32768, 32767), Threshold(-2000, -2000)])
def test_padding_is_never_selected(effect):
    hu = VOLUME.hu.copy()
    padded = np.zeros(SHAPE, bool)
    padded[2:9, :5, 60:140] = True
    hu[padded] = -2000
    volume = volume_of(hu, (1.5, 0.8, 0.7), padding=BitMask.from_bool(padded))
    ours = applied(effect, nothing(), volume)
    assert not (ours & padded).any()
    assert np.array_equal(ours, (hu >= effect.lower_hu) & (hu <= effect.upper_hu) & ~padded)
    clean = volume_of(hu, (1.5, 0.8, 0.7))
    assert (applied(effect, nothing(), clean) & padded).any()


def test_grow_does_not_cross_padding():
    hu = np.full((3, 3, 130), 500)
    padded = np.zeros(hu.shape, bool)
    padded[:, :, 64] = True
    volume = volume_of(hu, padding=BitMask.from_bool(padded))
    ours = applied(Grow(0, 1000, lps(volume, (1, 1, 3))), np.zeros(hu.shape, bool), volume)
    assert ours[:, :, :64].all()
    assert not ours[:, :, 64:].any()


@given(st.integers(0, 2**32 - 1))
def test_grow_takes_the_parts_of_its_seeds(seed):
    random = np.random.default_rng(seed)
    inside = (VOLUME.hu >= 100) & (VOLUME.hu <= 900)
    ids, _ = ndimage.label(inside)
    kji = random.permutation(np.argwhere(inside))[:2]
    off = np.array([[-4, 2, 2]])  # beyond the scan: adds nothing
    points = lps(VOLUME, *np.concatenate([kji, off]))
    ours = applied(Grow(100, 900, points), nothing(), VOLUME)
    assert np.array_equal(ours, np.isin(ids, ids[tuple(kji.T)]))


def test_grow_refuses_seeds_that_lie_outside_the_range():
    outside = np.argwhere(VOLUME.hu < 0)[0]
    with pytest.raises(Refusal, match="seed-outside-range"):
        applied(Grow(0, 3071, lps(VOLUME, outside)), nothing(), VOLUME)
    with pytest.raises(Refusal, match="seed-outside-range"):
        applied(Grow(-2000, 3071, ((9999.0, 0.0, 0.0),)), nothing(), VOLUME)
    with pytest.raises(Refusal, match="seed-missing"):
        applied(Grow(), nothing(), VOLUME)


def test_islands_keep_the_largest_the_clicked_or_the_large_enough():
    voxels = np.zeros((9, 9, 150), bool)
    voxels[1:3, 1:3, 70:72] = True  # 8 voxels
    voxels[5:8, 5:8, 100:103] = True  # 27
    voxels[8, 0, 0] = True  # 1
    volume = volume_of(np.zeros(voxels.shape), (10.0, 10.0, 10.0))  # a voxel is 1 ml
    kept = [
        applied(effect, voxels, volume).sum()
        for effect in (
            Islands(),
            Islands("larger", min_ml=8.0),
            Islands("larger", min_ml=8.0001),
            Islands("larger", min_ml=0.0),
            Islands("clicked", seed_lps_mm=lps(volume, (1, 2, 71), (0, 0, 0))),
            Islands("clicked", seed_lps_mm=lps(volume, (8, 0, 0), (7, 7, 102))),
        )
    ]
    assert kept == [27, 35, 27, 36, 8, 28]
    with pytest.raises(Refusal, match="seed-outside-segment"):
        applied(Islands("clicked", seed_lps_mm=lps(volume, (0, 0, 0))), voxels, volume)
    with pytest.raises(Refusal, match="seed-missing"):
        applied(Islands("clicked"), voxels, volume)


@given(masks(most=(6, 7, 150)))
def test_filled_holes_are_those_of_the_whole_scan(voxels):
    assert np.array_equal(applied(FillHoles(), voxels), ndimage.binary_fill_holes(voxels))


@given(masks(most=(8, 9, 150)), st.sampled_from(SPACINGS), st.sampled_from((0.0, 0.8, 3.1)))
def test_a_margin_is_the_distance_map_of_the_whole_scan(voxels, spacing_kji_mm, margin_mm):
    volume = volume_of(np.zeros(voxels.shape), spacing_kji_mm)
    grown, shrunk = (applied(Margin(sign * margin_mm), voxels, volume) for sign in (1, -1))
    near, far = np.zeros_like(voxels), voxels
    limit = margin_mm * (1 + 1e-6)
    if voxels.any():
        wide = np.pad(voxels, 1)
        near = edt.edt(~wide, anisotropy=spacing_kji_mm)[1:-1, 1:-1, 1:-1] <= limit
    if not voxels.all():
        far = edt.edt(voxels, anisotropy=spacing_kji_mm) > limit
    assert np.array_equal(grown, near)
    assert np.array_equal(shrunk, far)


@pytest.mark.parametrize(("margin_mm", "radius_mm"), [(3.0, 13.0), (-3.0, 7.0)])
def test_a_margin_makes_a_ball_of_the_other_radius(margin_mm, radius_mm):
    spacing_kji_mm = (0.8, 0.6, 0.6)
    voxels = ball((40, 50, 50), spacing_kji_mm, 10.0)
    volume = volume_of(np.zeros(voxels.shape), spacing_kji_mm)
    ours = applied(Margin(margin_mm), voxels, volume)
    inner = ball(voxels.shape, spacing_kji_mm, radius_mm - 0.6)
    outer = ball(voxels.shape, spacing_kji_mm, radius_mm + 0.6)  # half a voxel's diagonal
    assert (ours | ~inner).all()
    assert (outer | ~ours).all()


def test_what_the_scan_cuts_off_is_not_shrunk_there():
    voxels = np.zeros((10, 12, 70), bool)
    voxels[:, 4:8, 20:40] = True
    ours = applied(Margin(-0.9), voxels, volume_of(np.zeros(voxels.shape)))
    truth = np.zeros_like(voxels)
    truth[:, 4:8, 20:40] = True
    assert np.array_equal(ours, truth)
    ours = applied(Margin(-1.0), voxels, volume_of(np.zeros(voxels.shape)))
    truth[:] = False
    truth[:, 5:7, 21:39] = True
    assert np.array_equal(ours, truth)


def test_a_hollow_block_has_a_wall_of_the_asked_thickness():
    voxels = np.zeros((20, 20, 90), bool)
    voxels[3:17, 3:17, 10:80] = True
    ours = applied(Hollow(2.0), voxels, volume_of(np.zeros(voxels.shape)))
    inside = np.zeros_like(voxels)
    inside[5:15, 5:15, 12:78] = True
    assert np.array_equal(ours, voxels & ~inside)


@given(masks(most=(8, 9, 150)), st.sampled_from((0.4, 1.0)))
def test_smoothing_in_the_box_is_smoothing_in_the_scan(voxels, sigma_mm):
    spacing_kji_mm = (1.3, 0.8, 0.8)
    sigmas = [sigma_mm / s for s in spacing_kji_mm]
    level = ndimage.gaussian_filter(voxels.astype(float), sigmas, mode="nearest", truncate=4.0)
    clear = np.abs(level - 0.5) > 1e-5
    assert np.array_equal(applied(Smooth(sigma_mm), voxels)[clear], (level >= 0.5)[clear])


@pytest.mark.parametrize("axis", range(3))
def test_a_sheet_inside_the_scan_vanishes_and_one_at_its_border_is_continued(axis):
    voxels = np.zeros((20, 20, 150), bool)
    plane = [slice(4, 16), slice(4, 16), slice(50, 90)]
    plane[axis] = slice(7, 8) if axis < 2 else slice(64, 65)  # the first of a word
    voxels[tuple(plane)] = True
    assert not applied(Smooth(1.5), voxels).any()
    voxels[:] = False
    plane = [slice(None)] * 3
    plane[axis] = slice(0, 3)
    voxels[tuple(plane)] = True
    assert np.array_equal(applied(Smooth(1.5), voxels), voxels)


def test_smoothing_leaves_a_face_and_shrinks_a_ball_by_the_formula():
    spacing_kji_mm, radius_mm, sigma_mm = (0.5, 0.5, 0.5), 8.0, 1.5
    voxels = ball((46, 46, 46), spacing_kji_mm, radius_mm)
    volume = volume_of(np.zeros(voxels.shape), spacing_kji_mm)
    ours = applied(Smooth(sigma_mm), voxels, volume)
    radius_after_mm = (3 * ours.sum() * 0.125 / (4 * math.pi)) ** (1 / 3)
    assert radius_mm - radius_after_mm == pytest.approx(sigma_mm**2 / radius_mm, abs=0.06)
    half = np.zeros(voxels.shape, bool)
    half[:, :, :20] = True
    assert np.array_equal(applied(Smooth(sigma_mm), half, volume), half)


def test_paint_adds_and_erase_takes_away_the_same_stroke():
    path = lps(VOLUME, (3, 4, 20), (9, 12, 120))
    start = VOLUME.hu > 300
    stroke = applied(Paint(path, 3.0), nothing(), VOLUME)
    assert stroke.any()
    assert np.array_equal(applied(Paint(path, 3.0), start, VOLUME), start | stroke)
    assert np.array_equal(applied(Erase(path, 3.0), start, VOLUME), start & ~stroke)
    assert not applied(Erase(path, 3.0), stroke, VOLUME).any()
    for effect in (Paint(), Erase()):
        with pytest.raises(Refusal, match="stroke-empty"):
            applied(effect, start, VOLUME)
