"""A brush stroke as a mask: balls or discs of true millimetres along a polyline."""

import math
from collections.abc import Sequence

import numpy as np

from segmentation.grid import Grid
from segmentation.kernels.bits import clamped
from segmentation.kernels.stroke import draw, keep_range
from segmentation.mask import WORD_BITS, BitMask, Box, word_count
from segmentation.prism import SLANT, Prism, layer
from segmentation.volume import Volume

Points = Sequence[tuple[float, float, float]]
ALIGNED = 0.9999


def stroke_mask(grid: Grid, points_lps_mm: Points, radius_mm: float) -> BitMask:
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


def disc_mask(
    grid: Grid, points_lps_mm: Points, radius_mm: float, normal_lps: Sequence[float]
) -> BitMask:
    """Return the one layer of `stroke_mask` that lies nearest to the first point's plane.

    `normal_lps` is a unit vector. Where it is an axis of the grid, the points are first moved
    along it to the layer's voxel centres, so that the disc has its true radius there.
    """
    if not len(points_lps_mm):
        return BitMask.empty(grid.shape_kji)
    points = np.array(points_lps_mm, np.float64).reshape(-1, 3)
    cosines = np.array(normal_lps) @ grid.direction
    axis = int(np.abs(cosines).argmax())
    if abs(cosines[axis]) > ALIGNED:
        ijk, sign = grid.ijk(points), math.copysign(1.0, cosines[axis])
        ijk[:, axis] = sign * math.floor(sign * ijk[0, axis] + 0.5 + SLANT)
        points = grid.lps_mm(ijk)
    x, y, z = (float(number) for number in normal_lps)
    mask = stroke_mask(grid, [(a, b, c) for a, b, c in points.tolist()], radius_mm)
    # Outside an outline of one point lies everything: the layer alone is left.
    one = Prism(grid, points[:1], (x, y, z)).swept(
        mask.box, layer(grid, (x, y, z)), is_outside=True
    )
    return mask & one


def within_range(volume: Volume, mask: BitMask, lower_hu: int, upper_hu: int) -> BitMask:
    """Return the voxels of `mask` with lower_hu <= HU <= upper_hu, padding left out."""
    bounds = clamped(lower_hu, upper_hu)
    if bounds is None or not mask.words.size:
        return BitMask.empty(mask.shape_kji)
    words, box = mask.words.copy(), mask.box
    start = np.array([box.k0, box.j0, box.w0], np.int64)
    keep_range(volume.hu, *bounds, start, words)
    held = BitMask.from_words(mask.shape_kji, words, box)
    return held if volume.padding is None else held - volume.padding
