"""Hysteresis: the parts of one mask that hold a voxel of another."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import FULL, U0, read_only
from segmentation.kernels.jit import kernel
from segmentation.kernels.runs import First, Index, runs_of, words_of
from segmentation.kernels.slabs import SLICES, each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, share, silent

SLAB = 4 * SLICES


@kernel
def _has_bit(row: Words, start: int, stop: int) -> bool:
    """Return whether one of the voxels start to stop (not included, at least one) is set."""
    a, b = start >> 6, (stop - 1) >> 6
    left = FULL << np.uint64(start & 63)
    right = FULL >> np.uint64(63 - ((stop - 1) & 63))
    seen = row[a] & left & right if a == b else (row[a] & left) | (row[b] & right)
    for w in range(a + 1, b):
        seen |= row[w]
    is_set: bool = seen != U0
    return is_set


@kernel
def _hold(core: Words, first: First, start: Index, stop: Index, k0: int, k1: int,
          holds: NDArray[np.bool_]) -> None:  # fmt: skip
    """Note which runs of slices k0 to k1 hold a voxel of `core`."""
    nj = core.shape[1]
    for k in range(k0, k1):
        for j in range(nj):
            for n in range(first[k * nj + j], first[k * nj + j + 1]):
                holds[n] = _has_bit(core[k, j], start[n], stop[n])


def linked(words: Words, core: Words, is_full: bool = False, progress: Progress = silent) -> Words:
    """Return the 6-connected (`is_full`: 26-connected) parts of `words` with a voxel of `core`.

    Both have the same shape; voxels of `core` outside `words` add nothing.
    """
    runs = runs_of(words, is_full, share(progress, 0.0, 0.6))
    holds, core = np.empty(runs.root.size, np.bool_), read_only(core)

    def look(k0: int, k1: int) -> None:
        """Look at the runs of some slices."""
        _hold(core, runs.first, runs.start, runs.stop, k0, k1, holds)

    each_slab(look, words.shape[0], share(progress, 0.6, 0.8), SLAB)
    chosen = np.zeros(runs.root.size, np.bool_)
    chosen[runs.root[holds]] = True
    return words_of(runs, chosen[runs.root], words.shape, share(progress, 0.8, 1.0))
