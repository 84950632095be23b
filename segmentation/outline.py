"""Closed outlines on a plane of pixels: what lies inside, and where that is open to doubt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal

STEPS_PER_VOXEL: Final = 1 << 16
REACH_VOXELS: Final = 1 << 13
CROSSINGS: Final = 1 << 20

Points = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """The pixels inside one outline: its first row and column, and which of them."""

    row: int
    column: int
    inside: Bools


def filled(outlines: Sequence[Points], shape: tuple[int, int]) -> Bools:
    """Return the pixels (rows, columns) inside closed outlines of points (N, 2): column, row.

    Even-odd over all outlines together, in units of pixels whose centres are at whole numbers.
    Refused: `contour-too-far`.
    """
    toggles = np.zeros((shape[0], shape[1] + 1), np.uint8)
    for row, column, _sign in _crossings(outlines, shape):
        np.bitwise_xor.at(toggles, (row, column), np.uint8(1))
    return np.bitwise_xor.accumulate(toggles, axis=1)[:, : shape[1]].astype(bool)


def doubtful(outlines: Sequence[Points], shape: tuple[int, int]) -> int:
    """Return how many pixels are left empty although an outline, or two, run around them.

    One outline that winds around a pixel twice, two that overlap in part, and two that are the
    same: the even-odd rule makes a hole there, and another program may not. An outline wholly
    inside another is how a hole is drawn, and is no doubt.
    """
    count, windows = 0, []
    for outline in outlines:
        window, own = _window(outline, shape)
        count += own
        if window is not None:
            windows.append(window)
    low = np.array([(each.row, each.column) for each in windows]).reshape(-1, 2)
    high = low + np.array([each.inside.shape for each in windows]).reshape(-1, 2)
    for n, window in enumerate(windows):
        is_near = ((low[n] < high[n + 1 :]) & (low[n + 1 :] < high[n])).all(axis=1)
        for other in np.flatnonzero(is_near).tolist():
            count += _shared(window, windows[n + 1 + other])
    return count


def _window(outline: Points, shape: tuple[int, int]) -> tuple[_Window | None, int]:
    """Return what is inside one outline within `shape`, and how many pixels it winds around twice.

    None for an outline that holds no pixel.
    """
    low = np.clip(np.floor(outline.min(axis=0)).astype(np.int64), 0, shape[::-1])
    high = np.clip(np.ceil(outline.max(axis=0)).astype(np.int64) + 1, 0, shape[::-1])
    if (low >= high).any():
        return None, 0
    columns_n, rows_n = (high - low).tolist()
    turns = np.zeros((rows_n, columns_n + 1), np.int32)
    for row, column, sign in _crossings([outline - low], (rows_n, columns_n)):
        np.add.at(turns, (row, column), sign)
    winding = np.cumsum(turns, axis=1)[:, :columns_n]
    inside = (winding & 1).astype(bool)
    twice = int(np.count_nonzero((winding != 0) & ~inside))
    window = _Window(int(low[1]), int(low[0]), inside) if inside.any() else None
    return window, twice


def _shared(one: _Window, other: _Window) -> int:
    """Return how many pixels two outlines share, 0 where one of them lies inside the other."""
    row, column = max(one.row, other.row), max(one.column, other.column)
    cut = [each.inside[row - each.row :, column - each.column :] for each in (one, other)]
    rows_n, columns_n = np.minimum(cut[0].shape, cut[1].shape)
    shared = int(np.count_nonzero(cut[0][:rows_n, :columns_n] & cut[1][:rows_n, :columns_n]))
    sizes = sorted(int(np.count_nonzero(each.inside)) for each in (one, other))
    is_hole = shared == sizes[0] < sizes[1]
    return 0 if is_hole else shared


def _crossings(
    outlines: Sequence[Points], shape: tuple[int, int]
) -> Iterator[tuple[Ints, Ints, NDArray[np.int32]]]:
    """Give row, first column behind, and direction of where outlines cross rows, some at a time."""
    rows_n, columns_n = shape
    starts, ends = [], []
    for outline in outlines:
        if not np.abs(outline).max() <= REACH_VOXELS:
            raise Refusal("contour-too-far", voxels=REACH_VOXELS)
        snapped = np.round(outline * STEPS_PER_VOXEL).astype(np.int64)
        starts.append(snapped)
        ends.append(np.roll(snapped, -1, axis=0))
    a, b = np.concatenate(starts), np.concatenate(ends)
    is_down = a[:, 1] <= b[:, 1]
    direction = np.where(is_down, 1, -1).astype(np.int32)
    a, b = (np.where(is_down[:, None], one, two) for one, two in ((a, b), (b, a)))
    first = np.maximum(-(-a[:, 1] // STEPS_PER_VOXEL), 0)
    end = np.minimum(-(-b[:, 1] // STEPS_PER_VOXEL), rows_n)
    count = np.maximum(end - first, 0)
    for some in _blocks(count):
        edge = np.repeat(np.arange(some.start, some.stop), count[some])
        before = np.repeat(np.cumsum(count[some]) - count[some], count[some])
        row = first[edge] + np.arange(len(edge)) - before
        top, rise = a[edge], b[edge, 1] - a[edge, 1]
        run = b[edge, 0] - top[:, 0]
        crossing = top[:, 0] * rise + (row * STEPS_PER_VOXEL - top[:, 1]) * run
        column = np.clip(-(-crossing // (rise * STEPS_PER_VOXEL)), 0, columns_n)
        yield row, column, direction[edge]


def _blocks(count: Ints) -> Iterator[slice]:
    """Give runs of edges that cross about a million rows together."""
    ends = np.cumsum(count)
    start = 0
    while start < len(count):
        before = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, before + CROSSINGS, side="right")), start + 1)
        yield slice(start, stop)
        start = stop
