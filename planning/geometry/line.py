"""Points and lines: distances in mm and angles in degrees."""

import numpy as np
from numpy.typing import ArrayLike

from planning.geometry.rigid import unit


def length_mm(start_mm: ArrayLike, end_mm: ArrayLike) -> float:
    """Return the distance of two points (3,)."""
    return float(np.linalg.norm(np.asarray(end_mm, float) - np.asarray(start_mm, float)))


def angle_deg(first: ArrayLike, second: ArrayLike) -> float:
    """Return the angle of two directions (3,), 0 to 180 degrees; neither may be zero.

    By both sine and cosine, so that angles near 0 and 180 keep their digits (Kahan 2006,
    "How Futile are Mindless Assessments of Roundoff", section 12).
    """
    a, b = unit(first), unit(second)
    half = np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))
    return float(np.degrees(2.0 * half))


def line_angle_deg(first: ArrayLike, second: ArrayLike) -> float:
    """Return the angle of two undirected lines along `first` and `second`, 0 to 90 degrees."""
    angle = angle_deg(first, second)
    return min(angle, 180.0 - angle)
