"""A cylinder with flat ends, such as a drill's or a screw's path."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planning.geometry.line import length_mm
from planning.geometry.rigid import Vector, unit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Cylinder:
    """The solid cylinder about the axis from `start_mm` to `end_mm`, both of shape (3,)."""

    start_mm: Vector
    end_mm: Vector
    radius_mm: float

    @property
    def length_mm(self) -> float:
        """How long the axis is."""
        return length_mm(self.start_mm, self.end_mm)

    @property
    def direction(self) -> Vector:
        """The axis from start to end, with length 1."""
        return unit(np.asarray(self.end_mm, float) - np.asarray(self.start_mm, float))

    @property
    def centre_mm(self) -> Vector:
        """The middle of the axis."""
        middle: Vector = (np.asarray(self.start_mm, float) + np.asarray(self.end_mm, float)) / 2.0
        return middle

    @property
    def reach_mm(self) -> float:
        """The radius of the ball about the centre that holds the cylinder."""
        return float(np.hypot(self.length_mm / 2.0, self.radius_mm))

    def signed_mm(self, points_mm: ArrayLike) -> Floats:
        """Return the distance of points (N, 3) to the surface, negative inside; exact, convex."""
        offset = np.atleast_2d(np.asarray(points_mm, np.float64)) - self.centre_mm
        along = offset @ self.direction
        aside = offset - along[:, None] * self.direction
        across = np.sqrt(np.einsum("ij,ij->i", aside, aside))
        return _signed(np.abs(along) - self.length_mm / 2.0, across - self.radius_mm)

    @property
    def packed(self) -> Floats:
        """Centre, direction, half the length and the radius as one array (8,), for kernels."""
        return np.array(
            [*self.centre_mm, *self.direction, self.length_mm / 2.0, self.radius_mm], np.float64
        )


def _signed(beyond: Floats, out: Floats) -> Floats:
    """Return the distance from mm beyond the ends and mm outside the radius."""
    inside = np.minimum(np.maximum(beyond, out), 0.0)
    signed: Floats = np.hypot(np.maximum(beyond, 0.0), np.maximum(out, 0.0)) + inside
    return signed
