"""The ground on which regions grow: the voxels that may belong to one, and how they hang together.

Made once for a range; each further seed only asks which part it lies in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid
from segmentation.hu_range import in_range
from segmentation.kernels.bits import U1
from segmentation.kernels.runs import Runs, run_at, runs_of, words_of
from segmentation.kernels.steepness import gentle
from segmentation.mask import BitMask, Box, Words
from segmentation.necks import Cores, cores_of
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Reachable:
    """Whole-grid `words` where regions may grow, and their `runs`.

    `rim` holds the voxels that a region may end with though it doesn't pass them, if there are
    any. Cores are kept for the last width of neck that was asked for, and so is the last mask.
    """

    grid: Grid
    words: Words
    runs: Runs
    rim: Words | None
    _cores: Cores | None = None
    _neck_mm: float = 0.0
    _chosen: Bools | None = None
    _mask: BitMask | None = None

    def regions_at(self, seeds_kji: Ints) -> Bools:
        """Return which regions hold a seed, at the index of their first run."""
        chosen = np.zeros(self.runs.root.size, bool)
        nj = self.words.shape[1]
        for k, j, i in seeds_kji.tolist():
            run = run_at(self.runs.first, self.runs.start, self.runs.stop, k * nj + j, i)
            if run >= 0:
                chosen[self.runs.root[run]] = True
        return chosen

    def mask_of(self, chosen: Bools, progress: Progress = silent) -> BitMask:
        """Return the voxels of the regions that are chosen at their first run."""
        last = self._chosen
        if self._mask is not None and last is not None and np.array_equal(last, chosen):
            return self._mask
        nk, nj, nw = self.words.shape
        words = words_of(self.runs, chosen[self.runs.root], (nk, nj, nw), progress)
        whole = Box.whole(self.grid.shape_kji)
        self._chosen, self._mask = chosen, BitMask.from_words(self.grid.shape_kji, words, whole)
        return self._mask

    def cores(self, neck_mm: float, progress: Progress = silent) -> Cores:
        """Return the parts thicker than a neck."""
        if self._cores is None or self._neck_mm != neck_mm:
            self._cores = cores_of(self.words, self.runs, self.grid, neck_mm, progress)
            self._neck_mm = neck_mm
        return self._cores

    def with_rim(self, mask: BitMask) -> BitMask:
        """Return a region with the rim that it ends with."""
        if self.rim is None or not mask.words.size:
            return mask
        box = mask.box.grown(mask.shape_kji, (1, 1, 1))
        words = mask.words_in(box)
        near = _with_neighbours(words)
        near &= Box.whole(mask.shape_kji).view(self.rim, box)
        near |= words
        return BitMask.from_words(mask.shape_kji, near, box)


def _with_neighbours(words: Words) -> Words:
    """Return the voxels that share a face with a set one, and those; tail bits are not cleared."""
    near: Words = words | (words << U1) | (words >> U1)
    near[..., 1:] |= words[..., :-1] >> np.uint64(63)
    near[..., :-1] |= words[..., 1:] << np.uint64(63)
    near[:, 1:] |= words[:, :-1]
    near[:, :-1] |= words[:, 1:]
    near[1:] |= words[:-1]
    near[:-1] |= words[1:]
    return near


def reachable(
    volume: Volume,
    range_hu: tuple[int, int],
    limit_hu_per_mm: float | None = None,
    progress: Progress = silent,
) -> Reachable:
    """Return the ground of a range of HU, without steep voxels where there is a limit."""
    words, rim = in_range(volume, *range_hu, share(progress, 0.0, 0.3)), None
    if limit_hu_per_mm is not None:
        rim = words
        spacing = volume.grid.spacing_kji_mm
        words = gentle(volume.hu, spacing, limit_hu_per_mm, share(progress, 0.3, 0.6))
        words &= rim
    return Reachable(volume.grid, words, runs_of(words, progress=share(progress, 0.6, 1.0)), rim)
