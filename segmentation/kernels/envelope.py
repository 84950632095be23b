"""Lower envelopes of parabolas, one for each place of a line (what a distance map is made of).

Most parabolas are nowhere the lowest, which vectors tell: one that lies above a chord between two
neighbours of it can't be (its height and the square of its place make the lower convex hull). What
is left is judged in float64 (Felzenszwalb and Huttenlocher 2012, doi 10.4086/toc.2012.v008a019).
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, U1
from segmentation.kernels.intrinsics import ctz
from segmentation.kernels.jit import emitted, kernel
from segmentation.kernels.lanes import FLOAT, INDEX32, place, splat

FAR = np.float32(1e18)  # squared mm of what no set voxel reaches
TILE = 16  # rows and columns that are transposed together
CHORDS = (1, 2, 4)  # half their lengths
RIM = 16  # nothing on both sides of a line, so that chords may leave it
NEARLY_TWO = 1.999999  # float32 sums may be off by 4 parts in 10**7: keep what is in doubt

Map = NDArray[np.float32]
Places = NDArray[np.int64]


@emitted
def transpose(_t: Any, flat: Any, at: Any, stride: Any, out: Any, to: Any, pitch: Any) -> Any:  # noqa: ANN401
    """Write out[to + c * pitch + r] = flat[at + r * stride + c] for r and c from 0 to 15."""

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        """Write the LLVM code with builder `b`: swap halves, quarters, eighths, neighbours."""
        source, start, wide, target, end, tall = args
        vector = ir.VectorType(FLOAT, TILE)

        def line(number: int, array: Any, kind: Any, base: Any, step: Any) -> Any:  # noqa: ANN401
            """Return the address of one of the 16 lines."""
            index = b.add(base, b.mul(step, step.type(number)))
            return place(context, b, kind, array, index, vector)

        rows = [b.load(line(r, source, sig.args[0], start, wide), align=4) for r in range(TILE)]
        for half in (8, 4, 2, 1):
            low = [c if not c & half else TILE + c - half for c in range(TILE)]
            high = [c + half if not c & half else TILE + c for c in range(TILE)]
            lanes = ir.VectorType(INDEX32, TILE)
            for r in (r for r in range(TILE) if not r & half):
                pair = rows[r], rows[r + half]
                rows[r] = b.shuffle_vector(*pair, ir.Constant(lanes, low))
                rows[r + half] = b.shuffle_vector(*pair, ir.Constant(lanes, high))
        for r, row in enumerate(rows):
            b.store(row, line(r, target, sig.args[3], end, tall), align=4)
        return context.get_dummy_value()

    return types.none(flat, types.intp, types.intp, out, types.intp, types.intp), codegen


@emitted
def _below_chords(_typing: Any, flat: Any, at: Any, room: Any) -> Any:  # noqa: ANN401
    """Return which of flat[at : at + 64] may be on the envelope, as bits; `room` is 2 * mm**2."""

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        """Write the LLVM code with builder `b`."""
        array, index, gap = args
        vector = ir.VectorType(FLOAT, 64)

        def load(away: int) -> Any:  # noqa: ANN401
            """Return the values `away` further on."""
            start = b.add(index, index.type(away))
            return b.load(place(context, b, sig.args[0], array, start, vector), align=4)

        here = load(0)
        double = b.fmul(here, splat(b, FLOAT(NEARLY_TWO), vector))
        kept = b.fcmp_ordered("<", here, splat(b, FLOAT(float(FAR)), vector))
        for away in CHORDS:
            least = b.fsub(double, splat(b, b.fmul(gap, FLOAT(float(away * away))), vector))
            kept = b.and_(kept, b.fcmp_ordered(">=", b.fadd(load(-away), load(away)), least))
        return b.bitcast(kept, ir.IntType(64))

    return types.uint64(flat, types.intp, types.float32), codegen


@emitted
def _parabola(_typing: Any, out: Any, at: Any, base: Any, mm2: Any, away: Any) -> Any:  # noqa: ANN401
    """Write out[at + n] = base + mm2 * (away + n)**2 for n from 0 to 15."""

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        """Write the LLVM code with builder `b`."""
        target, index, bottom, square, start = args
        vector = ir.VectorType(FLOAT, TILE)
        counts = ir.Constant(vector, [float(n) for n in range(TILE)])
        d = b.fadd(splat(b, start, vector), counts)
        value = b.fmul(splat(b, square, vector), b.fmul(d, d))
        value = b.fadd(splat(b, bottom, vector), value)
        b.store(value, place(context, b, sig.args[0], target, index, vector), align=4)
        return context.get_dummy_value()

    number = types.float32
    return types.none(out, types.intp, number, number, number), codegen


@kernel
def envelope(
    flat: Map, base: int, n: int, mm: float, places: Places, heights: NDArray[np.float64], out: Map,
    to: int,
) -> None:  # fmt: skip
    """out[to + m] = least flat[base + q] + mm**2 * (q - m)**2 over q, for m and q from 0 to n.

    A rim of FAR lies around the line. `places` and `heights` (2, n + 1) are room to work in;
    what `out` holds up to 15 after its end is written over.
    """
    top, s2, last = -1, mm * mm, np.float64(n - 1)
    high, turn = heights[0], heights[1]
    for w in range(0, n, 64):
        bits = _below_chords(flat, base + w, np.float32(2.0 * s2))
        while bits != U0:
            q = w + ctz(bits)
            bits &= bits - U1
            height = np.float64(flat[base + q]) / s2 + np.float64(q * q)
            x = 0.0
            while top >= 0:  # a parabola that rules nothing from 0 on goes too
                x = (height - high[top]) / np.float64(2 * (q - places[top]))
                if x > turn[top]:
                    break
                top -= 1
            if top >= 0 and x >= last:
                continue
            top += 1
            places[top], high[top], turn[top] = q, height, x if top > 0 else 0.0
    if top < 0:
        out[to : to + n] = FAR
        return
    turn[top + 1] = last
    m, square = 0, np.float32(s2)
    for t in range(top + 1):
        q, end = places[t], int(turn[t + 1]) + 1
        while m < end:
            _parabola(out, to + m, flat[base + q], square, np.float32(m - q))
            m += TILE
        m = end
