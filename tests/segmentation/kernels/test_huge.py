"""More than 2**31 voxels: each kernel finds the last slices where they lie.

The arrays take addresses, not memory: only their last slices are touched.
"""

import numpy as np
import pytest

from segmentation.kernels import (
    bits,
    components,
    distance,
    gaussian,
    histogram,
    median,
    runs,
    slabs,
)
from segmentation.mask import word_count

SHAPE = (8210, 512, 512)
SLICES = 4
assert np.prod(SHAPE[:1] + SHAPE[1:], dtype=np.int64) > 2**31


@pytest.fixture(scope="module")
def hu():
    """Return a volume whose last slices are noise and all others are not there."""
    try:
        whole = np.zeros(SHAPE, np.int16)
    except MemoryError:  # a system that promises no more than it has
        pytest.skip("no addresses for 4 GiB")
    random = np.random.default_rng(1)
    whole[-SLICES:] = random.integers(-500, 1500, (SLICES, *SHAPE[1:]))
    return whole


def last(whole):
    return np.ascontiguousarray(whole[-SLICES:])


def test_the_window_of_the_last_slices(hu):
    out = np.empty((*SHAPE[:2], word_count(SHAPE[2])), np.uint64)
    source = bits.read_only(hu)
    bits._window(source, np.int16(100), np.uint16(300), SHAPE[0] - SLICES, SHAPE[0], out)
    assert np.array_equal(out[-SLICES:], bits.window(last(hu), 100, 400))


def test_the_median_of_the_last_slices(hu):
    out = np.empty(SHAPE, np.int16)
    median._median(bits.read_only(hu), SHAPE[0] - SLICES + 1, SHAPE[0], out)
    assert np.array_equal(out[-SLICES + 1 :], median.median(last(hu))[1:])


def test_the_gaussian_of_the_last_slices(hu):
    out = np.empty(SHAPE, np.int16)
    weights = [gaussian.taps(0.6, spacing) for spacing in (1.0, 0.7, 0.7)]
    gaussian._smooth(bits.read_only(hu), *weights, SHAPE[0] - 1, SHAPE[0], out)
    assert np.array_equal(out[-1], gaussian.smoothed(last(hu), (1.0, 0.7, 0.7), 0.6)[-1])


def test_the_counts_of_the_last_slices(hu):
    quads = bits.read_only(hu).reshape(-1).view(np.uint64)
    tables = np.zeros((histogram.LANES, histogram.BINS), np.int32)
    part = SLICES * SHAPE[1] * SHAPE[2] // histogram.LANES
    histogram._count(quads, quads.size - part, quads.size, tables)
    assert np.array_equal(np.roll(tables.sum(axis=0), 32768), histogram.histogram(last(hu)))


def test_the_parts_of_the_last_slices(hu):
    words = np.zeros((*SHAPE[:2], word_count(SHAPE[2])), np.uint64)
    words[-SLICES:] = bits.window(last(hu), 700, 1500)
    found, few = runs.runs_of(words), runs.runs_of(words[-SLICES:])
    assert np.array_equal(found.root, few.root)
    assert np.array_equal(
        runs.words_of(found, found.root >= 0, words.shape)[-SLICES:], words[-SLICES:]
    )
    ids = np.arange(1, found.root.size + 1, dtype=np.uint32)
    out = np.zeros(SHAPE, np.uint32)
    arrays = (found.first, found.start, found.stop)
    components._fill(ids, *arrays, SHAPE[0] - SLICES, SHAPE[0], out)
    kept = np.zeros((SLICES, *SHAPE[1:]), np.uint32)
    components._fill(ids, few.first, few.start, few.stop, 0, SLICES, kept)
    assert np.array_equal(out[-SLICES:], kept)


def test_the_distances_of_the_last_slices():
    """The sweep goes along all slices, so the grid is flat: the last slice is as far."""
    nk, nj, ni = 4200, 8, 65536
    assert nk * nj * ni > 2**31
    words = np.zeros((nk, nj, word_count(ni)), np.uint64)
    words[-2, 3, 1] = 1 << 6
    out, slab = np.empty((nk, nj, ni), np.float32), nk // slabs.SLICES
    used, none = np.array([3]), np.int16(32767)
    before, after = (np.full((slab, 1, ni), mark, np.int16) for mark in (-none, none))
    words = bits.read_only(words)
    distance._sweep(words, used, 0, 1, before, after)
    distance._slab(words, used, before, after, (2.0, 0.7, 0.5), nk - slabs.SLICES, nk, out)
    j, i = np.indices((nj, ni))
    truth = np.sqrt((0.7 * (j - 3)) ** 2 + (0.5 * (i - 70)) ** 2 + 4.0)
    assert np.abs(out[-1] - truth).max() <= 1e-6 * truth.max()
    assert out[-2, 3, 70] == 0.0
