"""Bit masks: uint64 words[k, j, w]; bit b of word w is voxel i = 64 * w + b, tail bits are 0."""

from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba.core import types
from numpy.typing import NDArray

from segmentation.kernels.jit import emitted, kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words, word_count
from segmentation.progress import Progress, silent

Hu = NDArray[np.int16]
A = TypeVar("A", bound=NDArray[Any])
HU_MIN, HU_MAX = -32768, 32767
U0, U1 = np.uint64(0), np.uint64(1)
FULL = np.uint64(0xFFFFFFFFFFFFFFFF)
TOP = np.uint64(63)


def read_only(array: A) -> A:
    """Return a read-only view, so that each kernel is compiled for one kind of input only."""
    view = array.view()
    view.flags.writeable = False
    return view


@emitted
def window_word(_typing: Any, flat: Any, start: Any, lower: Any, span: Any) -> Any:  # noqa: ANN401
    """Return 64 compares as one word: bit b is uint16(flat[start + b] - lower) <= span.

    Portable LLVM code: one vector compare on AVX-512, compare and movemask elsewhere.
    """

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        """Write the LLVM code with builder `b`."""
        array, index, low, width = args
        lanes = ir.VectorType(ir.IntType(16), 64)
        data = context.make_array(sig.args[0])(context, b, array).data
        # HU lie on 2-byte borders only; a greater alignment would be a promise we can't keep.
        values = b.load(b.bitcast(b.gep(data, [index]), lanes.as_pointer()), align=2)

        def splat(scalar: Any) -> Any:  # noqa: ANN401
            """Repeat a scalar in all lanes."""
            nothing = ir.Constant(lanes, ir.Undefined)
            one = b.insert_element(nothing, scalar, ir.IntType(32)(0))
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64)
            return b.shuffle_vector(one, nothing, zeros)

        inside = b.icmp_unsigned("<=", b.sub(values, splat(low)), splat(width))
        return b.bitcast(inside, ir.IntType(64))

    return types.uint64(flat, types.intp, types.int16, types.uint16), codegen


@kernel
def window_row(flat: Hu, base: int, ni: int, lower: np.int16, span: np.uint16, out: Words) -> None:
    """Set `out` to the voxels of the row at flat[base:] inside the window."""
    full = ni >> 6
    for w in range(full):
        out[w] = window_word(flat, base + 64 * w, lower, span)
    if ni & 63:  # a 64-wide load could run past the array
        word = U0
        for i in range(64 * full, ni):
            if np.uint16(flat[base + i] - lower) <= span:
                word |= U1 << np.uint64(i & 63)
        out[full] = word


@kernel
def _window(hu: Hu, lower: np.int16, span: np.uint16, k0: int, k1: int, out: Words) -> None:
    _nk, nj, ni = hu.shape
    flat = hu.reshape(-1)
    for k in range(k0, k1):
        for j in range(nj):
            window_row(flat, (k * nj + j) * ni, ni, lower, span, out[k, j])


def clamped(lower_hu: int, upper_hu: int) -> tuple[np.int16, np.uint16] | None:
    """Return lower bound and width of a window inside int16, None when it holds no value."""
    lower, upper = max(lower_hu, HU_MIN), min(upper_hu, HU_MAX)
    if lower > upper:
        return None
    return np.int16(lower), np.uint16(upper - lower)


def window(hu: Hu, lower_hu: int, upper_hu: int, progress: Progress = silent) -> Words:
    """Return the words of the voxels with lower_hu <= hu <= upper_hu.

    `hu` is C-contiguous int16 [k, j, i]. Bounds beyond int16 are clamped; a window without any
    value gives no voxel.
    """
    nk, nj, ni = hu.shape
    bounds = clamped(lower_hu, upper_hu)
    if bounds is None:
        return np.zeros((nk, nj, word_count(ni)), np.uint64)
    out = np.empty((nk, nj, word_count(ni)), np.uint64)
    lower, span = bounds
    source = read_only(hu)
    each_slab(lambda k0, k1: _window(source, lower, span, k0, k1, out), nk, progress)
    return out


@kernel
def tail_mask(ni: int) -> np.uint64:
    """Return the last word of a row of `ni` set voxels."""
    return FULL if ni % 64 == 0 else (U1 << np.uint64(ni % 64)) - U1


@kernel
def set_bits(row: Words, start: int, stop: int) -> None:
    """Set voxels start to stop (not included, at least one) of a row of words."""
    a, b = start >> 6, (stop - 1) >> 6
    left = FULL << np.uint64(start & 63)
    right = FULL >> np.uint64(63 - ((stop - 1) & 63))
    if a == b:
        row[a] |= left & right
    else:
        row[a] |= left
        for w in range(a + 1, b):
            row[w] = FULL
        row[b] |= right


def complement(words: Words, ni: int) -> Words:
    """Return the voxels of rows of `ni` that are not set; tail bits stay 0."""
    out = ~words
    # A kernel's uint64 comes back as a Python int.
    out[..., -1] &= np.uint64(tail_mask(ni))
    return out


def packed(voxels: NDArray[np.bool_]) -> Words:
    """Return the words of a boolean array [k, j, i]."""
    nk, nj, ni = voxels.shape
    part = np.packbits(voxels, axis=-1, bitorder="little")
    rows = np.zeros((nk, nj, 8 * word_count(ni)), np.uint8)
    rows[..., : part.shape[-1]] = part
    return rows.view("<u8").astype(np.uint64, copy=False)


def unpacked(words: Words, ni: int) -> NDArray[np.bool_]:
    """Return words as a new boolean array [k, j, i] of rows of `ni`."""
    flat = np.ascontiguousarray(words).astype("<u8", copy=False).view(np.uint8)
    bits = np.unpackbits(flat, axis=-1, count=ni, bitorder="little")
    return bits.view(np.bool_)
