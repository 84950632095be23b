"""Parts of a mask that hang together: the largest, those of seeds, those that are large enough."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel
from segmentation.kernels.runs import First, Index, Runs, run_at, runs_of, sizes, words_of
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, share, silent

Seeds = NDArray[np.int64]


def largest(words: Words, is_full: bool = False, progress: Progress = silent) -> Words:
    """Return the component with most voxels; of equal ones the first in raster order."""
    runs = runs_of(words, is_full, share(progress, 0.0, 0.7))
    if not runs.root.size:
        return np.zeros_like(words)
    keep = runs.root == np.argmax(sizes(runs))
    return words_of(runs, keep, words.shape, share(progress, 0.7, 1.0))


def larger(
    words: Words, voxels_min: int, is_full: bool = False, progress: Progress = silent
) -> Words:
    """Return the components of at least `voxels_min` voxels."""
    runs = runs_of(words, is_full, share(progress, 0.0, 0.7))
    keep = sizes(runs)[runs.root] >= voxels_min
    return words_of(runs, keep, words.shape, share(progress, 0.7, 1.0))


def at_seeds(
    words: Words, seeds_kji: Seeds, is_full: bool = False, progress: Progress = silent
) -> Words:
    """Return the components that hold a seed; `seeds_kji` (N, 3) lie inside the array.

    Seeds on voxels that aren't set add nothing.
    """
    runs = runs_of(words, is_full, share(progress, 0.0, 0.7))
    nj = words.shape[1]
    chosen = np.zeros(runs.root.size, bool)
    for k, j, i in seeds_kji.tolist():
        run = run_at(runs.first, runs.start, runs.stop, k * nj + j, i)
        if run >= 0:
            chosen[runs.root[run]] = True
    return words_of(runs, chosen[runs.root], words.shape, share(progress, 0.7, 1.0))


@kernel
def _number(root: Index) -> tuple[Index, int]:
    ids = np.empty(root.size, np.int32)
    n = 0
    for r in range(root.size):
        if root[r] == r:
            n += 1
            ids[r] = n
        else:
            ids[r] = ids[root[r]]
    return ids, n


@kernel
def _fill(
    ids: Index, first: First, start: Index, stop: Index, k0: int, k1: int, out: Index
) -> None:
    nj = out.shape[1]
    for k in range(k0, k1):
        for j in range(nj):
            for r in range(first[k * nj + j], first[k * nj + j + 1]):
                out[k, j, start[r] : stop[r]] = ids[r]


def labelled(words: Words, ni: int, is_full: bool = False) -> tuple[Index, int]:
    """Return component numbers as int32 [k, j, i] (0 outside) and how many there are.

    They count from 1 in raster order of each component's first voxel, as `scipy.ndimage.label`'s.
    """
    runs: Runs = runs_of(words, is_full)
    ids, n = _number(runs.root)
    out = np.zeros((*words.shape[:2], ni), np.int32)

    def fill(k0: int, k1: int) -> None:
        """Write the numbers of some slices."""
        _fill(ids, runs.first, runs.start, runs.stop, k0, k1, out)

    each_slab(fill, words.shape[0])
    return out, n
