"""How a path lies to a closed surface: how near, on which side, how deep beyond.

Distances are searched by branch and bound (Land and Doig 1960, doi 10.2307/1910129): what is
answered is no sample's value but the whole path's, to the stated tolerance.
"""

from typing import Final

import numpy as np

from planning.geometry.cylinder import Cylinder
from planning.geometry.depth import depth_mm
from planning.geometry.kernels.crossing import first_crossing
from planning.geometry.kernels.gap import nearest_to_cylinder
from planning.geometry.rigid import Vector
from planning.geometry.surface import Surface, is_inside

GAP_TOLERANCE_MM: Final = 1e-4
SEARCHED_MM: Final = 1e-7
"""What the search for a gap allows itself, so that no rigid motion shows in it."""
INWARD: Final = -1


def gap_mm(surface: Surface, cylinder: Cylinder) -> float:
    """Return the smallest distance of the surface to the solid cylinder, within 0.0001 mm.

    Negative when some of the surface lies inside the cylinder (its size then says nothing), else
    it holds from either side; infinite for an empty surface. Exact because the cylinder is convex:
    over each triangle its distance lies above the tangent at the middle.
    """
    return float("inf") if surface.is_empty else gap_place(surface, cylinder)[0]


def gap_place(surface: Surface, cylinder: Cylinder) -> tuple[float, Vector]:
    """Return `gap_mm` of a surface that isn't empty, and the surface's point (3,) where it is."""
    place = np.zeros(3)
    gap = nearest_to_cylinder(surface.tree, cylinder.packed, SEARCHED_MM, place)
    return float(gap), place


def first_entry_mm(surface: Surface, cylinder: Cylinder) -> float | None:
    """Return how far along the axis it first passes inward through the surface, None if never.

    0 when the axis starts inside.
    """
    if surface.is_empty:
        return None
    if is_inside(surface, cylinder.start_mm)[0]:
        return 0.0
    start = np.array(cylinder.start_mm, np.float64)
    entry = first_crossing(surface.tree, start, cylinder.direction, cylinder.length_mm, INWARD)
    return float(entry) if np.isfinite(entry) else None


def least_signed_mm(surface: Surface, cylinder: Cylinder, *, inside: bool) -> float:
    """Return the smallest signed distance of any point of the solid cylinder to the surface.

    Distances count positive inside the surface for `inside`, else outside of it. So it is the
    cylinder's distance to the surface while it lies wholly on the wanted side (within 0.0001 mm),
    else minus the depth of its worst point beyond (at most 0.02 mm or
    1 % too deep, never too shallow).
    """
    gap = gap_mm(surface, cylinder)
    if gap == float("inf"):
        return -gap if inside else gap
    if gap >= 0.0 and bool(is_inside(surface, cylinder.centre_mm)[0]) == inside:
        return gap
    return -depth_mm(surface, cylinder, inside=inside)
