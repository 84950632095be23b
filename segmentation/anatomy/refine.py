"""From an organ's blocks to its voxels: the border lies where the smoothed HU leave its range."""

import numpy as np

from segmentation.anatomy.coarse import Blocks, grown, shrunk
from segmentation.anatomy.survey import Survey
from segmentation.kernels.ball import dilated, eroded
from segmentation.kernels.bits import window
from segmentation.kernels.components import largest
from segmentation.kernels.gaussian import smoothed
from segmentation.kernels.holes import filled
from segmentation.mask import WORD_BITS, BitMask
from segmentation.progress import Progress, share, silent

SIGMA_MM = 1.0


def refined(
    survey: Survey,
    organ: Blocks,
    range_hu: tuple[int, int],
    close_mm: float,
    progress: Progress = silent,
) -> BitMask:
    """Return the largest part of the range within a block of the organ's border, closed, filled."""
    frame, grid = survey.frame, survey.volume.grid
    spacing_zyx = frame.spacing_zyx_mm
    block_mm = 1.01 * max(spacing_zyx)
    outer = frame.mask(grown(organ, spacing_zyx, block_mm))
    inner = frame.mask(shrunk(organ, spacing_zyx, block_mm))
    if outer.is_empty:
        return outer
    spacing = grid.spacing_kji_mm
    reach = [int(np.ceil(close_mm / size)) + 1 for size in spacing]
    box = outer.box.grown(grid.shape_kji, (reach[0], reach[1], reach[2]))
    start, ni = WORD_BITS * box.w0, box.voxels_i(grid.shape_kji)
    part = survey.volume.hu[box.k0 : box.k1, box.j0 : box.j1, start : start + ni]
    hu = smoothed(np.ascontiguousarray(part), spacing, SIGMA_MM, share(progress, 0.0, 0.5))
    words = window(hu, *range_hu) & outer.words_in(box)
    words |= inner.words_in(box)
    open_mm = 1.01 * max(spacing[1:])
    words = dilated(eroded(words, ni, spacing, open_mm), ni, spacing, open_mm)
    progress(6, 10)
    wide = dilated(words, ni, spacing, close_mm, share(progress, 0.6, 0.8))
    words = eroded(wide, ni, spacing, close_mm, share(progress, 0.8, 0.95))
    words = filled(largest(words), ni)
    progress(1, 1)
    return BitMask.from_words(grid.shape_kji, words, box)
