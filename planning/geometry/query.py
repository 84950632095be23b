"""How a path lies to a closed surface: how near, on which side, how deep beyond.

Distances are searched by branch and bound (Land and Doig 1960, doi 10.2307/1910129): what is
answered is no sample's value but the whole path's, to the stated tolerance.
"""

from typing import Final

import numpy as np

from planning.geometry.cylinder import Cylinder, Floats
from planning.geometry.depth import depth_mm
from planning.geometry.rigid import Vector
from planning.geometry.surface import BLOCK, Surface, is_inside

GAP_TOLERANCE_MM: Final = 1e-4


def gap_mm(surface: Surface, cylinder: Cylinder) -> float:
    """Return the smallest distance of the surface to the solid cylinder, within 0.0001 mm.

    Negative when some of the surface lies inside the cylinder (its size then says nothing), else
    it holds from either side; infinite for an empty surface. Exact because the cylinder is convex:
    over each triangle its distance lies above the tangent at the middle.
    """
    return float("inf") if surface.is_empty else gap_place(surface, cylinder)[0]


def gap_place(surface: Surface, cylinder: Cylinder) -> tuple[float, Vector]:
    """Return `gap_mm` of a surface that isn't empty, and the surface's point (3,) where it is."""
    half = np.linalg.norm(surface.high_mm - surface.low_mm, axis=1) / 2.0
    at_centre = cylinder.signed_mm((surface.low_mm + surface.high_mm) / 2.0)
    one_of_each = surface.mesh.points_lps_mm[surface.triangles[::BLOCK, 0]]
    ahead = cylinder.signed_mm(one_of_each)
    best, place = float(ahead.min()), one_of_each[ahead.argmin()]
    corners = surface.corners_mm(np.flatnonzero(at_centre - half <= best))
    while len(corners) and best >= 0.0:
        middle = corners.mean(axis=1)
        signed, slope = cylinder.signed_and_slope(middle)
        if signed.min() < best:
            best, place = float(signed.min()), middle[signed.argmin()]
        fall = np.einsum("nij,nj->ni", corners - middle[:, None], slope).min(axis=1)
        corners = _quartered(corners[signed + fall < best - GAP_TOLERANCE_MM])
    return best, place


def _quartered(corners: Floats) -> Floats:
    """Return four triangles for each."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, bc, ca = (a + b) / 2.0, (b + c) / 2.0, (c + a) / 2.0
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([np.stack(part, axis=1) for part in parts])


def first_entry_mm(surface: Surface, cylinder: Cylinder) -> float | None:
    """Return how far along the axis it first passes inward through the surface, None if never.

    0 when the axis starts inside.
    """
    if surface.is_empty:
        return None
    if is_inside(surface, cylinder.start_mm)[0]:
        return 0.0
    axis = Cylinder(cylinder.start_mm, cylinder.end_mm, 0.0)
    half = np.linalg.norm(surface.high_mm - surface.low_mm, axis=1) / 2.0
    near = axis.signed_mm((surface.low_mm + surface.high_mm) / 2.0) <= half
    corners = surface.corners_mm(np.flatnonzero(near))
    a, b, c = (corners[:, n] for n in range(3))
    normal = np.cross(b - a, c - a)
    along = normal @ axis.direction
    inward = np.flatnonzero(along < 0.0)
    a, b, c, normal, along = a[inward], b[inward], c[inward], normal[inward], along[inward]
    at = np.einsum("ij,ij->i", normal, a - axis.start_mm) / along
    hit = np.asarray(axis.start_mm) + at[:, None] * axis.direction
    is_within = np.ones(len(at), bool)
    for first, second in ((a, b), (b, c), (c, a)):
        side = np.einsum("ij,ij->i", np.cross(second - first, hit - first), normal)
        is_within &= side >= -1e-12 * np.einsum("ij,ij->i", normal, normal)
    met = at[is_within & (at >= 0.0) & (at <= axis.length_mm)]
    return float(met.min()) if met.size else None


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
