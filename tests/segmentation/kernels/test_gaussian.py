"""The Gaussian against SciPy in float64."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.gaussian import half_level, smoothed, taps
from segmentation.kernels.slabs import threads
from tests.segmentation.random_masks import SPACINGS, masks, tail_is_empty


def scipys(values, spacing_kji_mm, sigma_mm):
    sigmas = [sigma_mm / spacing for spacing in spacing_kji_mm]
    return ndimage.gaussian_filter(values.astype(float), sigmas, mode="nearest", truncate=4.0)


@pytest.mark.parametrize("spacing_kji_mm", SPACINGS)
@pytest.mark.parametrize("shape", [(9, 11, 70), (1, 3, 1), (20, 5, 130)])
def test_hu_are_scipys_but_for_rounding(shape, spacing_kji_mm):
    hu = np.random.default_rng(1).integers(-32768, 32768, shape).astype(np.int16)
    truth = scipys(hu, spacing_kji_mm, 1.1)
    # Half a HU of rounding, and the float32 sums of values up to 32768.
    assert np.abs(smoothed(hu, spacing_kji_mm, 1.1) - truth).max() < 0.52


@given(masks(), st.sampled_from(SPACINGS), st.sampled_from((0.3, 0.8, 1.7)))
def test_the_half_level_is_scipys(voxels, spacing_kji_mm, sigma_mm):
    ni = voxels.shape[2]
    words = half_level(packed(voxels), ni, spacing_kji_mm, sigma_mm)
    level = scipys(voxels, spacing_kji_mm, sigma_mm)
    clear = np.abs(level - 0.5) > 1e-5  # nearer is a matter of rounding
    assert np.array_equal(unpacked(words, ni)[clear], (level >= 0.5)[clear])
    assert tail_is_empty(words, ni)


def test_weights_sum_to_one():
    for sigma_mm in (0.1, 0.5, 1.0, 3.0):
        half = taps(sigma_mm, 0.7).astype(float)
        assert half[0] + 2 * half[1:].sum() == pytest.approx(1.0, abs=1e-6)


def test_any_number_of_threads_gives_the_same_bytes():
    random = np.random.default_rng(3)
    hu = random.integers(-1000, 2000, (40, 20, 90)).astype(np.int16)
    words = packed(random.random((40, 20, 90)) < 0.5)
    with threads(1):
        one = smoothed(hu, (1.0, 0.7, 0.7), 1.0), half_level(words, 90, (1.0, 0.7, 0.7), 1.0)
    with threads(3):
        assert np.array_equal(smoothed(hu, (1.0, 0.7, 0.7), 1.0), one[0])
        assert np.array_equal(half_level(words, 90, (1.0, 0.7, 0.7), 1.0), one[1])


@given(
    st.tuples(st.integers(1, 6), st.integers(1, 7), st.integers(1, 40)),
    st.sampled_from(SPACINGS),
    st.sampled_from((0.1, 0.7, 2.0)),
    st.integers(0, 2**32 - 1),
)
def test_hu_are_those_of_a_plain_sum(shape, spacing_kji_mm, sigma_mm, seed):
    hu = np.random.default_rng(seed).integers(-1024, 3072, shape).astype(np.int16)
    truth = hu.astype(float)
    for axis, spacing in enumerate(spacing_kji_mm):
        half = taps(sigma_mm, spacing).astype(float)
        at = np.arange(shape[axis])
        total = half[0] * truth
        for n in range(1, len(half)):
            low, high = np.maximum(at - n, 0), np.minimum(at + n, shape[axis] - 1)
            total = total + half[n] * (truth.take(low, axis) + truth.take(high, axis))
        truth = total
    assert np.abs(smoothed(hu, spacing_kji_mm, sigma_mm) - truth).max() < 0.51


def test_hu_inside_are_near_simpleitks_recursive_filter():
    hu = np.random.default_rng(5).normal(40.0, 25.0, (40, 44, 70)).astype(np.int16)
    hu[15:25, 15:25, 20:50] = 900
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing((0.7, 0.7, 1.0))
    theirs = sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(image, 1.4))
    inside = (slice(8, -8),) * 3
    assert np.abs(smoothed(hu, (1.0, 0.7, 0.7), 1.4) - theirs)[inside].max() < 8.0


def test_an_array_that_is_used_again_holds_the_same():
    hu = np.random.default_rng(6).integers(-1000, 3000, (20, 9, 70)).astype(np.int16)
    out = np.full(hu.shape, 77, np.int16)
    assert smoothed(hu, (1.0, 0.7, 0.7), 1.0, out=out) is out
    assert np.array_equal(out, smoothed(hu, (1.0, 0.7, 0.7), 1.0))


def test_strips_of_rows_and_slabs_of_slices_leave_no_seam():
    hu = np.random.default_rng(7).integers(-1000, 3000, (19, 45, 67)).astype(np.int16)
    whole = scipys(hu, (0.8, 0.4, 0.6), 1.9)  # reaches beyond a slab and a strip
    assert np.abs(smoothed(hu, (0.8, 0.4, 0.6), 1.9) - whole).max() < 0.52
