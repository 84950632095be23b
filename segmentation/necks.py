"""Necks: where a region passes through something narrow into more of the same values (HAZ-28).

The parts of a mask that are thicker than a neck are found as its erosion by a ball, its cores. A
region that holds a core which its seeds don't lie in has reached it through necks only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid, Shape
from segmentation.kernels.ball import Spacing, eroded, reach
from segmentation.kernels.bits import complement
from segmentation.kernels.components import larger
from segmentation.kernels.runs import Runs, runs_of, sizes, words_of
from segmentation.mask import BitMask, Box, Words, word_count
from segmentation.progress import Progress, share, silent

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
# A part counts where its core holds at least a ball of the neck's width as radius.
LEAST_NECKS: Final = 1.0
NOWHERE: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Cores:
    """The parts of a mask that are thicker than a neck.

    Attributes
    ----------
    runs
        Runs of the eroded mask, joined over faces, edges and corners.
    sizes
        Voxels of each core at its first run, 0 elsewhere.
    region
        At each core's first run: the first run of the mask's component that it lies in, or -1.
    radius_mm
        The radius of the erosion.
    least
        How many voxels a core must have to count as a part.
    """

    runs: Runs
    sizes: Ints
    region: Ints
    radius_mm: float
    least: float
    shape_kji: Shape


def cores_of(
    words: Words, runs: Runs, grid: Grid, neck_mm: float, progress: Progress = silent
) -> Cores:
    """Return the cores of whole-grid `words` whose 6-connected `runs` are known.

    What a ball of `neck_mm` does not pass is a neck. Holes smaller than such a ball are noise and
    count as filled.
    """
    spacing, ni = grid.spacing_kji_mm, grid.shape_kji[2]
    voxel_mm3 = 1000.0 * grid.voxel_ml
    ball_mm3 = math.pi / 6.0 * neck_mm**3
    outside = complement(words, ni)
    outside = larger(outside, math.ceil(ball_mm3 / voxel_mm3), True, share(progress, 0.0, 0.4))
    # Voxel centres on both sides of a gap of width w are w + 1 voxels apart.
    radius_mm = (neck_mm + min(spacing)) / 2.0
    core = eroded(complement(outside, ni), ni, spacing, radius_mm, share(progress, 0.4, 0.8))
    core_runs = runs_of(core, True, share(progress, 0.8, 1.0))
    return Cores(
        core_runs,
        sizes(core_runs),
        _regions(core_runs, words, runs),
        radius_mm,
        max(1.0, LEAST_NECKS * 8.0 * ball_mm3 / voxel_mm3),
        grid.shape_kji,
    )


def _regions(core: Runs, words: Words, runs: Runs) -> Ints:
    """Return for each core, at its first run, the first run of the region that it lies in."""
    region = np.full(core.root.size, NOWHERE, np.int64)
    rows_n = core.first.size - 1
    row = np.repeat(np.arange(rows_n), np.diff(core.first))
    k, j = np.divmod(row, words.shape[1])
    i = core.start.astype(np.int64)
    is_in = (words[k, j, i >> 6] >> (i & 63).astype(np.uint64) & np.uint64(1)).astype(bool)
    # The last run that starts at or before a set voxel is the one that holds it.
    width = 64 * words.shape[2]
    starts = np.repeat(np.arange(rows_n), np.diff(runs.first)) * width + runs.start
    at = np.searchsorted(starts, row[is_in] * width + i[is_in], side="right") - 1
    # Of several runs of a core, which lie in filled noise too, any one in the region will do.
    region[core.root[is_in]] = runs.root[at]
    return region


def beyond(cores: Cores, regions: Bools, seeds_kji: Ints, spacing: Spacing) -> Ints | None:
    """Return the cores that regions reach through necks only, the largest first.

    `regions[n]` is whether the region whose first run is n was grown, from voxels `seeds_kji`.
    None when the seeds lie in no core: then nothing tells which part is meant.
    """
    own = np.unique([run for seed in seeds_kji for run in _near(cores, seed, spacing)])
    held = np.flatnonzero((cores.sizes >= cores.least) & (cores.region != NOWHERE))
    held = held[regions[cores.region[held]]]
    if not own.size:
        return None if held.size > 1 else held[:0]
    held = held[~np.isin(held, own)]
    found: Ints = held[np.argsort(-cores.sizes[held], kind="stable")]
    return found


def _near(cores: Cores, seed_kji: Ints, spacing: Spacing) -> Sequence[int]:
    """Return the first runs of the cores nearest to a seed: within the ball, or twice as far."""
    for radius_mm in (cores.radius_mm, 2.0 * cores.radius_mm):
        found = _within(cores, seed_kji, reach(spacing, radius_mm))
        if found:
            return found
    return ()


def _within(cores: Cores, seed_kji: Ints, reach_i: Ints) -> list[int]:
    nk, nj, ni = cores.shape_kji
    k, j, i = (int(n) for n in seed_kji)
    rk, rj = reach_i.shape
    found = set()
    for dk in range(1 - rk, rk):
        for dj in range(1 - rj, rj):
            wide = int(reach_i[abs(dk), abs(dj)])
            if wide < 0 or not (0 <= k + dk < nk and 0 <= j + dj < nj):
                continue
            row = (k + dk) * nj + j + dj
            part = slice(cores.runs.first[row], cores.runs.first[row + 1])
            low, high = max(i - wide, 0), min(i + wide, ni - 1)
            hit = (cores.runs.start[part] <= high) & (cores.runs.stop[part] > low)
            found.update(cores.runs.root[part][hit].tolist())
    return sorted(found)


def mask_of(cores: Cores, chosen: Ints) -> BitMask:
    """Return the voxels of some cores, given by their first runs."""
    nk, nj, ni = cores.shape_kji
    keep = np.isin(cores.runs.root, chosen)
    words = words_of(cores.runs, keep, (nk, nj, word_count(ni)))
    return BitMask.from_words(cores.shape_kji, words, Box.whole(cores.shape_kji))


def nearest_ijk(cores: Cores, core: int, seeds_kji: Ints, spacing: Spacing) -> Ints:
    """Return the voxel (i, j, k) of a core that lies nearest to a seed; the first of equal ones."""
    at = np.flatnonzero(cores.runs.root == core)
    row = np.searchsorted(cores.runs.first, at, side="right") - 1
    k, j = np.divmod(row, cores.shape_kji[1])
    best, least = np.zeros(3, np.int64), math.inf
    for seed in seeds_kji:
        i = np.clip(seed[2], cores.runs.start[at], cores.runs.stop[at] - 1)
        away_mm = np.stack([k - seed[0], j - seed[1], i - seed[2]], axis=1) * spacing
        squared = (away_mm**2).sum(axis=1)
        n = int(squared.argmin())
        if squared[n] < least:
            best, least = np.array([i[n], j[n], k[n]], np.int64), float(squared[n])
    return best
