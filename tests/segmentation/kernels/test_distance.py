"""The distance map against edt and SciPy."""

import edt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from segmentation.kernels.bits import packed
from segmentation.kernels.distance import distance_mm
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
