"""A thinned surface held against the whole one, or against the mask where there is none."""

from typing import Final

import numpy as np

from planning.exchange.verify.glb import Floats, Index
from planning.exchange.verify.nrrd import Crop
from planning.geometry.kernels.foot import nearest_points
from planning.geometry.surface import Surface, surface_of
from segmentation.grid import Grid
from segmentation.mesh import Mesh

STEP_MM: Final = 0.002
"""Corners are 32-bit floats in both files, and the stated deviation is rounded up."""
BETWEEN_RATIO, BETWEEN_MM = 1.5, 0.5
"""How much further the whole surface may lie off between the sender's samples of it."""
SAMPLES_MAX: Final = 20_000
Light = tuple[Floats, Index, float]


def held_on_surface(light: Light, whole: Surface) -> bool:
    """Return whether each point of a light mesh (points, triangles, deviation) is that near.

    And whether the whole surface is near it in turn: nothing of it may be left out.
    """
    points, triangles, deviation_mm = light
    if whole.is_empty or not len(triangles):
        return False
    is_near = float(far_mm(whole, points).max()) <= deviation_mm + STEP_MM
    back = far_mm(_surface(points, triangles), some(whole.mesh.points_lps_mm))
    return is_near and float(back.max()) <= BETWEEN_RATIO * deviation_mm + BETWEEN_MM


def held_on_mask(light: Light, crop: Crop, grid: Grid) -> bool:
    """Return whether a light mesh lies on a mask's border: no package has that surface whole.

    The whole surface lies between a border voxel and its neighbour, one step further at most.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - few packages need it

    points, triangles, deviation_mm = light
    if not len(triangles):
        return False
    inside = np.pad(crop.voxels, 1)
    core = inside.copy()
    for axis in range(3):
        core &= np.roll(inside, 1, axis) & np.roll(inside, -1, axis)
    kji = np.argwhere(inside & ~core) - 1 + np.array(crop.start_kji)
    border = grid.lps_mm(kji[:, ::-1].astype(np.float64))
    step_mm = max(grid.spacing_kji_mm)
    near, _ = cKDTree(border).query(points)
    back = far_mm(_surface(points, triangles), some(border))
    most_mm = BETWEEN_RATIO * deviation_mm + BETWEEN_MM + step_mm
    return float(near.max()) <= deviation_mm + STEP_MM + step_mm and float(back.max()) <= most_mm


def some(points: Floats) -> Floats:
    """Return every n-th point, at most 20,000 of them."""
    return points[:: -(-len(points) // SAMPLES_MAX)]


def far_mm(surface: Surface, points: Floats) -> Floats:
    """Return how far points lie from a surface, in mm."""
    places = np.ascontiguousarray(points, np.float64)
    squares, feet = np.empty(len(places)), np.empty((len(places), 3))
    nearest_points(surface.tree, places, feet, squares)
    found: Floats = np.sqrt(squares)
    return found


def _surface(points: Floats, triangles: Index) -> Surface:
    return surface_of(Mesh(points, triangles.astype(np.int32)))
