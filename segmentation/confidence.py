"""The range of HU of what hangs together around points, found from its own mean and spread."""

import math

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.ball import reach
from segmentation.kernels.bits import HU_MAX, HU_MIN
from segmentation.kernels.histogram import discount
from segmentation.mask import BitMask
from segmentation.progress import Progress, share, silent
from segmentation.reachable import reachable
from segmentation.volume import Volume

Ints = NDArray[np.int64]
LEAST_SD_HU = 1.0


def confident_range(
    volume: Volume,
    seeds_kji: Ints,
    spread_sd: float,
    radius_mm: float,
    rounds: int,
    progress: Progress = silent,
) -> tuple[int, int]:
    """Return mean - spread to mean + spread, both included, of the tissue that holds the seeds.

    First from the balls of `radius_mm` around the seeds, then, `rounds` times or until it stands
    still, from the region that the range before gives. The spread is `spread_sd` standard
    deviations, each of 1 HU at least, and the seeds' own values belong to the range. Padding takes
    no part. At least one seed, all inside the grid. As ConfidenceConnected of ITK does it.
    """
    own = volume.hu[tuple(seeds_kji.T)]
    values = _around(volume, seeds_kji, radius_mm)
    found = _range(values, np.ones_like(values), spread_sd, own)
    for n in range(rounds):
        stage = share(progress, n / rounds, (n + 1) / rounds)
        ground = reachable(volume, found, None, stage)
        region = ground.mask_of(ground.regions_at(seeds_kji))
        if not region.words.size:
            break
        counts = _counts(volume, region)
        taken = np.flatnonzero(counts)
        before, found = found, _range(taken + HU_MIN, counts[taken], spread_sd, own)
        if found == before:
            break
    return found


def _range(
    values: Ints, weights: Ints, spread_sd: float, own: NDArray[np.int16]
) -> tuple[int, int]:
    mean = float(np.average(values, weights=weights))
    sd = math.sqrt(float(np.average((values - mean) ** 2, weights=weights)))
    spread = spread_sd * max(sd, LEAST_SD_HU)
    lower, upper = math.ceil(mean - spread), math.floor(mean + spread)
    lower, upper = min(lower, int(own.min())), max(upper, int(own.max()))
    return max(lower, HU_MIN), min(upper, HU_MAX)


def _around(volume: Volume, seeds_kji: Ints, radius_mm: float) -> Ints:
    """Return the values of all voxels within the ball of a seed, each once."""
    shape = np.array(volume.grid.shape_kji)
    reach_i = reach(volume.grid.spacing_kji_mm, radius_mm)
    rk, rj = reach_i.shape
    wide = int(reach_i.max())
    dk, dj, di = np.mgrid[1 - rk : rk, 1 - rj : rj, -wide : wide + 1].reshape(3, -1)
    is_in = np.abs(di) <= reach_i[np.abs(dk), np.abs(dj)]
    ball = np.stack([dk, dj, di], axis=1)[is_in]
    kji = (seeds_kji[:, None] + ball).reshape(-1, 3)
    kji = np.unique(kji[((kji >= 0) & (kji < shape)).all(axis=1)], axis=0)
    if volume.padding is not None:
        clean = kji[~volume.padding.holds(kji)]
        kji = clean if clean.size else seeds_kji
    values: Ints = volume.hu[tuple(kji.T)].astype(np.int64)
    return values


def _counts(volume: Volume, region: BitMask) -> Ints:
    """Return how often each value from -32768 occurs in a region."""
    counts = np.zeros(HU_MAX - HU_MIN + 1, np.int64)
    box = region.box
    discount(counts, volume.hu, region.words, (box.k0, box.j0, 64 * box.w0))
    return -counts
