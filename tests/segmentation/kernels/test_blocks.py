"""Sums over blocks and summaries of parts against NumPy, step by step."""

import numpy as np
import pytest

from segmentation.kernels.bits import packed
from segmentation.kernels.blocks import block_counts, block_sums, summary


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 9), (12, 8, 130)])
@pytest.mark.parametrize("factors", [(1, 1, 1), (3, 4, 4), (2, 5, 64)])
def test_a_block_holds_the_sum_of_its_voxels(shape, factors):
    hu = np.random.default_rng(1).integers(-1024, 3071, shape).astype(np.int16)
    sums = block_sums(hu, factors)
    fk, fj, fi = factors
    for k, j, i in np.ndindex(sums.shape):
        part = hu[k * fk : (k + 1) * fk, j * fj : (j + 1) * fj, i * fi : (i + 1) * fi]
        assert sums[k, j, i] == part.sum(dtype=np.int64)


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 65), (12, 8, 130)])
@pytest.mark.parametrize("factors", [(1, 1, 1), (3, 4, 5)])
def test_a_block_counts_its_set_voxels(shape, factors):
    voxels = np.random.default_rng(5).random(shape) < 0.4
    counts = block_counts(packed(voxels), shape[2], factors)
    assert np.array_equal(counts, block_sums(voxels.astype(np.int16), factors))


def test_a_summary_counts_bounds_and_adds_up():
    random = np.random.default_rng(2)
    number = random.integers(0, 4, (5, 6, 7)).astype(np.int32)
    values = random.normal(size=number.shape).astype(np.float32)
    blocks, low, high, totals = summary(number, 4, values)
    for n in range(1, 5):
        at = np.argwhere(number == n)
        assert blocks[n] == len(at)
        if not len(at):
            continue
        assert np.array_equal(low[n], at.min(axis=0))
        assert np.array_equal(high[n], at.max(axis=0))
        assert np.array_equal(totals[n, :3], at.sum(axis=0))
        assert totals[n, 3] == pytest.approx(values[number == n].sum(dtype=np.float64))
    assert blocks[0] == 0
