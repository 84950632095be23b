"""Holes within single slices of a mask."""

import numpy as np

from segmentation.kernels.bits import complement, packed, unpacked
from segmentation.kernels.holes import filled
from segmentation.mask import Words
from segmentation.progress import Progress, silent


def _filled_each(words: Words, ni: int, progress: Progress) -> Words:
    """Return words with the holes of each slice along the first axis filled."""
    # Full slices between the slices keep each background to itself.
    apart = np.repeat(complement(np.zeros_like(words[:1]), ni), 2 * len(words) + 1, axis=0)
    apart[1::2] = words
    return filled(apart, ni, progress)[1::2]


def filled_in_slices(words: Words, ni: int, axis: int, progress: Progress = silent) -> Words:
    """Return words with the holes of each slice across an axis of [k, j, i] filled.

    Rows hold `ni` voxels. A hole is background that no path within the slice connects with the
    array's border.
    """
    if axis < 2:
        turned = np.ascontiguousarray(np.moveaxis(words, axis, 0))
        return np.ascontiguousarray(np.moveaxis(_filled_each(turned, ni, progress), 0, axis))
    voxels = np.ascontiguousarray(np.moveaxis(unpacked(words, ni), 2, 0))
    done = _filled_each(packed(voxels), voxels.shape[2], progress)
    return packed(np.moveaxis(unpacked(done, voxels.shape[2]), 0, 2))
