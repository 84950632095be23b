"""The median against SciPy and SimpleITK."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
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


def plain_median(hu):
    """Return the median by sorting the 27 values of each voxel."""
    wide = np.pad(hu, 1, "edge")
    nk, nj, ni = hu.shape
    around = [
        wide[k : k + nk, j : j + nj, i : i + ni]
        for k in range(3) for j in range(3) for i in range(3)
    ]  # fmt: skip
    return np.sort(np.stack(around), axis=0)[13]


@given(
    st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 140)),
    st.sampled_from((2, 300, 65536)),
    st.integers(0, 2**32 - 1),
)
def test_the_median_is_the_middle_of_27_values(shape, values, seed):
    hu = np.random.default_rng(seed).integers(-values // 2, values - values // 2, shape)
    hu = hu.astype(np.int16)
    assert np.array_equal(median(hu), plain_median(hu))


@pytest.mark.parametrize("ni", [20, 70])
def test_an_array_that_is_used_again_holds_the_same(ni):
    hu = np.random.default_rng(3).integers(-1000, 3000, (30, 9, ni)).astype(np.int16)
    out = np.full(hu.shape, 77, np.int16)
    made = []
    for wanted in (1, 2, 4):
        with threads(wanted):
            assert median(hu, out=out) is out
            made.append(out.tobytes())
    assert made[0] == made[1] == made[2] == median(hu).tobytes()
