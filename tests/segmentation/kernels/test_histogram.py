"""Counts against NumPy; Otsu against scikit-image."""

import numpy as np
import pytest
from skimage.filters import threshold_otsu

from segmentation.kernels.bits import packed
from segmentation.kernels.histogram import discount, histogram, otsu
from segmentation.kernels.slabs import threads


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 3, 3), (130, 5, 7)])
def test_each_value_is_counted(shape):
    hu = np.random.default_rng(1).integers(-32768, 32768, shape).astype(np.int16)
    truth = np.bincount(hu.ravel().astype(np.int64) + 32768, minlength=65536)
    for wanted in (1, 2):
        with threads(wanted):
            assert np.array_equal(histogram(hu), truth)


def test_voxels_of_a_mask_are_left_out():
    random = np.random.default_rng(2)
    hu = random.integers(-2000, 2000, (6, 7, 130)).astype(np.int16)
    block = random.random((3, 4, 66)) < 0.5
    counts = histogram(hu)
    discount(counts, hu, packed(block), (2, 1, 64))
    kept = np.ones(hu.shape, bool)
    kept[2:5, 1:5, 64:] = ~block
    assert np.array_equal(counts, np.bincount(hu[kept].astype(np.int64) + 32768, minlength=65536))


def test_otsu_splits_two_tissues_as_scikit_image_does():
    random = np.random.default_rng(3)
    values = np.concatenate([random.normal(40, 25, 40000), random.normal(600, 90, 9000)])
    hu = values.astype(np.int16).reshape(10, 70, 70)
    ours = otsu(histogram(hu))
    truth = threshold_otsu(hu, nbins=int(hu.max()) - int(hu.min()) + 1)
    # Its bins are split between their centres; any threshold over the same values is the same.
    assert (hu <= ours).sum() == pytest.approx((hu <= truth).sum(), abs=60)
