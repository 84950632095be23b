"""Connected components of bit masks by runs and union-find; 6- or 26-connectivity.

The smaller index always becomes the parent, so a component's root is its first run in raster
order: the same numbers for any number of slabs or threads, and those of `scipy.ndimage.label`.
Cost follows the runs, not the voxels.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, U1, read_only, set_bits
from segmentation.kernels.intrinsics import ctz, popcount
from segmentation.kernels.jit import kernel
from segmentation.kernels.slabs import SLICES, each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, share, silent

Index = NDArray[np.int32]
First = NDArray[np.int64]
SLAB = 4 * SLICES


class Runs(NamedTuple):
    """The runs of set voxels of all rows, in raster order, and their components.

    Row r = k * nj + j holds runs first[r] to first[r + 1]; run n covers voxels start[n] to stop[n]
    (not included) and belongs to the component whose first run is root[n].
    """

    first: First
    start: Index
    stop: Index
    root: Index


@kernel
def _count(words: Words, k0: int, k1: int, first: First) -> None:
    nj, nw = words.shape[1], words.shape[2]
    for k in range(k0, k1):
        for j in range(nj):
            n, carry = 0, U0
            for w in range(nw):
                m = words[k, j, w]
                n += popcount(m & ~((m << U1) | carry))
                carry = m >> np.uint64(63)
            first[k * nj + j + 1] = n


@kernel
def _extract(words: Words, k0: int, k1: int, first: First, start: Index, stop: Index) -> None:
    nj, nw = words.shape[1], words.shape[2]
    for k in range(k0, k1):
        for j in range(nj):
            n, carry = first[k * nj + j], U0  # carry: a run is open at the word's border
            for w in range(nw):
                m = words[k, j, w]
                edges = m ^ ((m << U1) | carry)  # bit b: voxel b differs from voxel b - 1
                carry = m >> np.uint64(63)
                while edges != U0:
                    b = ctz(edges)
                    edges &= edges - U1
                    if (m >> np.uint64(b)) & U1 != U0:
                        start[n] = 64 * w + b
                    else:
                        stop[n] = 64 * w + b
                        n += 1
            if carry != U0:
                stop[n] = 64 * nw


@kernel
def _root(parent: Index, n: int) -> int:
    while parent[n] != n:
        parent[n] = parent[parent[n]]  # path halving
        n = parent[n]
    return n


@kernel
def _join_rows(
    parent: Index, start: Index, stop: Index, a: int, a_end: int, b: int, b_end: int, reach: int
) -> None:
    """Unite the runs of two rows that overlap, or touch within `reach`."""
    while a < a_end and b < b_end:
        if start[a] < stop[b] + reach and start[b] < stop[a] + reach:
            m, n = _root(parent, a), _root(parent, b)
            if m < n:
                parent[n] = m
            elif n < m:
                parent[m] = n
        if stop[a] < stop[b]:
            a += 1
        else:
            b += 1


@kernel
def _join_slice(
    parent: Index, start: Index, stop: Index, first: First, k: int, nj: int, reach: int
) -> None:
    """Unite the rows of slice k with those of slice k - 1."""
    for j in range(nj):
        r = k * nj + j
        if first[r] == first[r + 1]:
            continue
        for dj in range(-reach, reach + 1):
            if 0 <= j + dj < nj:
                q = r - nj + dj
                _join_rows(
                    parent, start, stop, first[r], first[r + 1], first[q], first[q + 1], reach
                )


@kernel
def _join_slab(
    parent: Index,
    start: Index,
    stop: Index,
    first: First,
    k0: int,
    k1: int,
    nj: int,
    reach: int,
) -> None:
    """Unite the runs of slices k0 to k1 among themselves."""
    for n in range(first[k0 * nj], first[k1 * nj]):
        parent[n] = n
    for k in range(k0, k1):
        for r in range(k * nj + 1, (k + 1) * nj):
            if first[r] < first[r + 1]:
                _join_rows(
                    parent, start, stop, first[r], first[r + 1], first[r - 1], first[r], reach
                )
        if k > k0:
            _join_slice(parent, start, stop, first, k, nj, reach)


@kernel
def _flatten(parent: Index) -> None:
    for n in range(parent.size):  # parent[n] <= n, so one pass is enough
        parent[n] = parent[parent[n]]


def runs_of(words: Words, is_full: bool = False, progress: Progress = silent) -> Runs:
    """Return the runs of `words` with their 6-connected (`is_full`: 26-connected) components."""
    nk, nj = words.shape[:2]
    words = read_only(words)
    first = np.zeros(nk * nj + 1, np.int64)
    each_slab(lambda k0, k1: _count(words, k0, k1, first), nk, share(progress, 0.0, 0.2), SLAB)
    np.cumsum(first, out=first)
    start, stop, root = np.empty((3, int(first[-1])), np.int32)
    each_slab(
        lambda k0, k1: _extract(words, k0, k1, first, start, stop),
        nk,
        share(progress, 0.2, 0.5),
        SLAB,
    )
    reach = 1 if is_full else 0
    each_slab(
        lambda k0, k1: _join_slab(root, start, stop, first, k0, k1, nj, reach),
        nk,
        share(progress, 0.5, 1.0),
        SLAB,
    )
    for k in range(SLAB, nk, SLAB):  # then the seams, in one thread
        _join_slice(root, start, stop, first, k, nj, reach)
    _flatten(root)
    return Runs(first, start, stop, root)


@kernel
def _sizes(root: Index, start: Index, stop: Index) -> NDArray[np.int64]:
    sizes = np.zeros(root.size, np.int64)
    for n in range(root.size):
        sizes[root[n]] += stop[n] - start[n]
    return sizes


def sizes(runs: Runs) -> NDArray[np.int64]:
    """Return voxels per component at the index of its first run, 0 elsewhere; shape (runs,)."""
    return _sizes(runs.root, runs.start, runs.stop)


@kernel
def _write(
    keep: NDArray[np.bool_],
    first: First,
    start: Index,
    stop: Index,
    k0: int,
    k1: int,
    out: Words,
) -> None:
    nj = out.shape[1]
    for k in range(k0, k1):
        for j in range(nj):
            row = out[k, j]
            for n in range(first[k * nj + j], first[k * nj + j + 1]):
                if keep[n]:
                    set_bits(row, start[n], stop[n])


def words_of(
    runs: Runs,
    keep: NDArray[np.bool_],
    shape_kjw: tuple[int, int, int],
    progress: Progress = silent,
) -> Words:
    """Return the words of the runs n with keep[n]."""
    out = np.zeros(shape_kjw, np.uint64)

    def write(k0: int, k1: int) -> None:
        """Write the runs of some slices."""
        _write(keep, runs.first, runs.start, runs.stop, k0, k1, out)

    each_slab(write, shape_kjw[0], progress, SLAB)
    return out


@kernel
def run_at(first: First, start: Index, stop: Index, row: int, i: int) -> int:
    """Return the run of row `row` that holds voxel i, -1 when none does."""
    for n in range(first[row], first[row + 1]):
        if start[n] <= i < stop[n]:
            return n
    return -1
