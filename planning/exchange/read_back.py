"""How far what was read back may lie from what was meant."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from segmentation.errors import Refusal

ALLOWED_MM: Final = 0.001


def float32_allowed_mm(points_mm: ArrayLike) -> float:
    """Return the tolerance of a format with 32-bit floats: 0.001 mm, or their step if larger."""
    points = np.asarray(points_mm, np.float64)
    reach = float(np.abs(points).max()) if points.size else 0.0
    return max(ALLOWED_MM, float(np.spacing(np.float32(reach))))


def largest_mm(meant_mm: ArrayLike, read_mm: ArrayLike) -> float:
    """Return the largest distance between points (..., 3); infinite when there are not as many."""
    meant, read = np.asarray(meant_mm, np.float64), np.asarray(read_mm, np.float64)
    if meant.shape != read.shape:
        return float("inf")
    if not meant.size:
        return 0.0
    squared = np.square(meant - read).sum(axis=-1)
    return float(np.sqrt(squared.max())) if np.isfinite(squared).all() else float("inf")


def require_within(file: str, error_mm: float, allowed_mm: float) -> float:
    """Return the error; refuse one beyond what is allowed (`export-read-back-differs`)."""
    if not error_mm <= allowed_mm:
        raise differs(file, f"{error_mm:.6f} mm (<= {allowed_mm:.6f} mm)")
    return error_mm


def differs(file: str, what: str) -> Refusal:
    """Return the refusal of a file that doesn't come back as it was meant."""
    return Refusal("export-read-back-differs", file=file, what=what)
