"""A mask's image across a plane."""

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid
from segmentation.half_space import Plane
from segmentation.kernels.resample import pulled
from segmentation.mask import WORD_BITS, BitMask, Box
from segmentation.progress import Progress, silent


def reflection_kji(grid: Grid, plane: Plane) -> NDArray[np.float64]:
    """Return the (3, 4) map of (k, j, i, 1) to k, j, i of the point across the plane."""
    normal = np.array(plane.normal_lps)
    lps_from_lps = np.eye(4)
    lps_from_lps[:3, :3] -= 2.0 * np.outer(normal, normal)
    lps_from_lps[:3, 3] = 2.0 * (normal @ np.array(plane.point_lps_mm)) * normal
    ijk_from_ijk = grid.ijk_from_lps @ lps_from_lps @ grid.lps_from_ijk
    order = [2, 1, 0]
    return ijk_from_ijk[np.ix_(order, [*order, 3])]


def mirrored(mask: BitMask, grid: Grid, plane: Plane, progress: Progress = silent) -> BitMask:
    """Return the voxels whose image across a plane lies, to the nearest voxel, in a mask.

    What would lie outside the scan is cut off.
    """
    if not mask.words.size:
        return mask
    affine, box = reflection_kji(grid, plane), mask.box
    low = np.array([box.k0, box.j0, WORD_BITS * box.w0], np.float64)
    high = np.array([box.k1, box.j1, WORD_BITS * box.w0 + box.voxels_i(mask.shape_kji)]) - 1.0
    ends = np.array([low, high])
    corners = np.array([[ends[c & 1, 0], ends[c >> 1 & 1, 1], ends[c >> 2, 2]] for c in range(8)])
    images = corners @ affine[:, :3].T + affine[:, 3]  # a reflection is its own inverse
    first = np.clip(np.floor(images.min(axis=0)) - 1, 0, mask.shape_kji).astype(int)
    stop = np.clip(np.ceil(images.max(axis=0)) + 2, 0, mask.shape_kji).astype(int)
    if (first >= stop).any():
        return BitMask.empty(mask.shape_kji)
    words = (first[2] // WORD_BITS, -(-stop[2] // WORD_BITS))
    target = Box(first[0], first[1], words[0], stop[0], stop[1], words[1])
    start = np.array([target.k0, target.j0, WORD_BITS * target.w0], np.float64)
    shifted = affine.copy()
    shifted[:, 3] = affine[:, :3] @ start + affine[:, 3] - low
    shape = (*target.shape_kjw[:2], target.voxels_i(mask.shape_kji))
    source_ni = box.voxels_i(mask.shape_kji)
    made = pulled(mask.words, source_ni, shifted, shape, progress)
    return BitMask.from_words(mask.shape_kji, made, Box(*(int(n) for n in target)))
