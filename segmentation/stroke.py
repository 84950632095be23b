"""A brush stroke as a mask: balls of true millimetres along a polyline."""

import math
from collections.abc import Sequence

import numpy as np

from segmentation.grid import Grid
from segmentation.kernels.stroke import draw
from segmentation.mask import WORD_BITS, BitMask, Box, word_count


def stroke_mask(
    grid: Grid, points_lps_mm: Sequence[tuple[float, float, float]], radius_mm: float
) -> BitMask:
    """Return the voxels whose centre lies within `radius_mm` of the polyline through the points.

    Exact on any spacing and direction. One point gives a ball; no point gives the empty mask.
    """
    if not len(points_lps_mm):
        return BitMask.empty(grid.shape_kji)
    ijk = grid.ijk(np.array(points_lps_mm, np.float64).reshape(-1, 3))
    spacing_ijk_mm = np.array(grid.spacing_kji_mm[::-1])
    last = np.array(grid.shape_kji[::-1]) - 1
    low = np.clip(np.floor(ijk.min(axis=0) - radius_mm / spacing_ijk_mm), 0, last + 1)
    high = np.clip(np.ceil(ijk.max(axis=0) + radius_mm / spacing_ijk_mm), -1, last)
    if (low > high).any():
        return BitMask.empty(grid.shape_kji)
    i0, j0, k0 = (int(n) for n in low)
    i1, j1, k1 = (math.floor(n) + 1 for n in high)
    box = Box(k0, j0, i0 // WORD_BITS, k1, j1, word_count(i1))
    words = np.zeros(box.shape_kjw, np.uint64)
    start = np.array([box.k0, box.j0, box.w0], np.int64)
    points_mm = np.ascontiguousarray(ijk * spacing_ijk_mm)
    draw(points_mm, float(radius_mm), spacing_ijk_mm, start, grid.shape_kji[2], words)
    return BitMask.from_words(grid.shape_kji, words, box)
