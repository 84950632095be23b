"""Separable Gaussian with sigma in mm: of HU, and of a mask at its half level.

A sampled kernel, cut at 4 sigma and normalised; edges repeat. Vectors hold neighbours along i, so
no sum is reordered, and a sum stays in registers until it is whole. No float copy of the volume is
made: a strip of rows of a slab of slices is as much as lies in the cache.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, U1, Hu, read_only
from segmentation.kernels.jit import emitted, kernel
from segmentation.kernels.lanes import FLOAT, INDEX32, place, splat
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, silent

TRUNCATE_SIGMAS = 4.0
LANES = 32
STRIP = 16

Taps = NDArray[np.float32]
Values = NDArray[np.float32] | Hu
Places = NDArray[np.int64]


def taps(sigma_mm: float, spacing_mm: float) -> Taps:
    """Return the kernel's weights at 0, 1, 2, ... voxels from its centre, float32."""
    sigma = sigma_mm / spacing_mm
    reach = int(TRUNCATE_SIGMAS * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2) if reach else np.ones(1)
    half: Taps = (weights / (weights[0] + 2.0 * weights[1:].sum())).astype(np.float32)
    return half


@emitted
def _weighted(_t: Any, source: Any, bases: Any, at: Any, w: Any, out: Any, to: Any) -> Any:  # noqa: ANN401
    """Write the sum of `summed` to out[to : to + 32], kept in registers until it is whole."""

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        """Write the LLVM code with builder `b`."""
        values, starts, index, factors, target, end = args
        kinds, is_hu = sig.args, isinstance(source.dtype, types.Integer)
        wide, whole = ir.VectorType(FLOAT, LANES), ir.VectorType(INDEX32, LANES)
        stored = ir.VectorType(ir.IntType(16), LANES) if is_hu else wide

        def number(kind: Any, array: Any, n: Any) -> Any:  # noqa: ANN401
            """Return one number of an array."""
            return b.load(b.gep(context.make_array(kind)(context, b, array).data, [n]))

        def load(n: Any) -> Any:  # noqa: ANN401
            """Return the values of the n-th line, HU as int32."""
            start = b.add(number(kinds[1], starts, n), index)
            read = place(context, b, kinds[0], values, start, stored)
            line = b.load(read, align=2 if is_hu else 4)
            return b.sext(line, whole) if is_hu else line

        def times(n: Any, line: Any) -> Any:  # noqa: ANN401
            """Return a line times the n-th weight."""
            real = b.sitofp(line, wide) if is_hu else line
            return b.fmul(splat(b, number(kinds[3], factors, n), wide), real)

        one, total = index.type(1), cgutils.alloca_once(b, wide)  # type: ignore[no-untyped-call]
        b.store(times(index.type(0), load(index.type(0))), total)
        count = b.extract_value(context.make_array(kinds[3])(context, b, factors).shape, 0)
        with cgutils.for_range(b, count, start=one) as loop:
            twice = b.add(loop.index, loop.index)
            x, y = load(b.sub(twice, one)), load(twice)
            both = b.add(x, y) if is_hu else b.fadd(x, y)
            b.store(b.fadd(b.load(total), times(loop.index, both)), total)
        b.store(b.load(total), place(context, b, kinds[4], target, end, wide), align=4)
        return context.get_dummy_value()

    return types.none(source, bases, types.intp, w, out, types.intp), codegen


@kernel
def summed(source: Values, bases: Places, at: int, n: int, w: Taps, target: Taps, to: int) -> None:
    """Write n weighted sums of lines to target[to:], which is apart from `source`.

    w[0] * source[bases[0] + at + i] and, for m from 1 on, plus w[m] times the sum of
    source[bases[2 * m - 1] + at + i] and source[bases[2 * m] + at + i].
    """
    if n < LANES:
        for i in range(n):
            total = w[0] * np.float32(source[bases[0] + at + i])
            for m in range(1, w.size):
                a, b = source[bases[2 * m - 1] + at + i], source[bases[2 * m] + at + i]
                total += w[m] * np.float32(a + b)
            target[to + i] = total
        return
    for i in range(0, n, LANES):  # the last vector overlaps: no tail
        start = min(i, n - LANES)
        _weighted(source, bases, at + start, w, target, to + start)


@kernel
def lines_around(at: int, count: int, step: int, held: int, out: Places) -> None:
    """Write where a line and those 1, 2, ... before and after it begin; edges repeat.

    Line n of `count` begins at (n % held) * step. `out` has an odd size.
    """
    out[0] = (at % held) * step
    for n in range(1, (out.size + 1) // 2):
        out[2 * n - 1] = (max(at - n, 0) % held) * step
        out[2 * n] = (min(at + n, count - 1) % held) * step


@kernel
def _along_i(ni: int, wi: Taps, around: Places, line: Taps) -> None:
    """Leave in line[:ni] the sums along the row that begins at line[ni + reach]."""
    reach, wide = wi.size - 1, line[ni:]
    wide[:reach] = wide[reach]
    wide[reach + ni :] = wide[reach + ni - 1]
    summed(wide, around, 0, ni, wi, line, 0)


@kernel
def rows_and_columns(plane: NDArray[np.float32], j: int, wj: Taps, wi: Taps, line: Taps) -> None:
    """Leave the row j of `plane`, smoothed along j and i, in line[:ni]; it has 2 * (ni + reach)."""
    (nj, ni), reach = plane.shape, wi.size - 1
    around, along = np.empty(2 * wj.size - 1, np.int64), np.empty(2 * reach + 1, np.int64)
    lines_around(j, nj, ni, nj, around)
    lines_around(reach, along.size, 1, along.size, along)
    summed(plane.reshape(-1), around, 0, ni, wj, line, ni + reach)
    _along_i(ni, wi, along, line)


@kernel
def _rows_along_k(hu: Hu, j: int, wk: Taps, k0: int, deep: Hu, ring: Taps, to: int) -> None:
    """Write row j of the slices from k0 on, smoothed along k, to `ring` [slice, row, i] flat.

    `deep` [slice, i] is room for the row of all slices that are needed: side by side in the cache,
    not a slice apart. `to` is the place of the row in the first slice.
    """
    nk, _nj, ni = hu.shape
    reach, step = wk.size - 1, deep.shape[1]
    slices = deep.shape[0] - 2 * reach
    for n in range(deep.shape[0]):
        row, copy = hu[min(max(k0 + n - reach, 0), nk - 1), j], deep[n]
        for i in range(ni):
            copy[i] = row[i]
    flat, pitch = deep.reshape(-1), ring.size // slices
    around = np.empty(2 * reach + 1, np.int64)
    lines_around(reach, around.size, step, around.size, around)
    for t in range(slices):
        summed(flat, around, t * step, ni, wk, ring, to + t * pitch)


@kernel
def _smooth(hu: Hu, wk: Taps, wj: Taps, wi: Taps, k0: int, k1: int, out: Hu) -> None:
    """Write slices k0 to k1: strips of rows along k, then each slice's rows along j and i."""
    _nk, nj, ni = hu.shape
    rj, ri, step = wj.size - 1, wi.size - 1, ni + LANES
    held, made = STRIP + 2 * rj, 0
    deep = np.empty((k1 - k0 + 2 * (wk.size - 1), step), np.int16)
    ring = np.empty((k1 - k0) * held * step, np.float32)
    line = np.empty(2 * (ni + ri), np.float32)
    around, along = np.empty(2 * rj + 1, np.int64), np.empty(2 * ri + 1, np.int64)
    lines_around(ri, along.size, 1, along.size, along)
    for j0 in range(0, nj, STRIP):
        j1 = min(j0 + STRIP, nj)
        while made < min(j1 + rj, nj):
            _rows_along_k(hu, made, wk, k0, deep, ring, (made % held) * step)
            made += 1
        for k in range(k0, k1):
            for j in range(j0, j1):
                lines_around(j, nj, step, held, around)
                summed(ring, around, (k - k0) * held * step, ni, wj, line, ni + ri)
                _along_i(ni, wi, along, line)
                row = out[k, j]
                for i in range(ni):
                    row[i] = np.int16(np.floor(line[i] + np.float32(0.5)))


def smoothed(
    hu: Hu,
    spacing_kji_mm: Sequence[float],
    sigma_mm: float,
    progress: Progress = silent,
    out: Hu | None = None,
) -> Hu:
    """Return the HU after a Gaussian of `sigma_mm`, rounded to int16; the edge voxels repeat.

    `out`, of the same shape and apart from `hu`, is written and returned where it is given: memory
    that is used again costs no first touch.
    """
    wk, wj, wi = (taps(sigma_mm, spacing) for spacing in spacing_kji_mm)
    source, target = read_only(hu), np.empty(hu.shape, np.int16) if out is None else out
    each_slab(lambda k0, k1: _smooth(source, wk, wj, wi, k0, k1, target), hu.shape[0], progress)
    return target


@kernel
def _expand(words: Words, k: int, ni: int, out: NDArray[np.uint8], has: NDArray[np.bool_]) -> None:
    """Write the rows of slice k that hold a voxel as bytes 0 and 1, and which rows they are."""
    for j in range(words.shape[1]):
        o = out[j]
        for w in range(words.shape[2]):
            word, i0 = words[k, j, w], 64 * w
            if word == U0:
                continue
            has[j] = True
            if i0 + 64 <= ni:
                for b in range(64):
                    o[i0 + b] = np.uint8((word >> np.uint64(b)) & U1)
            else:
                for b in range(ni - i0):
                    o[i0 + b] = np.uint8((word >> np.uint64(b)) & U1)


@kernel
def _half(
    words: Words, ni: int, wk: Taps, wj: Taps, wi: Taps, k0: int, k1: int, out: Words
) -> None:
    """Set the voxels of slices k0 to k1 where the smoothed mask is at least one half."""
    nk, nj, nw = words.shape
    rk, rj = wk.size - 1, wj.size - 1
    low, high = max(k0 - rk, 0), min(k1 + rk, nk)
    flat = np.zeros((high - low, nj, ni), np.uint8)
    has = np.zeros((high - low, nj), np.bool_)
    for k in range(low, high):
        _expand(words, k, ni, flat[k - low], has[k - low])
    plane, some = np.empty((nj, ni), np.float32), np.empty(nj, np.bool_)
    line = np.empty(2 * ni + 2 * (wi.size - 1), np.float32)
    for k in range(k0, k1):
        for j in range(nj):
            o, m = plane[j], flat[k - low, j]
            some[j] = has[k - low, j]
            for i in range(ni):
                o[i] = wk[0] * np.float32(m[i])
            for n in range(1, rk + 1):
                p, q, f = max(k - n, 0) - low, min(k + n, nk - 1) - low, wk[n]
                if has[p, j] or has[q, j]:  # the weight of empty rows is nothing
                    some[j] = True
                    a, b = flat[p, j], flat[q, j]
                    for i in range(ni):
                        o[i] += f * np.float32(a[i] + b[i])
        for j in range(nj):
            out[k, j] = U0
            if not some[max(j - rj, 0) : j + rj + 1].any():
                continue
            rows_and_columns(plane, j, wj, wi, line)
            for w in range(nw):
                word = U0
                for i in range(64 * w, min(64 * w + 64, ni)):
                    if line[i] >= np.float32(0.5):
                        word |= U1 << np.uint64(i & 63)
                out[k, j, w] = word


def half_level(
    words: Words,
    ni: int,
    spacing_kji_mm: Sequence[float],
    sigma_mm: float,
    progress: Progress = silent,
) -> Words:
    """Return the voxels where the mask, smoothed by a Gaussian of `sigma_mm`, is at least 0.5.

    Rows hold `ni` voxels; the edge voxels repeat. A flat face stays, a convex one recedes.
    """
    wk, wj, wi = (taps(sigma_mm, spacing) for spacing in spacing_kji_mm)
    source, out = read_only(words), np.empty_like(words)
    each_slab(lambda k0, k1: _half(source, ni, wk, wj, wi, k0, k1, out), words.shape[0], progress)
    return out
