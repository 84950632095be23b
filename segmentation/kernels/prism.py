"""What an outline cuts out of a grid when it is swept along a direction: bit rows by formula.

Sheet coordinates are u and v in the outline's plane and the depth d along the sweep, in mm.
"""

import math

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import FULL, TOP, U0, U1, tail_mask
from segmentation.kernels.jit import inlined, kernel
from segmentation.mask import Words

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
PARALLEL_MM = 1e-9
TIE_MM = 1e-6
DOUBLINGS = (1, 2, 4, 8, 16, 32)
BANDS = 256


@inlined
def _band(across: float, least: float, width: float) -> int:
    """Return the band in which a number from `least` on lies."""
    return min(int((across - least) / width), BANDS - 1)


@inlined
def _crossing(across: Numbers, along: Numbers, m: int, c: float) -> float:
    """Return where edge m crosses the line at `c`, infinity where it doesn't.

    An end counts to one of its two edges only, so that no crossing is counted twice.
    """
    a, b = across[m], across[m + 1]
    if (a <= c) == (b <= c):
        return np.inf
    return along[m] + (c - a) / (b - a) * (along[m + 1] - along[m])  # type: ignore[no-any-return]


@kernel
def _bands(across: Numbers, least: float, width: float) -> tuple[Counts, Counts]:
    """Return for each of `BANDS` bands of `width` from `least` where its edges start, and them.

    Edge m goes from across[m] to across[m + 1]; it stands in each band that it touches.
    """
    starts = np.zeros(BANDS + 1, np.int64)
    edges = np.empty(0, np.int64)
    for turn in range(2):
        free = starts[:-1].copy()
        for m in range(across.size - 1):
            low, high = min(across[m], across[m + 1]), max(across[m], across[m + 1])
            for band in range(_band(low, least, width), _band(high, least, width) + 1):
                if turn == 0:
                    starts[band + 1] += 1
                else:
                    edges[free[band]] = m
                    free[band] += 1
        if turn == 0:
            for band in range(BANDS):
                starts[band + 1] += starts[band]
            edges = np.empty(starts[BANDS], np.int64)
    return starts, edges


@inlined
def _between_crossings(row: Words) -> None:
    """Turn a row of single toggles into the voxels from each odd toggle to the next."""
    carry = U0
    for w in range(row.size):
        word = row[w]
        for step in DOUBLINGS:
            word ^= word << np.uint64(step)
        word ^= carry
        row[w] = word
        carry = FULL if word >> TOP else U0


@inlined
def _span(d: float, step: float, low: float, high: float, ni: int) -> tuple[int, int]:
    """Return the voxels i of a row with low <= d + i * step < high, the end not included."""
    if abs(step) < PARALLEL_MM:
        return (0, ni) if low <= d < high else (0, 0)
    a, b = (low - d) / step, (high - d) / step
    if step > 0.0:
        first, last = math.ceil(max(a, -1.0)), math.ceil(max(min(b, ni + 1.0), -1.0))
    else:
        first, last = math.floor(max(b, -2.0)) + 1, math.floor(max(min(a, ni + 1.0), -2.0)) + 1
    return max(first, 0), min(last, ni)


@inlined
def _keep_span(row: Words, first: int, last: int) -> None:
    """Clear the voxels of a row before `first` and from `last` on."""
    for w in range(row.size):
        low, high = first - 64 * w, last - 64 * w
        word = row[w]
        if low >= 64 or high <= 0:
            word = U0
        else:
            if low > 0:
                word &= FULL << np.uint64(low)
            if high < 64:
                word &= FULL >> np.uint64(64 - high)
        row[w] = word


@kernel
def sweep(
    outline: Numbers,
    base: Numbers,
    steps: Numbers,
    slab: Numbers,
    is_outside: bool,
    ni: int,
    k0: int,
    k1: int,
    out: Words,
) -> None:
    """Set in rows of `ni` voxels, slices k0 to k1, those that the swept outline holds.

    `outline` (N, 2) are u, v; `base` (3,) is u, v, d of voxel (0, 0, 0), `steps` (3, 3) how they
    change along k, j and i; depths from slab[0] to slab[1], not included, count. With `is_outside`
    the voxels of the slab outside the outline are set. A voxel counts by its centre.
    """
    n = outline.shape[0]
    du, dv = steps[2, 0], steps[2, 1]
    length2 = du * du + dv * dv
    is_end_on = math.sqrt(length2) < PARALLEL_MM  # a row is seen as one point
    if is_end_on:
        du, dv, length2 = 1.0, 0.0, 1.0
    across, along = np.empty(n + 1), np.empty(n + 1)
    for m in range(n + 1):
        u, v = outline[m % n, 0], outline[m % n, 1]
        across[m], along[m] = du * v - dv * u, (du * u + dv * v) / length2
    least, most = across.min(), across.max()
    width = max((most - least) / BANDS, 1e-300)
    starts, edges = _bands(across, least, width)
    for k in range(k0, k1):
        for j in range(out.shape[1]):
            row = out[k, j]
            row[:] = U0
            d = base[2] + k * steps[0, 2] + j * steps[1, 2]
            first, last = _span(d, steps[2, 2], slab[0], slab[1], ni)
            if first >= last:
                continue
            u = base[0] + k * steps[0, 0] + j * steps[1, 0]
            v = base[1] + k * steps[0, 1] + j * steps[1, 1]
            c, s = du * v - dv * u, (du * u + dv * v) / length2
            if least <= c <= most:
                band = _band(c, least, width)
                for e in range(starts[band], starts[band + 1]):
                    x = _crossing(across, along, edges[e], c) - s
                    if is_end_on:
                        x = -1.0 if 0.0 < x < np.inf else np.inf
                    if x <= ni - 1:
                        i = max(math.ceil(x), 0)
                        row[i >> 6] ^= U1 << np.uint64(i & 63)
                _between_crossings(row)
            if is_outside:
                for w in range(row.size):
                    row[w] = ~row[w]
            _keep_span(row, first, last)
            row[row.size - 1] &= tail_mask(ni)


@kernel
def nearest_depths(
    words: Words,
    base: Numbers,
    steps: Numbers,
    corner: Numbers,
    cell: float,
    k0: int,
    k1: int,
    nearest: Numbers,
) -> None:
    """Lower nearest[a, b] to the least depth of the set voxels over each cell of the sheet.

    Cells are squares of `cell` mm from `corner` (u, v); what lies beyond the last is left out.
    """
    for k in range(k0, k1):
        for j in range(words.shape[1]):
            for w in range(words.shape[2]):
                word, i = words[k, j, w], 64 * w
                while word != U0:
                    if word & U1:
                        u = base[0] + k * steps[0, 0] + j * steps[1, 0] + i * steps[2, 0]
                        v = base[1] + k * steps[0, 1] + j * steps[1, 1] + i * steps[2, 1]
                        d = base[2] + k * steps[0, 2] + j * steps[1, 2] + i * steps[2, 2]
                        a = math.floor((u - corner[0]) / cell)
                        b = math.floor((v - corner[1]) / cell)
                        if 0 <= a < nearest.shape[0] and 0 <= b < nearest.shape[1]:
                            nearest[a, b] = min(nearest[a, b], d)
                    word >>= U1
                    i += 1


@kernel
def keep_near(
    words: Words,
    base: Numbers,
    steps: Numbers,
    corner: Numbers,
    cell: float,
    nearest: Numbers,
    reach: float,
    k0: int,
    k1: int,
) -> None:
    """Clear the voxels that do not lie within `reach` mm behind the least depth of their cell."""
    for k in range(k0, k1):
        for j in range(words.shape[1]):
            for w in range(words.shape[2]):
                word, left = words[k, j, w], U0
                for bit in range(64):
                    if word >> np.uint64(bit) & U1:
                        i = 64 * w + bit
                        u = base[0] + k * steps[0, 0] + j * steps[1, 0] + i * steps[2, 0]
                        v = base[1] + k * steps[0, 1] + j * steps[1, 1] + i * steps[2, 1]
                        d = base[2] + k * steps[0, 2] + j * steps[1, 2] + i * steps[2, 2]
                        a = math.floor((u - corner[0]) / cell)
                        b = math.floor((v - corner[1]) / cell)
                        is_seen = 0 <= a < nearest.shape[0] and 0 <= b < nearest.shape[1]
                        if is_seen and -TIE_MM <= d - nearest[a, b] <= reach:
                            left |= U1 << np.uint64(bit)
                words[k, j, w] = left
