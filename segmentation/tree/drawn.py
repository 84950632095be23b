"""Centrelines as a mask, so that slices and 3D show them beside their vessels."""

from typing import Final

from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.stroke import stroke_mask
from segmentation.tree.graph import Tree

THICK_RATIO: Final = 0.75  # of a voxel's longest side: a line without gaps on any grid


def drawn(grid: Grid, tree: Tree) -> BitMask:
    """Return the voxels near the centrelines: lines a voxel or two thick, without gaps."""
    radius_mm = THICK_RATIO * max(grid.spacing_kji_mm)
    mask = BitMask.empty(grid.shape_kji)
    for branch in tree.branches:
        points = [(x, y, z) for x, y, z in branch.points_lps_mm.tolist()]
        mask |= stroke_mask(grid, points, radius_mm)
    return mask
