"""How deep a cylinder reaches beyond a surface.

The cylinder is cut into sectors. Over one sector no point is further from the surface than its
corners are from points of the surface that are known; sectors that can't hold the worst point are
let go, the others are halved.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from planning.geometry.cylinder import Cylinder, Floats
from planning.geometry.kernels.deepest import deepest as search
from planning.geometry.kernels.foot import nearest_points
from planning.geometry.rigid import Vector, unit
from planning.geometry.surface import Surface

DEPTH_TOLERANCE_MM: Final = 0.02
DEPTH_TOLERANCE_RATIO: Final = 0.01
QUARTER: Final = np.pi / 2.0
LEAST_MM: Final = 1e-3


def depth_mm(surface: Surface, cylinder: Cylinder, *, inside: bool) -> float:
    """Return how far the worst point of the cylinder lies beyond the surface.

    Beyond is outside of it for `inside`, else within. At most 0.02 mm or 1 % too deep, never too
    shallow; 0.02 when nothing lies beyond.
    """
    return deepest(surface, cylinder, inside=inside).mm


@dataclass(frozen=True, slots=True, eq=False)
class Deepest:
    """How deep the worst point of a cylinder lies, that point, and the surface's nearest to it.

    The depth is overstated by the tolerance at most; the distance of both points, of shape (3,),
    is less by no more than that.
    """

    mm: float
    worst_mm: Vector
    foot_mm: Vector


def deepest(surface: Surface, cylinder: Cylinder, *, inside: bool, slack: float = 1.0) -> Deepest:
    """Return `depth_mm` and where it is; of points equally deep the first found.

    When nothing lies beyond the surface, the points are those nearest to doing so, among the ones
    that were looked at. The surface must not be empty.
    """
    found = np.zeros((2, 3))
    worst = search(
        surface.tree,
        _frame(surface, cylinder),
        _sectors(cylinder),
        inside,
        DEPTH_TOLERANCE_MM,
        DEPTH_TOLERANCE_RATIO,
        found,
    )
    depth = max(float(worst), 0.0)
    return Deepest(depth + tolerance_mm(depth), found[0], found[1])


def tolerance_mm(depth_mm: float) -> float:
    """Return by how much a depth may be overstated: 0.02 mm, or 1 % of a great one."""
    return max(DEPTH_TOLERANCE_MM, DEPTH_TOLERANCE_RATIO * depth_mm)


def _frame(surface: Surface, cylinder: Cylinder) -> Floats:
    """Return two directions across the axis, the axis and the centre (4, 3).

    The first looks to what is nearest of the surface: a rigid motion takes the sectors along.
    """
    axis, centre = cylinder.direction, cylinder.centre_mm
    feet, squares = np.zeros((1, 3)), np.zeros(1)
    nearest_points(surface.tree, centre[None], feet, squares)
    across = feet[0] - centre
    across -= (across @ axis) * axis
    if np.linalg.norm(across) < LEAST_MM:
        across = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
    across = unit(across)
    return np.stack([across, np.cross(axis, across), axis, centre])


def _sectors(cylinder: Cylinder) -> Floats:
    """Return the whole cylinder as four sectors (4, 2, 3) from low to high.

    Places are mm off the axis, the angle about it, and mm along it from the centre.
    """
    half, turns = cylinder.length_mm / 2.0, np.arange(4) * QUARTER
    low = [(0.0, turn, -half) for turn in turns]
    high = [(cylinder.radius_mm, turn + QUARTER, half) for turn in turns]
    return np.stack([np.array(low), np.array(high)], axis=1)
