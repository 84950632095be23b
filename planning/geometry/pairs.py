"""Where a path and a surface are nearest, or where the path breaches it worst."""

import numpy as np

from planning.geometry.cylinder import Cylinder
from planning.geometry.depth import deepest
from planning.geometry.query import gap_place
from planning.geometry.rigid import Vector
from planning.geometry.surface import Surface, is_inside

Point = tuple[float, float, float]


def nearest_pair(
    surface: Surface, cylinder: Cylinder, *, inside: bool = False
) -> tuple[Point, Point]:
    """Return a point of the surface and one of the solid cylinder, LPS mm, that tell the distance.

    While the cylinder lies wholly on the wanted side (within the surface for `inside`, else
    outside of it), they are the nearest points of both, their distance `gap_mm`. Else the second
    is the cylinder's worst point beyond and the first the surface's nearest to it, their distance
    its depth (at most 0.02 mm or 1 % less).

    Raises
    ------
    ValueError
        For an empty surface: it has no point.
    """
    if surface.is_empty:
        raise ValueError("an empty surface has no nearest point")
    gap, place = gap_place(surface, cylinder)
    if gap >= 0.0 and bool(is_inside(surface, cylinder.centre_mm)[0]) == inside:
        return _point(place), _point(nearest_of(cylinder, place))
    worst = deepest(surface, cylinder, inside=inside)
    return _point(worst.foot_mm), _point(worst.worst_mm)


def nearest_of(cylinder: Cylinder, point_mm: Vector) -> Vector:
    """Return the solid cylinder's point (3,) that is nearest to a point (3,)."""
    offset = np.asarray(point_mm, np.float64) - cylinder.centre_mm
    along = float(offset @ cylinder.direction)
    aside = offset - along * cylinder.direction
    off_mm = float(np.linalg.norm(aside))
    half_mm = cylinder.length_mm / 2.0
    share = min(1.0, cylinder.radius_mm / off_mm) if off_mm > 0.0 else 1.0
    nearest: Vector = (
        cylinder.centre_mm + min(max(along, -half_mm), half_mm) * cylinder.direction + share * aside
    )
    return nearest


def _point(vector: Vector) -> Point:
    x, y, z = (float(number) for number in vector)
    return x, y, z
