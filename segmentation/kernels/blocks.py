"""Sums over blocks of voxels, and what tells the numbered parts of an array apart."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, U1, Hu, read_only
from segmentation.kernels.intrinsics import ctz
from segmentation.kernels.jit import kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, silent

Sums = NDArray[np.int32]
Index = NDArray[np.int32]
SLAB = 4


@kernel
def _sums(hu: Hu, fk: int, fj: int, fi: int, b0: int, b1: int, out: Sums) -> None:
    nk, nj, ni = hu.shape
    line = np.empty(ni, np.int32)
    for b in range(b0, b1):
        for c in range(out.shape[1]):
            line[:] = 0
            for k in range(b * fk, min(b * fk + fk, nk)):
                for j in range(c * fj, min(c * fj + fj, nj)):
                    row = hu[k, j]
                    for i in range(ni):
                        line[i] += np.int32(row[i])
            for d in range(out.shape[2]):
                total = 0
                for i in range(d * fi, min(d * fi + fi, ni)):
                    total += line[i]
                out[b, c, d] = total


def block_sums(hu: Hu, factors_kji: tuple[int, int, int], progress: Progress = silent) -> Sums:
    """Return the sum of the HU of each block of `factors_kji` voxels, int32 [k, j, i].

    The last block of an axis holds what is left. Blocks are smaller than 65,536 voxels.
    """
    fk, fj, fi = factors_kji
    nk, nj, ni = (-(-n // f) for n, f in zip(hu.shape, factors_kji, strict=True))
    source, out = read_only(hu), np.empty((nk, nj, ni), np.int32)
    each_slab(lambda b0, b1: _sums(source, fk, fj, fi, b0, b1, out), nk, progress, SLAB)
    return out


@kernel
def _bits(words: Words, fk: int, fj: int, fi: int, b0: int, b1: int, out: Sums) -> None:
    nk, nj, nw = words.shape
    for b in range(b0, b1):
        for k in range(b * fk, min(b * fk + fk, nk)):
            for j in range(nj):
                row = out[b, j // fj]
                for w in range(nw):
                    word = words[k, j, w]
                    while word != U0:
                        row[(64 * w + ctz(word)) // fi] += 1
                        word &= word - U1


def block_counts(
    words: Words, ni: int, factors_kji: tuple[int, int, int], progress: Progress = silent
) -> Sums:
    """Return how many voxels of each block are set, int32 [k, j, i]; rows hold `ni` voxels."""
    fk, fj, fi = factors_kji
    sizes = (*words.shape[:2], ni)
    nk, nj, n_i = (-(-n // f) for n, f in zip(sizes, factors_kji, strict=True))
    source, out = read_only(words), np.zeros((nk, nj, n_i), np.int32)
    each_slab(lambda b0, b1: _bits(source, fk, fj, fi, b0, b1, out), nk, progress, SLAB)
    return out


@kernel
def _summary(
    number: Index,
    values: NDArray[np.float32],
    blocks: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    totals: NDArray[np.float64],
) -> None:
    nz, ny, nx = number.shape
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                n = number[z, y, x]
                if n == 0:
                    continue
                blocks[n] += 1
                totals[n, 0] += z
                totals[n, 1] += y
                totals[n, 2] += x
                totals[n, 3] += values[z, y, x]
                low[n, 0], high[n, 0] = min(low[n, 0], z), max(high[n, 0], z)
                low[n, 1], high[n, 1] = min(low[n, 1], y), max(high[n, 1], y)
                low[n, 2], high[n, 2] = min(low[n, 2], x), max(high[n, 2], x)


def summary(
    number: Index, count: int, values: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return per part 1 to `count` its elements, first and last index, and totals.

    The totals (count + 1, 4) are those of the three indices and of `values`; entry 0 is empty.
    """
    blocks = np.zeros(count + 1, np.int64)
    low = np.full((count + 1, 3), max(number.shape), np.int64)
    high = np.full((count + 1, 3), -1, np.int64)
    totals = np.zeros((count + 1, 4))
    _summary(number, np.ascontiguousarray(values, np.float32), blocks, low, high, totals)
    return blocks, low, high, totals
