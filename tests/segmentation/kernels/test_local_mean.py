"""The local mean against whole-number sums by NumPy, scikit-image and SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage.filters import threshold_local

from segmentation.kernels.bits import unpacked
from segmentation.kernels.local_mean import above_box_mean, above_gaussian, reach
from segmentation.kernels.slabs import threads
from tests.segmentation.random_masks import noise, tail_is_empty

ALL = (-32768, 32767)


def box_sums(hu, reach_kji):
    """Sums of the box around each voxel, edges repeated, in int64."""
    sums = np.pad(hu.astype(np.int64), [(n, n) for n in reach_kji], mode="edge")
    for axis, n in enumerate(reach_kji):
        windows = np.lib.stride_tricks.sliding_window_view(sums, 2 * n + 1, axis)
        sums = windows.sum(axis=-1)
    return sums


def truth(hu, reach_kji, offset_hu, range_hu):
    count = np.prod([2 * n + 1 for n in reach_kji])
    stands_out = (hu.astype(np.int64) - offset_hu) * count >= box_sums(hu, reach_kji)
    return stands_out & (hu >= range_hu[0]) & (hu <= range_hu[1])


def ours(hu, reach_kji, offset_hu, range_hu=ALL):
    words = above_box_mean(hu, reach_kji, offset_hu, range_hu)
    assert tail_is_empty(words, hu.shape[2])
    return unpacked(words, hu.shape[2])


@given(
    st.tuples(st.integers(1, 30), st.integers(1, 9), st.integers(1, 140)),
    st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(0, 70)),
    st.integers(-1000, 1000),
    st.sampled_from((ALL, (-300, 20000), (100, 100), (32767, -32768), (40000, 50000))),
    st.integers(0, 2**32 - 1),
)
def test_a_box_is_exact_for_all_16_bits(shape, reach_kji, offset_hu, range_hu, seed):
    hu = np.random.default_rng(seed).integers(-32768, 32768, shape).astype(np.int16)
    for wanted in (1, 2):
        with threads(wanted):
            one = ours(hu, reach_kji, offset_hu, range_hu)
        assert np.array_equal(one, truth(hu, reach_kji, offset_hu, range_hu))


@pytest.mark.parametrize("reach_kji", [(14, 14, 14), (15, 15, 16), (40, 41, 42)])
@pytest.mark.parametrize("value", [-32768, 32767])
def test_sums_beyond_32_bits_are_exact(reach_kji, value):
    """Just below and above where the sums change from 32 to 64 bits, and far above."""
    hu = np.full((3, 5, 70), value, np.int16)
    hu[1, 2, 33] = -value - 1
    assert np.array_equal(ours(hu, reach_kji, 0), truth(hu, reach_kji, 0, ALL))


@pytest.mark.parametrize("offset_hu", [-40, 0, 60])
def test_a_slice_and_a_block_are_those_of_scikit_image(offset_hu):
    hu = noise((11, 24, 130), 2)
    for part, reach_kji in ((hu[5:6], (0, 3, 3)), (hu, (2, 2, 2))):
        size = tuple(2 * n + 1 for n in reach_kji)
        level = threshold_local(part.astype(float), size, "mean", offset=-offset_hu, mode="nearest")
        clear = np.abs(part - level) > 1e-6
        assert clear.mean() > 0.99
        assert np.array_equal(ours(part, reach_kji, offset_hu)[clear], (part > level)[clear])


def test_a_gaussian_is_that_of_scipy():
    hu, spacing_kji_mm, sigma_mm = noise((15, 24, 130), 4), (1.5, 0.8, 0.7), 1.3
    sigmas = [sigma_mm / s for s in spacing_kji_mm]
    level = 30 + ndimage.gaussian_filter(hu.astype(float), sigmas, mode="nearest", truncate=4.0)
    clear = np.abs(hu - level) > 0.01
    expected = (hu >= level) & (hu >= 50) & (hu <= 2000)
    for wanted in (1, 2):
        with threads(wanted):
            words = above_gaussian(hu, spacing_kji_mm, sigma_mm, 30, (50, 2000))
        assert tail_is_empty(words, 130)
        assert np.array_equal(unpacked(words, 130)[clear], expected[clear])
    assert clear.mean() > 0.999
    assert not above_gaussian(hu, spacing_kji_mm, sigma_mm, 30, (1, 0)).any()


def test_the_reach_holds_what_lies_within_the_radius():
    assert reach((1.0, 0.7, 0.5), 2.1) == (2, 3, 4)
    assert reach((5.0, 0.3, 0.7), 0.3 * 3) == (0, 3, 1)  # 0.3 * 3 is not 0.9 in binary
