"""Exact Euclidean distance in mm from each voxel's centre to the nearest set voxel's centre.

Two sweeps along k over whole rows say where each slab of slices finds the set voxels before and
after it; within a slab each slice is then finished alone: squared mm along k, lower envelopes along
j, then along i. So the map is written once, and no column has the stride of a slice. Squared mm and
the map are float32.

A distance between centres overstates the clearance to a surface by about half a voxel; what safety
hangs on is measured from the sub-voxel surface, or less the bound.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numpy.typing import NDArray

from segmentation.kernels.bits import read_only
from segmentation.kernels.envelope import FAR, RIM, TILE, Map, Places, envelope, transpose
from segmentation.kernels.jit import emitted, kernel
from segmentation.kernels.lanes import place, splat
from segmentation.kernels.slabs import SLICES, each_slab
from segmentation.mask import WORD_BITS, Words
from segmentation.progress import Progress, share, silent

ROWS = 8  # swept together
SHORT = 2**14  # fewer slices have numbers in int16, and room for none

Marks = NDArray[np.int16] | NDArray[np.int32]


@emitted
def _mark(_typing: Any, word: Any, line: Any, at: Any, value: Any) -> Any:  # noqa: ANN401
    """Write `value` to line[at : at + 64] where the word's bits are set."""

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        """Write the LLVM code with builder `b`."""
        bits, array, index, number = args
        vector = ir.VectorType(number.type, 64)
        target = place(context, b, sig.args[1], array, index, vector)
        inside = b.bitcast(bits, ir.VectorType(ir.IntType(1), 64))
        kept = b.load(target, align=2)
        b.store(b.select(inside, splat(b, number, vector), kept), target, align=2)
        return context.get_dummy_value()

    return types.none(types.uint64, line, types.intp, line.dtype), codegen


@kernel
def _mark_rows(words: Words, used: Places, k: int, lines: Marks) -> None:
    """Write k where slice k has set voxels, in the lines of the rows that ever have some."""
    nw = words.shape[2]
    for r in range(used.size):
        for w in range(nw):
            _mark(words[k, used[r], w], lines, 64 * (r * nw + w), k)


@kernel
def _sweep(words: Words, used: Places, r0: int, r1: int, before: Marks, after: Marks) -> None:
    """Note for each slab the last set slice before it and the first one after it.

    `before` and `after` are [slab, r, i] for all rows `used`; where there is none they keep what
    they hold. Rows r0 to r1 are swept.
    """
    nk, some = words.shape[0], used[r0:r1]
    lines = before[0, r0:r1].copy().reshape(-1)
    for k in range(nk):
        if k % SLICES == 0:
            before[k // SLICES, r0:r1].reshape(-1)[:] = lines
        _mark_rows(words, some, k, lines)
    lines[:] = after[0, r0:r1].copy().reshape(-1)
    for k in range(nk - 1, -1, -1):
        if k % SLICES == SLICES - 1 or k == nk - 1:
            after[k // SLICES, r0:r1].reshape(-1)[:] = lines
        _mark_rows(words, some, k, lines)


@kernel
def _along_k(k: int, nk: int, mm: np.float32, low: Marks, high: Marks, out: Map) -> None:
    """Write squared mm from slice k to the nearer of two set slices, FAR where there is none."""
    here, most = np.float32(k), np.float32(nk)
    for i in range(low.size):
        least = min(here - np.float32(low[i]), np.float32(high[i]) - here)
        out[i] = (least * mm) * (least * mm) if least < most else FAR


@kernel
def _across(plane: Map, has_used: NDArray[np.bool_], mm_j: float, mm_i: float, out: Map) -> None:
    """Bring a slice from squared mm along k to mm in all directions.

    `plane` has a rim of `RIM` columns on both sides, and rows up to a multiple of 64; it is used
    up. Of its rows only the tiles that `has_used` hold a number. `out` is [j, i].
    """
    (nj, ni), (tall, stride) = out.shape, plane.shape
    n, pitch = max(nj, ni), tall + 2 * RIM
    flat = plane.reshape(-1)
    columns = np.full(TILE * pitch, FAR, np.float32)
    lowest = np.empty(max(TILE * pitch, ni + TILE), np.float32)
    places, heights = np.empty(n, np.int64), np.empty((2, n + 1))
    for i0 in range(0, ni, TILE):
        at = RIM + i0
        for j in range(0, tall, TILE):
            if has_used[j // TILE]:
                transpose(flat, j * stride + at, stride, columns, j + RIM, pitch)
        for c in range(TILE):
            start = c * pitch
            envelope(columns, start + RIM, nj, mm_j, places, heights, lowest, start)
        for j in range(0, nj, TILE):
            transpose(lowest, j, pitch, flat, j * stride + at, stride)
    for j in range(nj):
        envelope(flat, j * stride + RIM, ni, mm_i, places, heights, lowest, 0)
        row = out[j]
        for i in range(ni):
            row[i] = np.sqrt(lowest[i])


@kernel
def _slab(
    words: Words, used: Places, before: Marks, after: Marks, mm: tuple[float, float, float],
    k0: int, k1: int, out: Map,
) -> None:  # fmt: skip
    """Write the map of slices k0 to k1, one slab of the sweep; `out` is [k, j, i]."""
    nk, rows_n, wide = words.shape[0], used.size, before.shape[2]
    ahead = np.empty((k1 - k0, rows_n * wide), before.dtype)
    lines = after[k0 // SLICES].copy().reshape(-1)
    for k in range(k1 - 1, k0 - 1, -1):
        _mark_rows(words, used, k, lines)
        ahead[k - k0] = lines
    lines[:] = before[k0 // SLICES].reshape(-1)
    tall = (out.shape[1] + 63) // 64 * 64
    plane = np.full((tall, wide + 2 * RIM), FAR, np.float32)
    has_used = np.zeros(tall // TILE, np.bool_)
    for r in range(rows_n):
        has_used[used[r] // TILE] = True
    for k in range(k0, k1):
        _mark_rows(words, used, k, lines)
        for tile in range(has_used.size):  # the last slice left its own numbers
            if has_used[tile]:
                plane[TILE * tile : TILE * (tile + 1)] = FAR
        for r in range(rows_n):
            row, start, end = plane[used[r], RIM:-RIM], r * wide, (r + 1) * wide
            _along_k(k, nk, np.float32(mm[0]), lines[start:end], ahead[k - k0, start:end], row)
        _across(plane, has_used, mm[1], mm[2], out[k])


def distance_mm(
    words: Words,
    ni: int,
    spacing_kji_mm: tuple[float, float, float],
    progress: Progress = silent,
    out: Map | None = None,
) -> Map:
    """Return float32 mm [k, j, i] to the nearest set voxel, 0 on set voxels.

    Rows hold `ni` voxels. Without any set voxel all is infinite. Crop to the structure's box plus
    margin: a map of a whole scan is twice the scan's size. `out` (slices, rows, ni) is written and
    returned where it is given: memory that is used again costs no first touch.
    """
    source, (nk, nj, nw) = read_only(words), words.shape
    target = np.empty((nk, nj, ni), np.float32) if out is None else out
    sk, sj, si = (float(spacing) for spacing in spacing_kji_mm)
    used = np.flatnonzero(np.bitwise_or.reduce(words, axis=0).any(axis=1))
    if not used.size:
        target[:] = np.inf
        return target
    kind: type[np.int16 | np.int32] = np.int16 if nk < SHORT else np.int32
    none = np.iinfo(kind).max  # at least twice as far as any slice
    room = (-(-nk // SLICES), used.size, nw * WORD_BITS)
    before, after = np.full(room, -none, kind), np.full(room, none, kind)
    sweeps, planes = share(progress, 0.0, 0.1), share(progress, 0.1, 1.0)
    each_slab(lambda r0, r1: _sweep(source, used, r0, r1, before, after), used.size, sweeps, ROWS)
    mm = (sk, sj, si)
    each_slab(lambda k0, k1: _slab(source, used, before, after, mm, k0, k1, target), nk, planes)
    return target
