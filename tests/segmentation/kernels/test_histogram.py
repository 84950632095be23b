"""Counts against NumPy; Otsu against scikit-image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
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


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 9)),
    st.sampled_from((1, 3, 65536)),
    st.integers(0, 2**32 - 1),
)
def test_counts_are_those_of_counting_one_by_one(shape, values, seed):
    hu = np.random.default_rng(seed).integers(-32768, values - 32768, shape).astype(np.int16)
    counts = histogram(hu)
    assert counts.sum() == hu.size
    for value in set(hu.ravel().tolist()):
        assert counts[value + 32768] == sum(other == value for other in hu.ravel().tolist())


def test_more_values_than_one_call_counts_are_counted_once():
    hu = np.zeros((9, 1400, 1401), np.int16)  # 17.7 million, and no whole number of words
    hu[-1, -1, -3:] = (32767, -32768, -1)
    made = []
    for wanted in (1, 2):
        with threads(wanted):
            made.append(histogram(hu))
    assert np.array_equal(*made)
    assert made[0][[0, 32767, 32768, 65535]].tolist() == [1, 1, hu.size - 3, 1]


def test_otsu_is_the_best_of_all_thresholds():
    hu = np.random.default_rng(7).integers(-40, 60, (4, 5, 30)).astype(np.int16)
    hu[2:] += 300
    values = hu.ravel().astype(float)
    best, score = None, -1.0
    for level in np.unique(hu)[:-1]:
        low, high = values[values <= level], values[values > level]
        gained = len(low) * len(high) * (low.mean() - high.mean()) ** 2
        if gained > score * (1 + 1e-12):
            best, score = level, gained
    assert otsu(histogram(hu)) == best
