"""Kernels that own no array: compiled without counting references to those they are lent.

Called per voxel with twenty arrays, counting took longer than the arithmetic (twice the time).
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}


def plain_kernel(function: F) -> F:
    """Compile like `segmentation.kernels.jit.kernel`, for functions that make no array."""
    return cast(F, njit(**OPTIONS)(function))
