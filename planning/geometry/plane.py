"""Planes in patient space: which side, how far, at which angle."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planning.geometry.line import angle_deg, line_angle_deg
from planning.geometry.rigid import Vector, unit


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The plane through `point_mm` (3,) across `normal` (3,), which is kept with length 1."""

    point_mm: Vector
    normal: Vector

    def __post_init__(self) -> None:
        """Freeze both; ValueError for a normal without direction."""
        point, normal = np.array(self.point_mm, np.float64), unit(self.normal)
        point.flags.writeable = False
        normal.flags.writeable = False
        object.__setattr__(self, "point_mm", point)
        object.__setattr__(self, "normal", normal)

    def signed_mm(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Return the distance of points (3,) or (N, 3), positive where the normal points to."""
        offset = np.asarray(points_mm, np.float64) - self.point_mm
        signed: NDArray[np.float64] = offset @ self.normal
        return signed

    def angle_deg(self, other: "Plane") -> float:
        """Return the angle of two planes' normals, 0 to 180 degrees."""
        return angle_deg(self.normal, other.normal)

    def line_angle_deg(self, direction: ArrayLike) -> float:
        """Return how steeply a line meets the plane: 0 along it, 90 degrees across it."""
        return 90.0 - line_angle_deg(self.normal, direction)
