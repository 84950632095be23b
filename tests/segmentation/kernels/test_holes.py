"""Filled holes against SciPy and fill_voids."""

import fill_voids
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from scipy import ndimage

from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.holes import filled
from segmentation.kernels.slabs import threads
from tests.segmentation.random_masks import masks, tail_is_empty


@given(masks(most=(6, 7, 130)))
def test_holes_are_those_scipy_fills(voxels):
    words = filled(packed(voxels), voxels.shape[2])
    assert np.array_equal(unpacked(words, voxels.shape[2]), ndimage.binary_fill_holes(voxels))
    assert tail_is_empty(words, voxels.shape[2])


def test_dense_noise_is_filled_as_by_fill_voids():
    voxels = np.random.default_rng(4).random((70, 40, 101)) < 0.72
    ours = unpacked(filled(packed(voxels), 101), 101)
    assert np.array_equal(ours, fill_voids.fill(voxels.copy()))
    assert ours.sum() > voxels.sum()


def test_a_hole_open_by_a_voxel_face_stays():
    voxels = np.ones((5, 5, 70), bool)
    voxels[2, 2, 30:40] = False
    assert filled(packed(voxels), 70).sum() != packed(voxels).sum()
    voxels[2, 0:2, 35] = False
    assert np.array_equal(unpacked(filled(packed(voxels), 70), 70), voxels)


@given(masks(most=(6, 7, 70)))
def test_holes_are_those_simpleitk_fills(voxels):
    image = sitk.BinaryFillhole(sitk.GetImageFromArray(voxels.astype(np.uint8)))
    ours = unpacked(filled(packed(voxels), voxels.shape[2]), voxels.shape[2])
    assert np.array_equal(ours, sitk.GetArrayFromImage(image).astype(bool))


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 5, 70), (5, 1, 64), (3, 3, 3)])
def test_empty_and_full_stay_and_one_voxel_is_a_hole_or_none(shape):
    for voxels in (np.zeros(shape, bool), np.ones(shape, bool)):
        assert np.array_equal(unpacked(filled(packed(voxels), shape[2]), shape[2]), voxels)
    voxels = np.ones(shape, bool)
    middle = tuple(n // 2 for n in shape)
    voxels[middle] = False
    assert unpacked(filled(packed(voxels), shape[2]), shape[2])[middle] == (min(shape) > 2)


def test_any_number_of_threads_gives_the_same_bytes():
    words, made = packed(np.random.default_rng(5).random((90, 30, 101)) < 0.7), []
    for wanted in (1, 2, 5):
        with threads(wanted):
            made.append(filled(words, 101).tobytes())
    assert made[0] == made[1] == made[2]
