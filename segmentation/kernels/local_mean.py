"""Voxels that stand out from the mean around them: even weights in a box, or a Gaussian.

A box is summed in whole numbers, by sliding sums along k and j and a running sum along i: exact,
and of the same cost for any size. The edge voxels repeat. Only rows and words with a voxel inside
the range of HU are looked at. No float copy of the volume is made.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, Hu, clamped, read_only, window_row, window_word
from segmentation.kernels.gaussian import Taps, rows_and_columns, taps
from segmentation.kernels.jit import kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words, word_count
from segmentation.progress import Progress, silent

SLAB = 24
INT32_VALUES = 2**32

Reach = tuple[int, int, int]
Range = tuple[int, int]
Sums = NDArray[np.int32] | NDArray[np.int64]
Flags = NDArray[np.int16]


def reach(spacing_kji_mm: Sequence[float], radius_mm: float) -> Reach:
    """Return how many voxels lie within `radius_mm` on each side of one, along k, j and i."""
    k, j, i = (int(radius_mm / spacing * (1.0 + 1e-9)) for spacing in spacing_kji_mm)
    return k, j, i


@kernel
def _has_any(row: Words) -> bool:
    seen = U0
    for word in row:
        seen |= word
    is_set: bool = seen != U0
    return is_set


@kernel
def _add_slice(hu: Hu, k: int, plane: Sums) -> None:
    m = hu[min(max(k, 0), hu.shape[0] - 1)]
    for j in range(plane.shape[0]):
        a, p = m[j], plane[j]
        for i in range(p.size):
            p[i] += a[i]


@kernel
def _move(hu: Hu, k: int, rk: int, plane: Sums) -> None:
    """Move the sums over k - 1 - rk to k - 1 + rk on by one slice."""
    nk = hu.shape[0]
    new, old = hu[min(k + rk, nk - 1)], hu[max(k - 1 - rk, 0)]
    for j in range(plane.shape[0]):
        a, b, p = new[j], old[j], plane[j]
        for i in range(p.size):
            p[i] += np.int32(a[i]) - np.int32(b[i])


@kernel
def _first_row(plane: Sums, rj: int, line: Sums) -> None:
    """Sum the rows around row 0 into `line`."""
    line[:] = 0
    for j in range(-rj, rj + 1):
        p = plane[min(max(j, 0), plane.shape[0] - 1)]
        for i in range(line.size):
            line[i] += p[i]


@kernel
def _next_row(plane: Sums, j: int, rj: int, line: Sums) -> None:
    """Move the sums around row j - 1 on to row j."""
    new, old = plane[min(j + rj, plane.shape[0] - 1)], plane[max(j - 1 - rj, 0)]
    for i in range(line.size):
        line[i] += new[i] - old[i]


@kernel
def _running(line: Sums, ri: int, total: Sums) -> None:
    """Write sums of `line`, its ends repeated ri times: box i is total[i + 2 ri + 1] - total[i].

    Where a running sum overflows, the difference is still right.
    """
    ni, so_far = line.size, total[0] - total[0]
    total[0] = so_far
    for n in range(ri):
        so_far += line[0]
        total[n + 1] = so_far
    for n in range(ni):
        so_far += line[n]
        total[n + ri + 1] = so_far
    for n in range(ni + ri, ni + 2 * ri):
        so_far += line[ni - 1]
        total[n + 1] = so_far


@kernel
def _compare(m: Hu, total: Sums, ri: int, count: int, offset: int, excess: Sums, row: Words,
             flags: Flags) -> None:  # fmt: skip
    """Keep the voxels of `row` with count * (hu - offset) >= sum of their box, in whole numbers."""
    ni, wide = m.size, 2 * ri + 1
    for w in range(row.size):
        if row[w] == U0:
            continue
        low, high = 64 * w, min(64 * w + 64, ni)
        for i in range(low, high):
            excess[i] = count * (np.int64(m[i]) - offset) - (total[i + wide] - total[i])
        for i in range(low, high):
            flags[i] = excess[i] >= 0
        row[w] &= window_word(flags, low, np.int16(1), np.uint16(0))


@kernel
def _box(hu: Hu, reach_kji: Reach, offset: int, bounds: tuple[np.int16, np.uint16], slab: Range,
         plane: Sums, out: Words) -> None:  # fmt: skip
    """Select the voxels of slices slab[0] to slab[1]; `plane` (nj, ni) comes as 0.

    Its type is that of all sums.
    """
    _nk, nj, ni = hu.shape
    rk, rj, ri = reach_kji
    flat, line, excess = hu.reshape(-1), np.empty_like(plane[0]), np.empty_like(plane[0])
    total = np.empty(ni + 2 * ri + 1, plane.dtype)
    flags = np.zeros(64 * out.shape[2], np.int16)
    count = (2 * rk + 1) * (2 * rj + 1) * (2 * ri + 1)
    for k in range(slab[0] - rk, slab[0] + rk + 1):
        _add_slice(hu, k, plane)
    for k in range(slab[0], slab[1]):
        if k > slab[0]:
            _move(hu, k, rk, plane)
        _first_row(plane, rj, line)
        for j in range(nj):
            if j > 0:
                _next_row(plane, j, rj, line)
            row = out[k, j]
            window_row(flat, (k * nj + j) * ni, ni, bounds[0], bounds[1], row)
            if _has_any(row):
                _running(line, ri, total)
                _compare(hu[k, j], total, ri, count, offset, excess, row, flags)


def above_box_mean(
    hu: Hu, reach_kji: Reach, offset_hu: int, range_hu: Range, progress: Progress = silent
) -> Words:
    """Return the voxels of a range of HU that are at least `offset_hu` above the mean of a box.

    The box holds `reach_kji` voxels on each side; the edge voxels repeat. Bounds are included.
    """
    nk, nj, ni = hu.shape
    bounds = clamped(*range_hu)
    if bounds is None:
        return np.zeros((nk, nj, word_count(ni)), np.uint64)
    source, out = read_only(hu), np.empty((nk, nj, word_count(ni)), np.uint64)
    count = int(np.prod([2 * n + 1 for n in reach_kji]))
    is_small = 2 * count * (32768 + abs(offset_hu)) < INT32_VALUES // 2
    kind = np.int32 if is_small else np.int64

    def select(k0: int, k1: int) -> None:
        """Select in some slices."""
        plane = np.zeros((nj, ni), kind)
        _box(source, reach_kji, offset_hu, bounds, (k0, k1), plane, out)

    each_slab(select, nk, progress, SLAB)
    return out


@kernel
def _along_k(hu: Hu, k: int, wk: Taps, plane: NDArray[np.float32]) -> None:
    nk, nj, ni = hu.shape
    for j in range(nj):
        o, m = plane[j], hu[k, j]
        for i in range(ni):
            o[i] = wk[0] * np.float32(m[i])
        for n in range(1, wk.size):
            a, b, f = hu[max(k - n, 0), j], hu[min(k + n, nk - 1), j], wk[n]
            for i in range(ni):
                o[i] += f * np.float32(np.int32(a[i]) + np.int32(b[i]))


@kernel
def _gaussian(hu: Hu, weights: tuple[Taps, Taps, Taps], offset: np.float32,
              bounds: tuple[np.int16, np.uint16], slab: Range, out: Words) -> None:  # fmt: skip
    _nk, nj, ni = hu.shape
    wk, wj, wi = weights
    flat, plane = hu.reshape(-1), np.empty((nj, ni), np.float32)
    line = np.empty(2 * ni + 2 * (wi.size - 1), np.float32)
    flags = np.zeros(64 * out.shape[2], np.int16)
    for k in range(slab[0], slab[1]):
        _along_k(hu, k, wk, plane)
        for j in range(nj):
            row, m = out[k, j], hu[k, j]
            window_row(flat, (k * nj + j) * ni, ni, bounds[0], bounds[1], row)
            if not _has_any(row):
                continue
            rows_and_columns(plane, j, wj, wi, line)
            for i in range(ni):
                flags[i] = np.float32(m[i]) - line[i] >= offset
            for w in range(row.size):
                row[w] &= window_word(flags, 64 * w, np.int16(1), np.uint16(0))


def above_gaussian(
    hu: Hu,
    spacing_kji_mm: Sequence[float],
    sigma_mm: float,
    offset_hu: int,
    range_hu: Range,
    progress: Progress = silent,
) -> Words:
    """Return the voxels of a range of HU at least `offset_hu` above the Gaussian of `sigma_mm`.

    The Gaussian is float32, as in `gaussian.smoothed` but not rounded; the edge voxels repeat.
    """
    nk, nj, ni = hu.shape
    bounds = clamped(*range_hu)
    if bounds is None:
        return np.zeros((nk, nj, word_count(ni)), np.uint64)
    source, out = read_only(hu), np.empty((nk, nj, word_count(ni)), np.uint64)
    wk, wj, wi = (taps(sigma_mm, spacing) for spacing in spacing_kji_mm)
    offset = np.float32(offset_hu)

    def select(k0: int, k1: int) -> None:
        """Select in some slices."""
        _gaussian(source, (wk, wj, wi), offset, bounds, (k0, k1), out)

    each_slab(select, nk, progress)
    return out
