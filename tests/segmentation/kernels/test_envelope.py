"""Lower envelopes and transposed tiles against plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.kernels.envelope import FAR, RIM, TILE, envelope, transpose
from segmentation.kernels.jit import kernel


@kernel
def transposed(flat, at, stride, out, to, pitch):
    transpose(flat, at, stride, out, to, pitch)


def lowest(heights, mm):
    n = len(heights)
    line = np.full(n + 64 + 2 * RIM, FAR, np.float32)
    line[RIM : RIM + n] = heights
    out = np.full(n + TILE + 3, -1.0, np.float32)
    envelope(line, RIM, n, mm, np.empty(n, np.int64), np.empty((2, n + 1)), out, 3)
    assert (out[:3] == -1.0).all()
    return out[3 : 3 + n]


def plain(heights, mm):
    places = np.arange(len(heights))
    all_of_them = heights.astype(float)[:, None] + (mm * (places - places[:, None])) ** 2
    return all_of_them.min(axis=0)


@given(
    st.integers(1, 200),
    st.sampled_from((0.3, 0.7, 1.0, 5.0)),
    st.sampled_from((0.0, 1.0, 50.0, 1e5)),
    st.integers(0, 2**32 - 1),
)
def test_each_place_has_the_lowest_parabola(n, mm, spread, seed):
    random = np.random.default_rng(seed)
    heights = (spread * random.random(n)).astype(np.float32)
    heights[random.random(n) < random.random()] = FAR
    if (heights == FAR).all():
        assert (lowest(heights, mm) == FAR).all()
        return
    truth = plain(np.where(heights == FAR, np.inf, heights), mm)
    assert np.abs(lowest(heights, mm) - truth).max() <= 3e-7 * truth.max()


def test_the_parabola_that_all_come_from_is_found():
    """Heights on one parabola lie in a line for the chords: none may be lost in rounding."""
    away = np.arange(300) - 70.0
    heights = (0.49 * away**2).astype(np.float32)
    assert lowest(heights, 0.7) == pytest.approx(plain(heights, 0.7), rel=1e-5, abs=1e-4)


def test_a_tile_is_transposed():
    flat = np.random.default_rng(0).random(40 * 50).astype(np.float32)
    out = np.zeros((30, 40), np.float32)
    transposed(flat, 5, 50, out.reshape(-1), 3 * 40 + 7, 40)
    tile = flat.reshape(40, 50)[:TILE, 5 : 5 + TILE]
    assert np.array_equal(out[3 : 3 + TILE, 7 : 7 + TILE], tile.T)
    assert np.count_nonzero(out) == TILE * TILE
