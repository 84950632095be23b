"""Parts of a mask that hang together: the largest, those of seeds, those that are large enough."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel
from segmentation.kernels.runs import First, Index, Runs, run_at, runs_of, sizes, words_of
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, share, silent

SHORT = np.iinfo(np.uint16).max

Seeds = NDArray[np.int64]
Ids = NDArray[np.uint16 | np.uint32]


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
    return of_seeds(runs, seeds_kji, words.shape, share(progress, 0.7, 1.0))


def of_seeds(
    runs: Runs, seeds_kji: Seeds, shape_kjw: tuple[int, int, int], progress: Progress = silent
) -> Words:
    """Return the components that hold a seed, from runs that are known: a further seed is cheap."""
    nj = shape_kjw[1]
    chosen = np.zeros(runs.root.size, bool)
    for k, j, i in seeds_kji.tolist():
        run = run_at(runs.first, runs.start, runs.stop, k * nj + j, i)
        if run >= 0:
            chosen[runs.root[run]] = True
    return words_of(runs, chosen[runs.root], shape_kjw, progress)


@kernel
def _number(root: Index, ids: Ids) -> None:
    """Write the number of each run's component; the least root comes first."""
    n = 0
    for r in range(root.size):
        if root[r] == r:
            n += 1
            ids[r] = n
        else:
            ids[r] = ids[root[r]]


@kernel
def _fill(ids: Ids, first: First, start: Index, stop: Index, k0: int, k1: int, out: Ids) -> None:
    nj = out.shape[1]
    for k in range(k0, k1):
        for j in range(nj):
            row = out[k, j]
            for r in range(first[k * nj + j], first[k * nj + j + 1]):
                number = ids[r]
                for i in range(start[r], stop[r]):
                    row[i] = number


def labelled(
    words: Words, ni: int, is_full: bool = False, progress: Progress = silent
) -> tuple[Ids, int]:
    """Return component numbers [k, j, i] (0 outside) and how many there are.

    They count from 1 in raster order of each component's first voxel, as `scipy.ndimage.label`'s:
    uint16, or uint32 where there are more than 65535. Rows hold `ni` voxels.
    """
    runs: Runs = runs_of(words, is_full, share(progress, 0.0, 0.5))
    n = int(np.count_nonzero(runs.root == np.arange(runs.root.size, dtype=np.int32)))
    kind: type[np.uint16 | np.uint32] = np.uint16 if n <= SHORT else np.uint32
    ids: Ids = np.empty(runs.root.size, kind)
    _number(runs.root, ids)
    out: Ids = np.zeros((*words.shape[:2], ni), kind)

    def fill(k0: int, k1: int) -> None:
        """Write the numbers of some slices."""
        _fill(ids, runs.first, runs.start, runs.stop, k0, k1, out)

    each_slab(fill, words.shape[0], share(progress, 0.5, 1.0))
    return out, n
