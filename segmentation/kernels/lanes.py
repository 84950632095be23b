"""Vectors of many numbers in the LLVM code of a kernel: portable, as wide as the processor has."""

from typing import Any

from llvmlite import ir

FLOAT = ir.FloatType()
INDEX32 = ir.IntType(32)


def place(context: Any, b: Any, kind: Any, array: Any, index: Any, vector: Any) -> Any:  # noqa: ANN401
    """Return the address of a `vector` at `index` of a flat array whose Numba type is `kind`."""
    data = context.make_array(kind)(context, b, array).data
    return b.bitcast(b.gep(data, [index]), vector.as_pointer())


def splat(b: Any, scalar: Any, vector: Any) -> Any:  # noqa: ANN401
    """Return a `vector` that holds a scalar in all lanes."""
    nothing = ir.Constant(vector, ir.Undefined)
    one = b.insert_element(nothing, scalar, INDEX32(0))
    zeros = ir.Constant(ir.VectorType(INDEX32, vector.count), [0] * vector.count)
    return b.shuffle_vector(one, nothing, zeros)
