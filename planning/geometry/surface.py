"""A closed surface made ready for questions, and what it encloses."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planning.geometry.kernels.crossing import windings
from planning.geometry.kernels.tree import Tree, fill_boxes, level_starts
from segmentation.mesh import Mesh

Index = NDArray[np.int64]
Flags = NDArray[np.bool_]
CELLS: Final = 1023
"""Into how many cells the longest side is cut to sort triangles: ten bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A closed mesh made ready for questions; `surface_of` makes one.

    `tree` holds the mesh's points and triangles, these sorted so that neighbours lie together,
    and the boxes that searches go by; its arrays are read-only.
    """

    mesh: Mesh
    tree: Tree

    @property
    def triangles(self) -> NDArray[np.int32]:
        """The mesh's triangles (M, 3), sorted."""
        return self.tree.triangles

    @property
    def is_empty(self) -> bool:
        """Whether there is no triangle at all."""
        return not self.triangles.size


def surface_of(mesh: Mesh) -> Surface:
    """Return the mesh ready for questions; it must be closed and point outward."""
    points, triangles = mesh.points_lps_mm, mesh.triangles
    if not triangles.size:
        return Surface(mesh, Tree(points, triangles, np.zeros((0, 6)), np.zeros(1, np.int64)))
    # Sorting by the first corner needs no centres and keeps neighbours together just as well.
    first = points[triangles[:, 0]]
    low = first.min(axis=0)
    cell = max(float(np.ptp(first, axis=0).max()) / CELLS, 1e-9)
    places = ((first - low) / cell).astype(np.int64)
    code = sum(_spread(places[:, axis]) << axis for axis in range(3))
    ordered = triangles[np.argsort(code, kind="stable")]
    starts = level_starts(len(ordered))
    boxes = np.empty((starts[-1], 6))
    fill_boxes(points, ordered, boxes, starts)
    for array in (ordered, boxes, starts):
        array.flags.writeable = False
    return Surface(mesh, Tree(points, ordered, boxes, starts))


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
    points = np.array(points_mm, np.float64, order="C", ndmin=2)
    turns = np.zeros(len(points), np.int64)
    if not surface.is_empty:
        windings(surface.tree, points, turns)
    inside: Flags = turns > 0
    return inside
