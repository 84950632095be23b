"""A closed surface made ready for questions, and what it encloses."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planning.geometry.cylinder import Floats
from segmentation.mesh import Mesh

Index = NDArray[np.int64]
Flags = NDArray[np.bool_]
BLOCK: Final = 64
POINTS_AT_ONCE: Final = 128


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A closed mesh made ready for questions; `surface_of` makes one.

    `triangles` (M, 3) are the mesh's, sorted so that each run of 64 lies together; `low_mm` and
    `high_mm` (blocks, 3) are the corners of each run's box.
    """

    mesh: Mesh
    triangles: NDArray[np.int32]
    low_mm: Floats
    high_mm: Floats

    @property
    def is_empty(self) -> bool:
        """Whether there is no triangle at all."""
        return not self.triangles.size

    def corners_mm(self, blocks: Index) -> Floats:
        """Return the corners (N, 3, 3) of the triangles in some blocks."""
        rows = (blocks[:, None] * BLOCK + np.arange(BLOCK)).ravel()
        rows = rows[rows < len(self.triangles)]
        corners: Floats = self.mesh.points_lps_mm[self.triangles[rows]]
        return corners


def surface_of(mesh: Mesh) -> Surface:
    """Return the mesh ready for questions; it must be closed and point outward."""
    points, triangles = mesh.points_lps_mm, mesh.triangles
    if not triangles.size:
        return Surface(mesh, triangles, np.zeros((0, 3)), np.zeros((0, 3)))
    # Sorting by the first corner needs no centres and keeps neighbours together just as well.
    first = points[triangles[:, 0]]
    low = first.min(axis=0)
    cell = max(float(np.ptp(first, axis=0).max()) / 1023.0, 1e-9)
    places = ((first - low) / cell).astype(np.int64)
    code = sum(_spread(places[:, axis]) << axis for axis in range(3))
    ordered = triangles[np.argsort(code, kind="stable")]
    starts = np.arange(0, len(ordered), BLOCK)
    corners = points[ordered]
    lows, highs = corners.min(axis=1), corners.max(axis=1)
    return Surface(
        mesh,
        ordered,
        np.minimum.reduceat(lows, starts, axis=0),
        np.maximum.reduceat(highs, starts, axis=0),
    )


def _spread(number: Index) -> Index:
    """Return ten-bit numbers with two zero bits behind each bit (Morton order)."""
    for shift, mask in ((16, 0x30000FF), (8, 0x300F00F), (4, 0x30C30C3), (2, 0x9249249)):
        number = (number | number << shift) & mask
    return number


def is_inside(surface: Surface, points_mm: ArrayLike) -> Flags:
    """Return for each point (N, 3) whether the surface encloses it.

    Counts signed crossings of the ray along +x. Points on an edge seen along x count for one of
    its two triangles, so that no ray slips through (as if each point were a little aside).
    """
    points = np.atleast_2d(np.asarray(points_mm, np.float64))
    inside = np.zeros(len(points), bool)
    for start in range(0, len(points), POINTS_AT_ONCE):
        chunk = points[start : start + POINTS_AT_ONCE]
        inside[start : start + POINTS_AT_ONCE] = _winding(surface, chunk) > 0
    return inside


def _winding(surface: Surface, points: Floats) -> Index:
    """Return how often the surface goes round each point."""
    low, high = surface.low_mm, surface.high_mm
    may_cross = points[:, None, 0] <= high[:, 0]
    for axis in (1, 2):
        may_cross &= (low[:, axis] <= points[:, None, axis]) & (
            points[:, None, axis] <= high[:, axis]
        )
    which, block = np.nonzero(may_cross)
    rows = (block[:, None] * BLOCK + np.arange(BLOCK)).ravel()
    which = np.repeat(which, BLOCK)
    is_there = rows < len(surface.triangles)
    rows, which = rows[is_there], which[is_there]
    corners, p = surface.mesh.points_lps_mm[surface.triangles[rows]], points[which]
    sides = [_is_left(corners[:, n], corners[:, (n + 1) % 3], p) for n in range(3)]
    turn = np.where(sides[0] & sides[1] & sides[2], 1, 0)
    turn -= np.where(sides[0] | sides[1] | sides[2], 0, 1)
    hit = np.flatnonzero(turn)
    a, b, c = (corners[hit, n] for n in range(3))
    normal = np.cross(b - a, c - a)
    ahead = np.einsum("ij,ij->i", normal, a - p[hit]) * turn[hit] > 0.0
    turns = np.zeros(len(points), np.int64)
    np.add.at(turns, which[hit[ahead]], turn[hit[ahead]])
    return turns


def _is_left(a: Floats, b: Floats, p: Floats) -> Flags:
    """Return whether p lies left of the edge from a to b, seen along x.

    Reckoned from the lower end to the higher one, whichever triangle asks: both give one answer.
    """
    swapped = (b[:, 1] < a[:, 1]) | ((b[:, 1] == a[:, 1]) & (b[:, 2] < a[:, 2]))
    low, high = np.where(swapped[:, None], b, a), np.where(swapped[:, None], a, b)
    edge, off = high - low, p - low
    left: Flags = (edge[:, 1] * off[:, 2] - edge[:, 2] * off[:, 1] >= 0.0) ^ swapped
    return left
