"""Points, lines and segments: distances in mm and angles in degrees."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


def signed_angle_deg(first: ArrayLike, second: ArrayLike, about: ArrayLike) -> float:
    """Return the right-handed angle from `first` to `second` about the direction `about`.

    -180 to 180 degrees, both seen along `about`; neither may be parallel to it.
    """
    axis = unit(about)
    flat = (np.asarray(v, float) - axis * np.dot(v, axis) for v in (first, second))
    a, b = (unit(v) for v in flat)
    return float(np.degrees(np.arctan2(np.dot(axis, np.cross(a, b)), np.dot(a, b))))


def point_segment_mm(
    points_mm: ArrayLike, start_mm: ArrayLike, end_mm: ArrayLike
) -> NDArray[np.float64]:
    """Return the distance of points (3,) or (N, 3) to the segment from start to end; exact."""
    points, start = np.asarray(points_mm, float), np.asarray(start_mm, float)
    along = np.asarray(end_mm, float) - start
    square = float(along @ along)
    share = (points - start) @ along / square if square > 0.0 else np.zeros(points.shape[:-1])
    nearest = start + np.clip(share, 0.0, 1.0)[..., None] * along
    distance: NDArray[np.float64] = np.linalg.norm(points - nearest, axis=-1)
    return distance


def segment_segment_mm(
    start_mm: ArrayLike, end_mm: ArrayLike, other_start_mm: ArrayLike, other_end_mm: ArrayLike
) -> float:
    """Return the smallest distance of two segments, each from start to end; exact.

    Either the lines' nearest points lie within both segments, or an end is nearest.
    """
    p, q = np.asarray(start_mm, float), np.asarray(other_start_mm, float)
    u, v = np.asarray(end_mm, float) - p, np.asarray(other_end_mm, float) - q
    ends = min(
        float(point_segment_mm(np.stack([p, p + u]), q, q + v).min()),
        float(point_segment_mm(np.stack([q, q + v]), p, p + u).min()),
    )
    across = np.cross(u, v)
    square = float(across @ across)
    if square <= 1e-24 * float(u @ u) * float(v @ v):
        return ends
    s = float(np.cross(q - p, v) @ across) / square
    t = float(np.cross(q - p, u) @ across) / square
    if not (0.0 <= s <= 1.0 and 0.0 <= t <= 1.0):
        return ends
    return min(ends, length_mm(p + s * u, q + t * v))
