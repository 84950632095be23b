"""Holes of a mask: background that no path connects with the border."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import complement
from segmentation.kernels.jit import kernel
from segmentation.kernels.runs import First, Index, runs_of, words_of
from segmentation.mask import Words
from segmentation.progress import Progress, share, silent


@kernel
def _open(
    first: First, start: Index, stop: Index, root: Index, nk: int, nj: int, ni: int
) -> NDArray[np.bool_]:
    """Return which components (at their first run) touch the border."""
    is_open = np.zeros(root.size, np.bool_)
    for k in range(nk):
        for j in range(nj):
            rim = k == 0 or j == 0 or k == nk - 1 or j == nj - 1
            for r in range(first[k * nj + j], first[k * nj + j + 1]):
                if rim or start[r] == 0 or stop[r] == ni:
                    is_open[root[r]] = True
    return is_open


def filled(words: Words, ni: int, progress: Progress = silent) -> Words:
    """Return the mask with its holes: 6-connected background that doesn't touch the array's border.

    Rows hold `ni` voxels. The bounding box is enough: what leaves it reaches the grid's border.
    """
    nk, nj = words.shape[:2]
    runs = runs_of(complement(words, ni), False, share(progress, 0.0, 0.7))
    is_open = _open(*runs, nk, nj, ni)
    holes = words_of(runs, ~is_open[runs.root], words.shape, share(progress, 0.7, 1.0))
    holes |= words
    return holes
