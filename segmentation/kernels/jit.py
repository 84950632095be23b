"""How kernels are compiled: cached, without the GIL, never with fastmath.

They give the same bytes for any number of threads (DET-1).
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit
from numba.extending import intrinsic

from segmentation.kernels import cache

F = TypeVar("F", bound=Callable[..., Any])
cache.use()  # before the first kernel is declared: that is when Numba chooses the place


def kernel(function: F) -> F:
    """Compile for one thread; the caller's thread runs it while others go on."""
    return cast(F, njit(cache=True, nogil=True)(function))


def inlined(function: F) -> F:
    """Compile into the kernels that call it."""
    return cast(F, njit(cache=True, nogil=True, inline="always")(function))


def emitted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a kernel function from one that returns its type and writes its own LLVM code."""
    return cast(Callable[..., Any], intrinsic(function))
