"""Otsu, local threshold, hysteresis and metal: second implementations and phantoms with truth."""

import json
from functools import cache

import edt
import numpy as np
import pytest
from scipy import ndimage
from scipy.special import erf
from skimage.filters import apply_hysteresis_threshold, threshold_local

from segmentation.effects import (
    EFFECTS,
    Hysteresis,
    LocalThreshold,
    Metal,
    Otsu,
    Threshold,
    from_recipe,
)
from segmentation.effects.effect import Finder, SegmentView, outcome, parse, recipe
from segmentation.errors import Refusal
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from tests.segmentation.random_masks import OBLIQUE, noise, volume_of

SHAPE = (20, 26, 150)
SPACING_KJI_MM = (1.5, 0.8, 0.7)
VOLUME = volume_of(noise(SHAPE, 5), SPACING_KJI_MM, OBLIQUE)


def view_of(volume):
    return SegmentView(volume, BitMask.empty(volume.grid.shape_kji))


def applied(effect, volume=VOLUME):
    return effect.apply(view_of(volume)).to_bool()


# Otsu


def best_levels(values, classes):
    """The last value of each class but the last, by all splits tried; for 2 and 3 classes."""
    taken, counts = np.unique(values, return_counts=True)
    weight, moment = np.cumsum(counts, dtype=float), np.cumsum(counts * (taken - values.mean()))
    a, b = np.meshgrid(np.arange(taken.size - 1), np.arange(taken.size - 1), indexing="ij")
    score = moment[a] ** 2 / weight[a] + moment[b] ** 2 / (weight[-1] - weight[b])
    if classes == 2:
        return taken[[np.argmax(np.diagonal(score))]]
    gap = np.where(a < b, weight[b] - weight[a], 1.0)
    score = np.where(a < b, score + (moment[b] - moment[a]) ** 2 / gap, -1.0)
    return taken[list(np.unravel_index(np.argmax(score), score.shape))]


@pytest.mark.parametrize("classes", [2, 3])
def test_no_other_classes_differ_more(classes):
    hu = VOLUME.hu
    low, high = -500, 1500
    edges = [low - 1, *best_levels(hu[(hu >= low) & (hu <= high)], classes), high]
    for chosen in range(1, classes + 1):
        below, top = edges[classes - chosen], edges[classes - chosen + 1]
        ours = applied(Otsu(low, high, classes, chosen))
        assert np.array_equal(ours, (hu > below) & (hu <= top))


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_the_classes_share_the_range_among_them(classes):
    window = applied(Threshold(-300, 900))
    parts = [applied(Otsu(-300, 900, classes, n)) for n in range(1, classes + 1)]
    assert np.array_equal(sum(part.astype(int) for part in parts), window)
    means = [VOLUME.hu[part].mean() for part in parts]
    assert means == sorted(means, reverse=True)


def test_otsu_tells_what_it_found_and_the_recipe_keeps_it():
    effect = Otsu(-300, 2000, 3, 2)
    made = outcome(effect, view_of(VOLUME))
    lower_hu, upper_hu = made.found_hu
    assert -300 < lower_hu <= upper_hu < 2000
    assert np.array_equal(made.mask.to_bool(), applied(Threshold(lower_hu, upper_hu)))
    text = recipe(effect, made.found_hu)
    assert json.loads(text)["found"] == {"lower_hu": lower_hu, "upper_hu": upper_hu}
    assert from_recipe(text) == effect
    assert outcome(Threshold(), view_of(VOLUME)).found_hu is None


def test_only_otsu_looks_for_its_range():
    assert [e.name for e in EFFECTS if isinstance(e(), Finder)] == ["otsu"]


def test_otsu_lays_the_border_in_the_middle_between_two_tissues():
    hu = np.full((4, 6, 70), 40)
    hu[1:3, 2:4, 10:60] = 701
    volume = volume_of(hu)
    assert Otsu().found(view_of(volume)) == (371, 2000)
    assert Otsu(chosen=2).found(view_of(volume)) == (-200, 370)
    assert np.array_equal(applied(Otsu(), volume), hu == 701)


def test_padding_and_values_outside_the_range_take_no_part_in_otsu():
    hu = VOLUME.hu.copy()
    padded = np.zeros(SHAPE, bool)
    padded[2:9, :5, 60:140] = True
    clean = hu[~padded]
    hu[padded] = 700
    volume = volume_of(hu, SPACING_KJI_MM, padding=BitMask.from_bool(padded))
    inside = clean[(clean >= -200) & (clean <= 2000)]
    level = best_levels(inside, 2)[0]
    assert np.array_equal(applied(Otsu(), volume), (hu > level) & (hu <= 2000) & ~padded)


def test_otsu_refuses_a_class_that_there_is_not():
    with pytest.raises(Refusal, match="otsu-class-missing"):
        Otsu(classes=2, chosen=3)
    with pytest.raises(Refusal, match="otsu-values-too-few"):
        applied(Otsu(100, 102, 4))
    with pytest.raises(Refusal, match="range-empty"):
        Otsu(100, 99)


# Local threshold


@cache
def _shell():
    """A wall of bone of 0.4 mm in fat above and in enhanced tissue below, and its distance (mm).

    1000 HU, blurred by 0.5 mm as scanner and voxels do, with noise of 10 HU. Where it is thin in
    fat, it has less HU than what is no bone below.
    """
    spacing_kji_mm, radius_mm, wall_mm, blur_mm = (0.8, 0.7, 0.7), 12.0, 0.4, 0.5
    shape = (44, 48, 48)
    axes = [(np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape, spacing_kji_mm, strict=True)]
    k, j, i = np.meshgrid(*axes, indexing="ij")
    off_mm = np.sqrt(k * k + j * j + i * i) - radius_mm
    share = 0.5 * (
        erf((off_mm + wall_mm / 2) / blur_mm / 2**0.5)
        - erf((off_mm - wall_mm / 2) / blur_mm / 2**0.5)
    )
    soft = -100 + 240 * 0.5 * (1 + erf(k / blur_mm / 2**0.5))
    hu = soft + share * (1000 - soft) + np.random.default_rng(9).normal(0, 10, shape)
    return volume_of(np.round(hu), spacing_kji_mm), off_mm, (k, j, i)


def _holes(mask):
    """How many holes the wall has: separate sets of directions that meet no voxel of it."""
    volume, _off, _axes = _shell()
    shape, spacing = np.array(mask.shape), np.array(volume.grid.spacing_kji_mm)
    polar, azimuth = np.meshgrid(
        np.linspace(0.05, np.pi - 0.05, 120), np.linspace(0, 2 * np.pi, 240, endpoint=False),
        indexing="ij",
    )  # fmt: skip
    ways = np.stack(
        [np.cos(polar), np.sin(polar) * np.sin(azimuth), np.sin(polar) * np.cos(azimuth)]
    )
    met = np.zeros(polar.shape, bool)
    for radius_mm in np.arange(11.0, 13.01, 0.1):
        at = ways * radius_mm / spacing[:, None, None] + (shape[:, None, None] - 1) / 2
        met |= mask[tuple(np.rint(at).astype(int))]
    labels, n = ndimage.label(~met)
    for first, last in zip(labels[:, 0], labels[:, -1], strict=True):
        if first and last and first != last:  # the two ends of the azimuth meet
            labels[labels == last] = first
            n -= 1
    return len(np.unique(labels[labels > 0])), (~met).mean()


def test_a_wall_that_no_range_finds_is_closed_and_nothing_else_is_taken():
    volume, off_mm, (k, _j, _i) = _shell()
    far = (np.abs(off_mm) > 1.5) & (np.abs(k) > 3.0)  # where two tissues meet, one stands out
    ours = applied(LocalThreshold(0, 32767, 50, 3.0), volume)
    assert _holes(ours) == (0, 0.0)
    assert ours[far].mean() < 0.001
    holes, open_share = _holes(applied(Threshold(), volume))
    assert holes >= 1
    assert open_share > 0.2
    for lower_hu in range(0, 400, 10):  # no other range does both
        one = applied(Threshold(lower_hu), volume)
        assert _holes(one)[0] > 0 or one[far].mean() > 0.01


def test_the_judge_of_holes_counts_what_was_cut_out():
    volume, off_mm, (k, j, i) = _shell()
    wall = np.abs(off_mm) < 1.0
    assert _holes(wall) == (0, 0.0)
    for n, (a, b, c) in enumerate([(0, 0, 12), (0, 12, 0), (8.5, 0, -8.5), (-8.5, -8.5, 0)]):
        wall[(k - a) ** 2 + (j - b) ** 2 + (i - c) ** 2 < 3.0**2] = False
        assert _holes(wall)[0] == n + 1
    assert volume.grid.shape_kji == wall.shape


@pytest.mark.parametrize("sure_hu", [-300, 500, 901, 32767])
@pytest.mark.parametrize("weights", ["even", "gaussian"])
def test_a_local_threshold_is_that_of_scikit_image_inside_the_range(weights, sure_hu):
    volume = volume_of(VOLUME.hu, (0.8, 0.8, 0.8))
    hu = volume.hu
    if weights == "even":
        level = threshold_local(hu.astype(float), (5, 5, 5), "mean", offset=-40, mode="nearest")
    else:
        sigma = 1.6 / 3 / 0.8
        level = 40 + ndimage.gaussian_filter(hu.astype(float), sigma, mode="nearest", truncate=4.0)
    clear = np.abs(hu - level) > 0.01
    ours = applied(LocalThreshold(100, 900, 40, 1.6, weights, sure_hu), volume)
    expected = ((hu > level) | (hu >= sure_hu)) & (hu >= 100) & (hu <= 900)
    assert np.array_equal(ours[clear], expected[clear])
    assert clear.mean() > 0.999
    assert ours.any()


@pytest.mark.parametrize("weights", ["even", "gaussian"])
def test_a_higher_limit_only_takes_away(weights):
    before = applied(LocalThreshold(-200, 2000, -50, 2.0, weights, 300))
    for offset_hu, lower_hu, sure_hu in (
        (-50, 0, 300), (0, 0, 300), (30, 0, 301), (30, 99, 500), (200, 100, 500), (1000, 100, 2001)
    ):  # fmt: skip
        after = applied(LocalThreshold(lower_hu, 2000, offset_hu, 2.0, weights, sure_hu))
        assert not (after & ~before).any()
        before = after


def test_a_flat_scan_stands_out_nowhere():
    volume = volume_of(np.full((5, 6, 70), 300))
    assert applied(LocalThreshold(offset_hu=0, sure_hu=301), volume).all()
    assert not applied(LocalThreshold(offset_hu=1, sure_hu=301), volume).any()


# Hysteresis


@pytest.mark.parametrize(("low", "core"), [(100, 700), (-200, 1500), (300, 300), (100, 3071)])
def test_hysteresis_is_that_of_scikit_image(low, core):
    hu = VOLUME.hu
    expected = apply_hysteresis_threshold(hu, low - 1, core - 1)
    for wanted in (1, 2):
        with threads(wanted):
            assert np.array_equal(applied(Hysteresis(low, 32767, core)), expected)


def test_hysteresis_over_corners_is_a_flood_over_corners():
    hu = VOLUME.hu
    wide = (hu >= 150) & (hu <= 1200)
    core = wide & (hu >= 900)
    for neighbours, rank in (("faces", 1), ("corners", 3)):
        shape = ndimage.generate_binary_structure(3, rank)
        expected = ndimage.binary_propagation(core, shape, wide)
        assert np.array_equal(applied(Hysteresis(150, 1200, 900, neighbours)), expected)


def test_a_denser_core_only_takes_away():
    before = applied(Threshold(100))
    for core_hu in (100, 500, 1000, 1500, 2500, 3071, 32767):
        after = applied(Hysteresis(100, 32767, core_hu))
        assert not (after & ~before).any()
        before = after
    assert not before.any()  # nothing is that dense


def test_hysteresis_does_not_cross_padding_and_refuses_a_core_outside_the_range():
    hu = np.full((3, 3, 130), 300)
    hu[1, 1, 5] = hu[1, 1, 64] = 900
    padded = np.zeros(hu.shape, bool)
    padded[:, :, 64] = True
    ours = applied(Hysteresis(), volume_of(hu, padding=BitMask.from_bool(padded)))
    assert ours[:, :, :64].all()
    assert not ours[:, :, 64:].any()
    for core_hu in (99, 1001):
        with pytest.raises(Refusal, match="core-outside-range"):
            Hysteresis(100, 1000, core_hu)


# Metal


@cache
def _implant():
    """A nail of metal in a tube of bone in soft tissue, with a bright streak through the slice."""
    spacing_kji_mm = (1.0, 0.8, 0.8)
    shape = (12, 60, 150)
    _k, j, i = np.meshgrid(*(np.arange(n) * s for n, s in zip(shape, spacing_kji_mm, strict=True)),
                           indexing="ij")  # fmt: skip
    radius_mm = np.hypot(j - 24.0, i - 56.0)
    hu = np.full(shape, 40.0)
    hu[(radius_mm > 6.0) & (radius_mm < 14.0)] = 900.0
    nail = radius_mm < 4.0
    hu = ndimage.gaussian_filter(np.where(nail, 9000.0, hu), [0, 0.6, 0.6])
    hu[5, 30, :] += 300.0
    return volume_of(hu.clip(-1024, 3071).round(), spacing_kji_mm), radius_mm, nail


def test_metal_bone_and_doubt_are_told_apart():
    volume, radius_mm, nail = _implant()
    parts = ("bone", "implant", "doubtful")
    bone, implant, doubtful = (applied(Metal(part), volume) for part in parts)
    assert not (bone & implant).any()
    assert not (implant & doubtful).any()
    assert np.array_equal(bone | implant, applied(Threshold(), volume))
    assert implant[nail].all()
    assert not implant[radius_mm > 5.8].any()  # the blurred edge, not the bone
    tube = (radius_mm > 6.6) & (radius_mm < 13.4)
    assert bone[tube].all()
    assert not bone[radius_mm < 4.7].any()
    assert doubtful[(radius_mm > 6.0) & (radius_mm < 13.0)].all()  # 4 mm of nail and 10 around
    assert not doubtful[radius_mm > 16.0].any()


@pytest.mark.parametrize(("bloom_mm", "zone_mm"), [(0.0, 0.5), (1.5, 4.0), (3.0, 2.0)])
def test_the_parts_are_those_of_a_distance_map(bloom_mm, zone_mm):
    volume, _radius_mm, _nail = _implant()
    core, dense = volume.hu >= 2500, volume.hu >= 226
    wide = np.pad(~core, 30, constant_values=True)
    off_mm = edt.edt(wide, anisotropy=volume.grid.spacing_kji_mm)[30:-30, 30:-30, 30:-30]
    edge = off_mm <= bloom_mm * (1 + 1e-6)
    metal = dense & edge
    zone = (off_mm <= zone_mm * (1 + 1e-6)) & ~metal
    for part, expected in (("bone", dense & ~edge), ("implant", metal), ("doubtful", zone)):
        ours = applied(Metal(part, bloom_mm=bloom_mm, zone_mm=zone_mm), volume)
        assert np.array_equal(ours, expected)


def test_without_metal_bone_is_a_plain_range_and_nothing_is_in_doubt():
    volume = volume_of(VOLUME.hu.clip(-1024, 2499), SPACING_KJI_MM)
    assert np.array_equal(applied(Metal("bone"), volume), applied(Threshold(), volume))
    assert not applied(Metal("implant"), volume).any()
    assert not applied(Metal("doubtful"), volume).any()


def test_padding_is_neither_bone_nor_metal_nor_in_doubt():
    hu = VOLUME.hu.copy()
    padded = np.zeros(SHAPE, bool)
    padded[2:9, :5, 60:140] = True
    hu[padded] = 3071
    hu[12, 12, 70] = 3071
    volume = volume_of(hu, SPACING_KJI_MM, padding=BitMask.from_bool(padded))
    for part in ("bone", "implant", "doubtful"):
        assert not (applied(Metal(part, zone_mm=20.0), volume) & padded).any()


def test_metal_that_is_less_dense_than_bone_is_refused():
    with pytest.raises(Refusal, match="metal-below-bone"):
        parse(Metal, {"bone_hu": "300", "metal_hu": "300"})
