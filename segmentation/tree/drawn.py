"""Centrelines as a mask, so that slices and 3D show them beside their vessels."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid
from segmentation.kernels.bits import packed
from segmentation.mask import WORD_BITS, BitMask, Box
from segmentation.stroke import stroke_mask
from segmentation.tree.graph import Tree

THICK_RATIO: Final = 0.75  # of a voxel's middle side: thick slices make no thick line


def drawn(grid: Grid, tree: Tree) -> BitMask:
    """Return the voxels near the centrelines: lines a voxel or two thick, without gaps."""
    radius_mm = THICK_RATIO * sorted(grid.spacing_kji_mm)[1]
    mask = BitMask.empty(grid.shape_kji)
    for branch in tree.branches:
        points = [(x, y, z) for x, y, z in branch.points_lps_mm.tolist()]
        mask |= stroke_mask(grid, points, radius_mm)
        mask |= _through(grid, branch.points_lps_mm)
    return mask


def _through(grid: Grid, points_lps_mm: NDArray[np.float64]) -> BitMask:
    """Return the voxels that points lie in; they are no farther apart than a voxel's least side."""
    last = np.array(grid.shape_kji) - 1
    kji = np.clip(np.rint(grid.ijk(points_lps_mm)[:, ::-1]).astype(np.int64), 0, last)
    (k0, j0, i0), (k1, j1, i1) = kji.min(axis=0).tolist(), kji.max(axis=0).tolist()
    box = Box(k0, j0, i0 // WORD_BITS, k1 + 1, j1 + 1, i1 // WORD_BITS + 1)
    voxels = np.zeros((k1 + 1 - k0, j1 + 1 - j0, box.voxels_i(grid.shape_kji)), bool)
    voxels[tuple((kji - (k0, j0, WORD_BITS * box.w0)).T)] = True
    return BitMask.from_words(grid.shape_kji, packed(voxels), box)
