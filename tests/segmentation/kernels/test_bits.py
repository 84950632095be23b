"""The window test against NumPy's compares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.errors import Cancelled
from segmentation.kernels import bits
from segmentation.kernels.slabs import threads
from tests.segmentation.random_masks import masks, tail_is_empty, volume_of

BOUNDS = st.integers(-40000, 40000)


@given(
    st.integers(1, 5), st.integers(1, 6), st.integers(1, 200), BOUNDS, BOUNDS, st.integers(0, 99)
)
def test_a_window_holds_what_two_compares_hold(nk, nj, ni, lower, upper, seed):
    hu = np.random.default_rng(seed).integers(-32768, 32768, (nk, nj, ni)).astype(np.int16)
    words = bits.window(hu, lower, upper)
    assert np.array_equal(bits.unpacked(words, ni), (hu >= lower) & (hu <= upper))
    assert tail_is_empty(words, ni)


@pytest.mark.parametrize(
    ("lower", "upper"),
    [(-32768, 32767), (32767, 32767), (-32768, -32768), (5, 4), (-90000, 90000), (40000, 50000)],
)
def test_bounds_at_the_ends_of_int16_hold(lower, upper):
    hu = np.array([-32768, -1, 0, 1, 32766, 32767] * 30, np.int16).reshape(2, 1, 90)
    words = bits.window(hu, lower, upper)
    assert np.array_equal(bits.unpacked(words, 90), (hu >= lower) & (hu <= upper))


@given(masks())
def test_the_complement_is_not(voxels):
    ni = voxels.shape[2]
    words = bits.complement(bits.packed(voxels), ni)
    assert np.array_equal(bits.unpacked(words, ni), ~voxels)
    assert tail_is_empty(words, ni)


def test_any_number_of_threads_gives_the_same_bytes():
    hu = np.random.default_rng(1).integers(-2000, 2000, (33, 20, 77)).astype(np.int16)
    with threads(1):
        one = bits.window(hu, -100, 900)
    for wanted in (2, 3, 8):
        with threads(wanted):
            assert np.array_equal(bits.window(hu, -100, 900), one)


def test_a_window_can_be_cancelled():
    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        bits.window(np.zeros((64, 8, 64), np.int16), 0, 1, stop)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, ">i2", np.int32])
@pytest.mark.parametrize("order", ["C", "F"])
def test_volumes_of_any_type_and_order_give_the_same(kind, order):
    values = np.random.default_rng(2).integers(0, 100, (4, 5, 70))
    hu = np.asarray(values.astype(kind), order=order)
    for one, plain in ((hu, values), (hu[::-1, :, ::-1], values[::-1, :, ::-1])):
        words = bits.window(volume_of(one).hu, 20, 60)
        assert np.array_equal(bits.unpacked(words, 70), (plain >= 20) & (plain <= 60))
