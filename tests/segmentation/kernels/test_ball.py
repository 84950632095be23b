"""Ball dilation against distance maps, the formula of a ball, and SimpleITK."""

import math

import edt
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from segmentation.kernels.ball import dilated, eroded
from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.slabs import threads
from tests.segmentation.random_masks import SPACINGS, masks, tail_is_empty


@pytest.mark.parametrize("spacing_kji_mm", SPACINGS)
@given(voxels=masks(most=(9, 12, 130)), radius_mm=st.sampled_from((0.2, 1.0, 2.0, 3.1, 4.0)))
def test_dilation_is_the_distance_map_cut_at_the_radius(spacing_kji_mm, voxels, radius_mm):
    ni = voxels.shape[2]
    words = dilated(packed(voxels), ni, spacing_kji_mm, radius_mm)
    near = np.zeros_like(voxels)
    if voxels.any():
        wide = np.pad(voxels, 1)  # edt needs background somewhere
        away = edt.edt(~wide, anisotropy=spacing_kji_mm)[1:-1, 1:-1, 1:-1]
        near = away <= radius_mm * (1 + 1e-6)
    assert np.array_equal(unpacked(words, ni), near)
    assert tail_is_empty(words, ni)


@given(masks(most=(9, 12, 130)), st.sampled_from((0.9, 2.0, 3.1)))
def test_erosion_keeps_what_is_farther_than_the_radius_from_outside(voxels, radius_mm):
    spacing_kji_mm, ni = (1.3, 0.8, 0.8), voxels.shape[2]
    words = eroded(packed(voxels), ni, spacing_kji_mm, radius_mm)
    far = voxels
    if not voxels.all():
        far = edt.edt(voxels, anisotropy=spacing_kji_mm) > radius_mm * (1 + 1e-6)
    assert np.array_equal(unpacked(words, ni), far)
    assert tail_is_empty(words, ni)


def test_more_slices_than_are_held_at_once_make_no_seam():
    voxels = np.random.default_rng(1).random((150, 12, 70)) < 0.002
    ours = unpacked(dilated(packed(voxels), 70, (0.5, 1.0, 1.0), 4.0), 70)
    assert np.array_equal(ours, edt.edt(~voxels, anisotropy=(0.5, 1.0, 1.0)) <= 4.0 * (1 + 1e-6))


def one_voxel_dilated(spacing_kji_mm, radius_mm):
    shape = tuple(2 * int(radius_mm / s) + 3 for s in spacing_kji_mm)
    voxels = np.zeros(shape, bool)
    voxels[tuple(n // 2 for n in shape)] = True
    return np.bitwise_count(dilated(packed(voxels), shape[2], spacing_kji_mm, radius_mm)).sum()


@pytest.mark.parametrize(
    ("radius_mm", "points"), [(1, 7), (2, 33), (3, 123), (5, 515), (9, 3071), (12, 7153)]
)
def test_a_dilated_voxel_has_the_lattice_points_of_a_ball(radius_mm, points):
    # OEIS A000605: points of the integer lattice within a distance n of one of them.
    assert one_voxel_dilated((1.0, 1.0, 1.0), float(radius_mm)) == points


@pytest.mark.parametrize("spacing_kji_mm", [(1.0, 0.7, 0.7), (0.83, 0.71, 0.59), (2.0, 0.5, 0.5)])
def test_a_dilated_voxel_has_the_volume_of_a_ball(spacing_kji_mm):
    ml = one_voxel_dilated(spacing_kji_mm, 15.0) * math.prod(spacing_kji_mm) / 1000.0
    assert ml == pytest.approx(4 / 3 * math.pi * 1.5**3, rel=0.01)


def test_whole_voxels_agree_with_simpleitk():
    voxels = np.random.default_rng(6).random((20, 21, 70)) < 0.01
    ours = unpacked(dilated(packed(voxels), 70, (1.0, 1.0, 1.0), 1.0), 70)
    image = sitk.GetImageFromArray(voxels.astype(np.uint8))
    cross = sitk.BinaryDilate(image, (1, 1, 1), sitk.sitkCross)
    assert np.array_equal(ours, sitk.GetArrayFromImage(cross).astype(bool))


def test_any_number_of_threads_gives_the_same_bytes():
    words = packed(np.random.default_rng(3).random((70, 30, 90)) < 0.01)
    with threads(1):
        one = dilated(words, 90, (1.0, 0.7, 0.7), 3.0)
    for wanted in (2, 4):
        with threads(wanted):
            assert np.array_equal(dilated(words, 90, (1.0, 0.7, 0.7), 3.0), one)


@given(masks(most=(3, 4, 7)), st.sampled_from(SPACINGS), st.sampled_from((0.5, 1.4, 2.6)))
def test_dilation_is_that_of_a_plain_search(voxels, spacing_kji_mm, radius_mm):
    places = np.argwhere(np.ones(voxels.shape, bool)) * spacing_kji_mm
    held = places[voxels.ravel()]
    away = np.linalg.norm(places[:, None] - held, axis=-1).min(axis=1, initial=np.inf)
    ni = voxels.shape[2]
    ours = unpacked(dilated(packed(voxels), ni, spacing_kji_mm, radius_mm), ni)
    assert np.array_equal(ours.ravel(), away <= radius_mm * (1 + 1e-9))


def test_eroded_bytes_are_the_same_for_any_number_of_threads():
    words, made = packed(np.random.default_rng(4).random((70, 30, 90)) < 0.99), []
    for wanted in (1, 2, 4):
        with threads(wanted):
            made.append(eroded(words, 90, (1.0, 0.7, 0.7), 2.0).tobytes())
    assert made[0] == made[1] == made[2]
