"""Masks grown and shrunk by a margin in mm, worked on in the smallest box that is enough."""

from segmentation.kernels.ball import Spacing, dilated, eroded, reach
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent


def grown(
    mask: BitMask, spacing_kji_mm: Spacing, margin_mm: float, progress: Progress = silent
) -> BitMask:
    """Return the voxels whose centre lies within `margin_mm` of the centre of one of the mask's.

    Exact, Euclidean, cut at the grid's border.
    """
    if not mask.words.size:
        return mask
    reach_i = reach(spacing_kji_mm, margin_mm)
    rk, rj = reach_i.shape
    box = mask.box.grown(mask.shape_kji, (rk - 1, rj - 1, int(reach_i.max())))
    ni = box.voxels_i(mask.shape_kji)
    words = dilated(mask.words_in(box), ni, spacing_kji_mm, margin_mm, progress)
    return BitMask.from_words(mask.shape_kji, words, box)


def shrunk(
    mask: BitMask, spacing_kji_mm: Spacing, margin_mm: float, progress: Progress = silent
) -> BitMask:
    """Return the mask's voxels farther than `margin_mm` from every voxel of the grid outside it.

    Outside the grid counts as inside the mask: what the scan cuts off is not eroded there.
    """
    if not mask.words.size:
        return mask
    # One voxel around is enough: a farther one outside has a nearer one in that rim.
    box = mask.box.grown(mask.shape_kji, (1, 1, 1))
    ni = box.voxels_i(mask.shape_kji)
    words = eroded(mask.words_in(box), ni, spacing_kji_mm, margin_mm, progress)
    return BitMask.from_words(mask.shape_kji, words, box)
