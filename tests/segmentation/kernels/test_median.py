"""The median against SciPy and SimpleITK."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from segmentation.kernels.median import median
from segmentation.kernels.slabs import threads


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 4, 5), (9, 7, 32), (6, 8, 33), (5, 6, 130)])
def test_the_median_is_scipys(shape):
    hu = np.random.default_rng(1).integers(-32768, 32768, shape).astype(np.int16)
    assert np.array_equal(median(hu), ndimage.median_filter(hu, 3, mode="nearest"))


def test_the_median_is_simpleitks():
    hu = np.random.default_rng(2).integers(-1000, 3000, (12, 14, 70)).astype(np.int16)
    truth = sitk.GetArrayFromImage(sitk.Median(sitk.GetImageFromArray(hu), (1, 1, 1)))
    assert np.array_equal(median(hu), truth)
    with threads(1):
        assert np.array_equal(median(hu), truth)
