"""The edge of bone: voxels at a mask's border that are less dense than the border may be.

How dense a voxel on the border is follows from the densest one near it: half way for a thick
cortex, nearer to the peak for one thinner than the blur.
"""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, U1, Hu, read_only
from segmentation.kernels.jit import kernel
from segmentation.kernels.runs import First, Index, Runs
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, silent

Offsets = NDArray[np.int64]
Table = NDArray[np.int16]
SLAB = 4
SHIFT = 32768


def ball_offsets(spacing_kji_mm: tuple[float, float, float], radius_mm: float) -> Offsets:
    """Return the offsets (N, 3) along k, j, i of the voxels within `radius_mm` of one."""
    reach = [int(radius_mm / spacing + 1e-9) for spacing in spacing_kji_mm]
    axes = [np.arange(-r, r + 1) for r in reach]
    offsets = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    lengths2 = ((offsets * np.array(spacing_kji_mm)) ** 2).sum(axis=1)
    return np.ascontiguousarray(offsets[lengths2 <= radius_mm**2 * (1 + 1e-9)], np.int64)


@kernel
def _below(
    hu: Hu, shell: Words, offsets: Offsets, table: Table, k0: int, k1: int, out: Words
) -> None:
    nk, nj, ni = hu.shape
    for k in range(k0, k1):
        for j in range(nj):
            for w in range(shell.shape[2]):
                word, below = shell[k, j, w], U0
                if word == U0:
                    continue
                for b in range(64):
                    if (word >> np.uint64(b)) & U1 == U0:
                        continue
                    i = 64 * w + b
                    peak = hu[k, j, i]
                    for o in range(offsets.shape[0]):
                        p, q, r = k + offsets[o, 0], j + offsets[o, 1], i + offsets[o, 2]
                        if 0 <= p < nk and 0 <= q < nj and 0 <= r < ni:
                            peak = max(peak, hu[p, q, r])
                    if hu[k, j, i] < table[np.int32(peak) + SHIFT]:
                        below |= U1 << np.uint64(b)
                out[k, j, w] = below


def below_edge(
    hu: Hu, shell: Words, offsets: Offsets, table: Table, progress: Progress = silent
) -> Words:
    """Return the voxels of `shell` below table[peak + 32768], the peak being over `offsets`."""
    source, words, out = read_only(hu), read_only(shell), np.zeros_like(shell)
    each_slab(
        lambda k0, k1: _below(source, words, offsets, table, k0, k1, out),
        hu.shape[0],
        progress,
        SLAB,
    )
    return out


@kernel
def _totals(
    hu: Hu,
    first: First,
    start: Index,
    stop: Index,
    root: Index,
    level: int,
    sums: NDArray[np.int64],
    dense: NDArray[np.int64],
    ends: NDArray[np.int8],
) -> None:
    nk, nj, _ni = hu.shape
    for k in range(nk):
        for j in range(nj):
            for n in range(first[k * nj + j], first[k * nj + j + 1]):
                total, above = 0, 0
                for i in range(start[n], stop[n]):
                    value = hu[k, j, i]
                    total += value
                    above += value >= level
                sums[root[n]] += total
                dense[root[n]] += above
                if k == 0:
                    ends[root[n]] |= 1
                if k == nk - 1:
                    ends[root[n]] |= 2


def totals(
    hu: Hu, runs: Runs, level_hu: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]:
    """Return per component (at its first run) the sum of its HU and how many reach `level_hu`.

    The third array is 1 for components that reach the first slice, 2 for the last, 3 for both.
    """
    count = runs.root.size
    sums, dense = np.zeros((2, count), np.int64)
    ends = np.zeros(count, np.int8)
    _totals(read_only(hu), *runs, level_hu, sums, dense, ends)
    return sums, dense, ends
