"""Crisp outlines of a segment in a slice: level lines of its smoothed coverage."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid
from segmentation.kernels.jit import inlined, kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import BitMask
from viewers.pipelines.plane import Pixels, SlicePlane
from viewers.pipelines.slice import Affine, index_steps

Coverage = NDArray[np.float32]
Words = NDArray[np.uint64]
Sizes = tuple[int, int, int]
Loops = tuple[Pixels, ...]
LEVEL: Final = 0.5
STEP_PX_MAX: Final = 4.0
ROWS_PER_SLAB: Final = 64
ALONG: Final = 0.25  # voxels along i from one sample to the next
BEYOND: Final = 2  # samples outside the picture, so that no line closes along its edge


def mask_outline(grid: Grid, mask: BitMask, plane: SlicePlane) -> Loops:
    """Return closed loops of pixel coordinates (N, 2) around the mask's cut, first point twice.

    The mask's bits are smoothed with a cubic B-spline (sigma 0.58 voxel along each axis), which
    moves a flat border by nothing and keeps a plate of one voxel; single voxels and threads of
    one voxel are thinner than the line that would show them and have none. Interior on the
    right of the way; holes run against it. Odd-even filling shows the mask.
    """
    if mask.is_empty:
        return ()
    finest = min(grid.spacing_kji_mm) / plane.mm_per_px / 2.0
    step_px = min(max(finest, 1.0), STEP_PX_MAX)
    low, high = _reach(grid, mask, plane, step_px)
    if (high <= low).any():
        return ()
    steps = index_steps(grid, plane, 1.0 / step_px)
    steps[0] += low[0] * steps[1] + low[1] * steps[2]
    steps[0] -= (*mask.start_kj, 64 * mask.start_word)
    soft = np.zeros(tuple((high - low + 2)[::-1]), np.float32)
    flat, rows_n = mask.words.reshape(-1), soft.shape[0] - 2
    is_covered = np.zeros(rows_n, np.bool_)
    fill = _cover_along if abs(steps[1, 2]) >= ALONG else _cover_across

    def cover(start: int, stop: int) -> None:
        """Fill some rows of samples."""
        is_covered[start] = fill(flat, mask.words.shape, steps, soft, start, stop)

    each_slab(cover, rows_n, thick=ROWS_PER_SLAB)
    if not is_covered.any():
        return ()
    return tuple((loop + (low - 0.5)) * step_px for loop in level_loops(soft, LEVEL))


def _reach(
    grid: Grid, mask: BitMask, plane: SlicePlane, step_px: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first column and row of samples that may be covered, and those after the last."""
    nk, nj, nw = mask.words.shape
    low = np.array((64 * mask.start_word, *mask.start_kj[::-1])) - 2.0
    high = low + np.array((64 * nw, nj, nk)) + 4.0
    corners = np.array([[(low, high)[c >> n & 1][n] for n in range(3)] for c in range(8)])
    px = plane.px(grid.lps_mm(corners)) / step_px
    first = np.maximum(np.floor(px.min(axis=0)), -BEYOND)
    size = np.ceil(np.array(plane.size_px) / step_px) + BEYOND
    after = np.minimum(np.ceil(px.max(axis=0)) + 1, size)
    return first.astype(np.int64), after.astype(np.int64)


def level_loops(values: Coverage, level: float) -> Loops:
    """Return the closed level lines of samples (rows, columns) whose rim lies below the level.

    Coordinates are (column, row), linear between samples (Lorensen and Cline 1987, in the
    plane); a saddle keeps its inside corners apart, as the surface does.
    """
    follow = np.full(2 * values.size, -1, np.int32)
    crossings = _link(values, np.float32(level), follow)
    points = np.empty((crossings + crossings // 4 + 1, 2), np.float64)  # a loop crosses four edges
    ends = np.empty(crossings + 1, np.int64)
    loops = _trace(values, np.float32(level), follow, points, ends)
    return tuple(points[ends[n] : ends[n + 1]].copy() for n in range(loops))


def _weights_of_nibbles() -> NDArray[np.float32]:
    """Return for 16 nibbles the polynomial coefficients of the B-spline sum of their bits."""
    pieces = np.array(  # of bits -1, 0, 1, 2 in powers of the fraction 0..3
        [[1, -3, 3, -1], [4, 0, -6, 3], [1, 3, 3, -3], [0, 0, 0, 1]], np.float32
    )
    bits = (np.arange(16)[:, None] >> np.arange(4)) & 1
    return np.ascontiguousarray((bits @ pieces / 6.0).astype(np.float32))


_TABLE: Final = _weights_of_nibbles()


@inlined
def _weights(f: float) -> tuple[float, float, float, float]:
    """Return the cubic B-spline's weights of the four neighbours at fraction f."""
    g = 1.0 - f
    return (
        g * g * g / 6.0,
        (4.0 - 3.0 * f * f * (1.0 + g)) / 6.0,
        (4.0 - 3.0 * g * g * (1.0 + f)) / 6.0,
        f * f * f / 6.0,
    )


@kernel
def _block(flat: Words, sizes: Sizes, k0: int, j0: int, i0: int) -> np.uint64:
    """Return the 4x4x4 bits from index (k0, j0, i0) on, four at a time; outside is 0."""
    nk, nj, nw = sizes
    word, shift = i0 >> 6, np.uint64(i0 & 63)
    has_low, has_high = word >= 0 and word < nw, shift > 60 and word + 1 < nw
    block = np.uint64(0)
    for dk in range(max(0, -k0), min(4, nk - k0)):
        for dj in range(max(0, -j0), min(4, nj - j0)):
            at = ((k0 + dk) * nj + j0 + dj) * nw + word
            bits = flat[at] >> shift if has_low else np.uint64(0)
            if has_high:
                bits |= flat[at + 1] << (np.uint64(64) - shift)
            block |= (bits & np.uint64(15)) << np.uint64(16 * dk + 4 * dj)
    return block


@kernel
def _next_block(
    block: np.uint64, flat: Words, sizes: Sizes, k0: int, j0: int, i0: int
) -> np.uint64:
    """Return the block from (k0, j0, i0) on, where `block` is the one a row before it."""
    nk, nj, nw = sizes
    block = (block >> np.uint64(4)) & np.uint64(0x0FFF0FFF0FFF0FFF)
    j, word, shift = j0 + 3, i0 >> 6, np.uint64(i0 & 63)
    if j < 0 or j >= nj:
        return block
    has_low, has_high = word >= 0 and word < nw, shift > 60 and word + 1 < nw
    for dk in range(max(0, -k0), min(4, nk - k0)):
        at = ((k0 + dk) * nj + j) * nw + word
        bits = flat[at] >> shift if has_low else np.uint64(0)
        if has_high:
            bits |= flat[at + 1] << (np.uint64(64) - shift)
        block |= (bits & np.uint64(15)) << np.uint64(16 * dk + 12)
    return block


@kernel
def _smooth(block: np.uint64, fk: float, fj: float, fi: float) -> float:
    """Return the smoothed value in the middle cell of a block of bits."""
    wk, wj = _weights(fk), _weights(fj)
    total = 0.0
    for dk in range(4):
        for dj in range(4):
            n = (block >> np.uint64(16 * dk + 4 * dj)) & np.uint64(15)
            a, b, c, d = _TABLE[n, 0], _TABLE[n, 1], _TABLE[n, 2], _TABLE[n, 3]
            total += wk[dk] * wj[dj] * (a + fi * (b + fi * (c + fi * d)))
    return total


@inlined
def _at(steps: Affine, row: int, column: int) -> tuple[float, float, float]:
    """Return where a sample lies, as k, j, i."""
    k: float = steps[0, 0] + column * steps[1, 0] + row * steps[2, 0]
    j: float = steps[0, 1] + column * steps[1, 1] + row * steps[2, 1]
    i: float = steps[0, 2] + column * steps[1, 2] + row * steps[2, 2]
    return k, j, i


@inlined
def _value(block: np.uint64, k: float, j: float, i: float) -> np.float32:
    """Return the value of the sample at (k, j, i) in a block that isn't empty."""
    if block == ~np.uint64(0):
        return np.float32(1.0)
    return np.float32(_smooth(block, k - np.floor(k), j - np.floor(j), i - np.floor(i)))


@kernel
def _around(flat: Words, sizes: Sizes, k0: int, j0: int, word: int) -> tuple[np.uint64, np.uint64]:
    """Return what any and what all of the 4x4 rows from (k0, j0) on have set in a word."""
    nk, nj, nw = sizes
    if word < 0 or word >= nw:
        return np.uint64(0), np.uint64(0)
    some, every = np.uint64(0), ~np.uint64(0)
    if k0 < 0 or k0 + 4 > nk or j0 < 0 or j0 + 4 > nj:
        every = np.uint64(0)
    for k in range(max(0, k0), min(k0 + 4, nk)):
        for j in range(max(0, j0), min(j0 + 4, nj)):
            bits = flat[(k * nj + j) * nw + word]
            some |= bits
            every &= bits
    return some, every


@kernel
def _cover_along(
    flat: Words, sizes: Sizes, steps: Affine, soft: Coverage, start: int, stop: int
) -> bool:
    """Fill the inner samples of some rows of `soft`, whose rim stays 0; return if any is covered.

    For columns that go along i. Most samples lie in cells all of whose 64 bits are equal: what the
    16 rows around have in common tells that for a word at a time.
    """
    nibble, found = np.uint64(15), False
    seen_k, seen_j, seen_w, some, every = -9, -9, -9, np.uint64(0), np.uint64(0)
    for row in range(start, stop):
        for column in range(soft.shape[1] - 2):
            k, j, i = _at(steps, row, column)
            k0, j0, i0 = int(np.floor(k)) - 1, int(np.floor(j)) - 1, int(np.floor(i)) - 1
            word, shift = i0 >> 6, np.uint64(i0 & 63)
            if k0 != seen_k or j0 != seen_j or word != seen_w:
                seen_k, seen_j, seen_w = k0, j0, word
                some, every = _around(flat, sizes, k0, j0, word)
            is_within = shift <= np.uint64(60)
            if is_within and (some >> shift) & nibble == np.uint64(0):
                continue
            block = ~np.uint64(0)
            if not is_within or (every >> shift) & nibble != nibble:
                block = _block(flat, sizes, k0, j0, i0)
            if block != np.uint64(0):
                soft[row + 1, column + 1] = _value(block, k, j, i)
                found = True
    return found


@kernel
def _cover_across(
    flat: Words, sizes: Sizes, steps: Affine, soft: Coverage, start: int, stop: int
) -> bool:
    """Do the same for columns that go across i: a block comes from the one a row before."""
    seen_k, seen_j, seen_i, block, found = -9, -9, -9, np.uint64(0), False
    for row in range(start, stop):
        for column in range(soft.shape[1] - 2):
            k, j, i = _at(steps, row, column)
            k0, j0, i0 = int(np.floor(k)) - 1, int(np.floor(j)) - 1, int(np.floor(i)) - 1
            if k0 == seen_k and i0 == seen_i and j0 == seen_j + 1:
                block = _next_block(block, flat, sizes, k0, j0, i0)
            elif k0 != seen_k or j0 != seen_j or i0 != seen_i:
                block = _block(flat, sizes, k0, j0, i0)
            seen_k, seen_j, seen_i = k0, j0, i0
            if block != np.uint64(0):
                soft[row + 1, column + 1] = _value(block, k, j, i)
                found = True
    return found


@inlined
def _edge(side: int, row: int, column: int, width: int) -> int:
    """Return the number of a cell's edge: 0 top, 1 right, 2 bottom, 3 left."""
    if side == 0:
        return 2 * (row * width + column)
    if side == 1:
        return 2 * (row * width + column + 1) + 1
    if side == 2:
        return 2 * ((row + 1) * width + column)
    return 2 * (row * width + column) + 1


# For the 16 cases of inside corners (bit 0 upper left, then clockwise): pairs (from, to) of sides
# with the inside on the right; 4 stands for none.
_PAIRS: Final = np.array(
    [
        [4, 4, 4, 4], [0, 3, 4, 4], [1, 0, 4, 4], [1, 3, 4, 4],
        [2, 1, 4, 4], [0, 3, 2, 1], [2, 0, 4, 4], [2, 3, 4, 4],
        [3, 2, 4, 4], [0, 2, 4, 4], [1, 0, 3, 2], [1, 2, 4, 4],
        [3, 1, 4, 4], [0, 1, 4, 4], [3, 0, 4, 4], [4, 4, 4, 4],
    ],
    np.int64,
)  # fmt: skip


@kernel
def _link(values: Coverage, level: np.float32, follow: NDArray[np.int32]) -> int:
    """Note for each crossed edge the edge that the line crosses next; return how many."""
    height, width = values.shape
    crossings = 0
    for row in range(height - 1):
        for column in range(width - 1):
            case = int(values[row, column] >= level)
            case |= int(values[row, column + 1] >= level) << 1
            case |= int(values[row + 1, column + 1] >= level) << 2
            case |= int(values[row + 1, column] >= level) << 3
            for pair in range(2):
                start = _PAIRS[case, 2 * pair]
                if start < 4:
                    end = _PAIRS[case, 2 * pair + 1]
                    here = _edge(start, row, column, width)
                    follow[here] = _edge(end, row, column, width)
                    crossings += 1
    return crossings


@kernel
def _trace(
    values: Coverage,
    level: np.float32,
    follow: NDArray[np.int32],
    points: Pixels,
    ends: NDArray[np.int64],
) -> int:
    """Walk the links; write points loop after loop, and where loops begin; return how many."""
    width = values.shape[1]
    loops, written = 0, 0
    ends[0] = 0
    for first in range(follow.shape[0]):
        if follow[first] < 0:
            continue
        edge = first
        while follow[edge] >= 0:
            row, column = (edge >> 1) // width, (edge >> 1) % width
            along, down = (0, 1) if edge & 1 else (1, 0)
            a = values[row, column]
            share = (level - a) / (values[row + down, column + along] - a)
            points[written, 0] = column + along * share
            points[written, 1] = row + down * share
            written += 1
            following = follow[edge]
            follow[edge] = -1
            edge = following
        points[written] = points[ends[loops]]
        written += 1
        loops += 1
        ends[loops] = written
    return loops
