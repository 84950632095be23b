"""How steeply HU change at a voxel: the gradient's magnitude by central differences.

At the array's border the difference is one-sided, along an axis of one voxel it is 0.
"""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, Hu, read_only
from segmentation.kernels.jit import kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words, word_count
from segmentation.progress import Progress, silent

SLAB = 2

Row = NDArray[np.float32]
Spacing = tuple[float, float, float]


@kernel
def _slope(low: np.int16, high: np.int16, per: np.float32) -> np.float32:
    return np.float32(np.int32(high) - np.int32(low)) * per


@kernel
def _squares(hu: Hu, k: int, j: int, spacing: Row, out: Row) -> None:
    """Set `out` to the squared gradient of the row's voxels, in (HU/mm)^2."""
    nk, nj, ni = hu.shape
    k0, k1, j0, j1 = max(k - 1, 0), min(k + 1, nk - 1), max(j - 1, 0), min(j + 1, nj - 1)
    per_k = np.float32(1.0 / (max(k1 - k0, 1) * spacing[0]))
    per_j = np.float32(1.0 / (max(j1 - j0, 1) * spacing[1]))
    per_i = np.float32(0.5 / spacing[2])
    down, up, front, back, row = hu[k0, j], hu[k1, j], hu[k, j0], hu[k, j1], hu[k, j]
    for i in range(ni):
        a, b = _slope(down[i], up[i], per_k), _slope(front[i], back[i], per_j)
        out[i] = a * a + b * b
    for i in range(1, ni - 1):
        c = _slope(row[i - 1], row[i + 1], per_i)
        out[i] += c * c
    if ni > 1:
        c = _slope(row[0], row[1], per_i) * np.float32(2.0)
        out[0] += c * c
        c = _slope(row[ni - 2], row[ni - 1], per_i) * np.float32(2.0)
        out[ni - 1] += c * c


@kernel
def _gentle(hu: Hu, spacing: Row, limit: np.float32, k0: int, k1: int, out: Words) -> None:
    nj, ni = hu.shape[1:]
    squares = np.empty(ni, np.float32)
    for k in range(k0, k1):
        for j in range(nj):
            _squares(hu, k, j, spacing, squares)
            for w in range(out.shape[2]):
                word = U0
                for i in range(64 * w, min(64 * w + 64, ni)):
                    word |= np.uint64(squares[i] <= limit) << np.uint64(i & 63)
                out[k, j, w] = word


@kernel
def _levels(hu: Hu, spacing: Row, most: np.float32, k0: int, k1: int, out: Hu) -> None:
    nj, ni = hu.shape[1:]
    squares = np.empty(ni, np.float32)
    for k in range(k0, k1):
        for j in range(nj):
            _squares(hu, k, j, spacing, squares)
            for i in range(ni):
                out[k, j, i] = np.int16(min(np.sqrt(squares[i]), most) + np.float32(0.5))


def gentle(
    hu: Hu, spacing_kji_mm: Spacing, limit_hu_per_mm: float, progress: Progress = silent
) -> Words:
    """Return the words of the voxels whose gradient is at most `limit_hu_per_mm`.

    `hu` is C-contiguous int16 [k, j, i].
    """
    nk, nj, ni = hu.shape
    out = np.empty((nk, nj, word_count(ni)), np.uint64)
    source, spacing = read_only(hu), np.array(spacing_kji_mm, np.float32)
    limit = np.float32(limit_hu_per_mm**2)
    each_slab(lambda k0, k1: _gentle(source, spacing, limit, k0, k1, out), nk, progress, SLAB)
    return out


def levels(hu: Hu, spacing_kji_mm: Spacing, most: int = 32000, progress: Progress = silent) -> Hu:
    """Return the gradient in HU per mm, rounded, at most `most`, as int16 [k, j, i]."""
    out = np.empty(hu.shape, np.int16)
    source, spacing = read_only(hu), np.array(spacing_kji_mm, np.float32)
    top = np.float32(most)
    each_slab(
        lambda k0, k1: _levels(source, spacing, top, k0, k1, out), hu.shape[0], progress, SLAB
    )
    return out
