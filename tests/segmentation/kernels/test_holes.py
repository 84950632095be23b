"""Filled holes against SciPy and fill_voids."""

import fill_voids
import numpy as np
from hypothesis import given
from scipy import ndimage

from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.holes import filled
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
