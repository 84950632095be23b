"""Median of 3 x 3 x 3 voxels by sorting networks on vectors of 32 voxels.

Each column of 9 values (over k and j) is sorted once; equal ranks of three columns are sorted next.
Rows and columns of that 9 x 3 table are then in order, so that 13 of 27 values are left which can
be the median; it is the 7th of them.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types

from segmentation.kernels.bits import Hu, read_only
from segmentation.kernels.jit import emitted, kernel
from segmentation.kernels.slabs import each_slab
from segmentation.progress import Progress, silent

LANES = 32
VECTOR = ir.VectorType(ir.IntType(16), LANES)
Pairs = tuple[tuple[int, int], ...]
# fmt: off
SORT3: Pairs = ((0, 1), (1, 2), (0, 1))
SORT9: Pairs = (
    (0, 3), (1, 7), (2, 5), (4, 8), (0, 7), (2, 4), (3, 8), (5, 6), (0, 2), (1, 3), (4, 5), (7, 8),
    (1, 4), (3, 6), (5, 7), (0, 1), (2, 4), (3, 5), (6, 8), (2, 3), (4, 5), (6, 7), (1, 2), (3, 4),
    (5, 6),
)
MERGE4: Pairs = (
    (0, 4), (1, 5), (2, 6), (3, 7), (2, 4), (3, 5), (1, 2), (3, 4), (5, 6),
)
# fmt: on


def _pointer(context: Any, b: Any, kind: Any, array: Any, index: Any) -> Any:  # noqa: ANN401
    data = context.make_array(kind)(context, b, array).data
    return b.bitcast(b.gep(data, [index]), VECTOR.as_pointer())


def _lower(b: Any, x: Any, y: Any) -> Any:  # noqa: ANN401
    return b.select(b.icmp_signed("<", x, y), x, y)


def _upper(b: Any, x: Any, y: Any) -> Any:  # noqa: ANN401
    return b.select(b.icmp_signed("<", x, y), y, x)


def _network(b: Any, values: list[Any], pairs: Pairs) -> list[Any]:  # noqa: ANN401
    for m, n in pairs:
        values[m], values[n] = _lower(b, values[m], values[n]), _upper(b, values[m], values[n])
    return values


@emitted
def sort_columns(_typing: Any, flat: Any, bases: Any, x: Any, ranks: Any, stride: Any) -> Any:  # noqa: ANN401
    """Sort the 9 values of flat[bases[n] + x] for 32 x, into ranks[n * stride + x + 1]."""

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        """Write the LLVM code with builder `b`."""
        source, starts, at, target, step = args
        values = [
            b.load(
                _pointer(context, b, sig.args[0], source, b.add(b.extract_value(starts, n), at)),
                align=2,
            )
            for n in range(9)
        ]
        at = b.add(at, at.type(1))
        for n, value in enumerate(_network(b, values, SORT9)):
            place = b.add(at, b.mul(step, step.type(n)))
            b.store(value, _pointer(context, b, sig.args[3], target, place), align=2)
        return context.get_dummy_value()

    return types.none(flat, bases, types.intp, ranks, types.intp), codegen


@emitted
def median_columns(_typing: Any, ranks: Any, stride: Any, x: Any, out: Any, at: Any) -> Any:  # noqa: ANN401
    """Write the medians of the sorted columns x - 1, x, x + 1 for 32 x to out[at : at + 32]."""

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        """Write the LLVM code with builder `b`."""
        source, step, start, target, place = args
        table = []
        for n in range(9):
            base = b.add(start, b.mul(step, step.type(n)))
            columns = [
                b.load(
                    _pointer(context, b, sig.args[0], source, b.add(base, step.type(d))), align=2
                )
                for d in range(3)
            ]
            table.append(_network(b, columns, SORT3))
        # table[m][n] has (m + 1)(n + 1) - 1 values below it and (9 - m)(3 - n) - 1 above.
        outer = [table[m][0] for m in (5, 6, 7, 8)] + [table[m][2] for m in (0, 1, 2, 3)]
        a, c = _network(b, outer, MERGE4), [table[m][1] for m in (2, 3, 4, 5, 6)]
        median = a[6]  # the 7th of 13 is the least of max(a[m], c[n]) over m + n = 7
        for n in range(1, 6):
            median = _lower(b, median, _upper(b, a[6 - n], c[n - 1]))
        b.store(median, _pointer(context, b, sig.args[3], target, place), align=2)
        return context.get_dummy_value()

    return types.none(ranks, types.intp, types.intp, out, types.intp), codegen


@kernel
def _median(hu: Hu, k0: int, k1: int, out: Hu) -> None:
    nk, nj, ni = hu.shape
    flat, target = hu.reshape(-1), out.reshape(-1)
    stride = ni + 2
    ranks = np.empty(9 * stride, np.int16)
    for k in range(k0, k1):
        below, here, above = max(k - 1, 0) * nj, k * nj, min(k + 1, nk - 1) * nj
        for j in range(nj):
            front, back = max(j - 1, 0), min(j + 1, nj - 1)
            rows = (
                ni * (below + front),
                ni * (below + j),
                ni * (below + back),
                ni * (here + front),
                ni * (here + j),
                ni * (here + back),
                ni * (above + front),
                ni * (above + j),
                ni * (above + back),
            )
            for x in range(0, ni, 32):  # the last vector overlaps: no tail
                sort_columns(flat, rows, min(x, ni - 32), ranks, stride)
            for n in range(9):  # edges repeat
                ranks[n * stride] = ranks[n * stride + 1]
                ranks[n * stride + ni + 1] = ranks[n * stride + ni]
            for x in range(0, ni, 32):
                i = min(x, ni - 32)
                median_columns(ranks, stride, i, target, (here + j) * ni + i)


def median(hu: Hu, progress: Progress = silent, out: Hu | None = None) -> Hu:
    """Return the median of each voxel's 27 neighbours and itself; edge voxels repeat.

    `hu` is C-contiguous int16 [k, j, i]. `out`, of the same shape and apart from `hu`, is written
    and returned where it is given: memory that is used again costs no first touch.
    """
    ni = hu.shape[2]
    target = np.empty(hu.shape, np.int16) if out is None else out
    if ni < LANES:
        wide = np.pad(hu, ((0, 0), (0, 0), (0, LANES - ni)), "edge")
        target[...] = median(wide, progress)[:, :, :ni]
        return target
    source = read_only(hu)
    each_slab(lambda k0, k1: _median(source, k0, k1, target), hu.shape[0], progress)
    return target
