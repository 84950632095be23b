"""Single machine instructions on 64-bit words."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

WordToInt = Callable[[np.uint64], int]


def _count_trailing_zeros(_typing: Any, _word: Any) -> tuple[Any, Any]:  # noqa: ANN401 - numba's own
    def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        """Emit the instruction."""
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return types.int64(types.uint64), emit


def _count_ones(_typing: Any, _word: Any) -> tuple[Any, Any]:  # noqa: ANN401 - numba's own
    def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        """Emit the instruction."""
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), emit


ctz = cast(WordToInt, intrinsic(_count_trailing_zeros))
"""Number of zero bits below the lowest set bit; 64 for the word 0. Kernels only."""

popcount = cast(WordToInt, intrinsic(_count_ones))
"""Number of set bits. Kernels only."""
