"""The distance map against edt and SciPy."""

import edt
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from segmentation.kernels.bits import packed
from segmentation.kernels.distance import SHORT, distance_mm
from segmentation.kernels.slabs import threads
from tests.segmentation.random_masks import SPACINGS, masks


@given(masks(most=(9, 20, 130)), st.sampled_from(SPACINGS))
def test_each_distance_is_scipys(voxels, spacing_kji_mm):
    ours = distance_mm(packed(voxels), voxels.shape[2], spacing_kji_mm)
    if not voxels.any():
        assert np.isinf(ours).all()
        return
    truth = ndimage.distance_transform_edt(~voxels, sampling=spacing_kji_mm)
    assert np.abs(ours - truth).max() <= 1e-5 * max(truth.max(), 1.0)


def test_a_larger_map_is_edts_for_any_number_of_threads():
    voxels = np.random.default_rng(1).random((40, 70, 150)) < 0.0005
    truth = edt.edt(~voxels, anisotropy=(1.25, 0.7, 0.7))
    with threads(1):
        one = distance_mm(packed(voxels), 150, (1.25, 0.7, 0.7))
    with threads(3):
        assert np.array_equal(distance_mm(packed(voxels), 150, (1.25, 0.7, 0.7)), one)
    assert one == pytest.approx(truth, abs=1e-3)


@given(masks(most=(4, 5, 9)), st.sampled_from(SPACINGS))
def test_each_distance_is_the_least_to_any_voxel(voxels, spacing_kji_mm):
    if not voxels.any():
        return
    places = np.argwhere(np.ones(voxels.shape, bool)) * spacing_kji_mm
    held = places[voxels.ravel()]
    truth = np.linalg.norm(places[:, None] - held, axis=-1).min(axis=1).reshape(voxels.shape)
    ours = distance_mm(packed(voxels), voxels.shape[2], spacing_kji_mm)
    assert np.abs(ours - truth).max() < 1e-5


@pytest.mark.parametrize("at", [(0, 0, 0), (19, 29, 69), (10, 0, 64)])
@pytest.mark.parametrize("spacing_kji_mm", SPACINGS)
def test_one_voxel_is_surrounded_as_by_simpleitk(at, spacing_kji_mm):
    voxels = np.zeros((20, 30, 70), bool)
    voxels[at] = True
    image = sitk.GetImageFromArray(voxels.astype(np.uint8))
    image.SetSpacing(spacing_kji_mm[::-1])
    truth = sitk.GetArrayFromImage(sitk.SignedMaurerDistanceMap(image, False, False, True))
    ours = distance_mm(packed(voxels), 70, spacing_kji_mm)
    assert np.abs(ours - np.maximum(truth, 0.0)).max() < 1e-4


def test_a_full_mask_is_nowhere_far():
    assert not distance_mm(packed(np.ones((3, 4, 70), bool)), 70, (1.0, 0.7, 0.7)).any()


def test_an_array_that_is_used_again_holds_the_same():
    voxels = np.random.default_rng(2).random((20, 30, 70)) < 0.001
    out = np.full(voxels.shape, np.nan, np.float32)
    for held in (voxels, np.zeros_like(voxels)):
        made = distance_mm(packed(held), 70, (1.25, 0.7, 0.7), out=out)
        assert made is out
        assert np.array_equal(out, distance_mm(packed(held), 70, (1.25, 0.7, 0.7)))


def test_more_slices_than_int16_counts_are_told_apart():
    nk = 2 * SHORT + 9
    voxels = np.zeros((nk, 2, 3), bool)
    voxels[[0, nk - 1], 1, 2] = True
    truth = ndimage.distance_transform_edt(~voxels, sampling=(0.5, 1.0, 2.0))
    ours = distance_mm(packed(voxels), 3, (0.5, 1.0, 2.0))
    assert np.abs(ours - truth).max() <= 1e-6 * truth.max()


def test_a_slice_leaves_nothing_to_the_next():
    """Rows beyond the last one share a tile with it, and hold numbers of the slice before."""
    voxels = np.zeros((16, 5, 70), bool)
    voxels[0, :, 3:9] = voxels[15, 2, 60] = True
    truth = ndimage.distance_transform_edt(~voxels, sampling=(3.0, 0.7, 0.7))
    assert distance_mm(packed(voxels), 70, (3.0, 0.7, 0.7)) == pytest.approx(truth, abs=1e-5)
