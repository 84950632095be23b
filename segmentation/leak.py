"""Leaks of a grown region: told with a place and a size, or cut off at the necks (HAZ-28)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Value
from segmentation.finding import Finding, Severity
from segmentation.kernels.components import at_seeds
from segmentation.mask import BitMask
from segmentation.morphology import grown
from segmentation.necks import Cores, beyond, mask_of, nearest_ijk
from segmentation.progress import Progress, share, silent
from segmentation.quality import place_words
from segmentation.reachable import Reachable

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Leaks:
    """How wide a passage may be and still be a leak, and whether the region stops there."""

    neck_mm: float
    is_stopped: bool


def judged(
    mask: BitMask,
    ground: Reachable,
    chosen: Bools,
    seeds_kji: Ints,
    leaks: Leaks,
    progress: Progress = silent,
) -> tuple[BitMask, tuple[Finding, ...]]:
    """Return a region, cut where asked, and what there is to tell.

    `mask` holds the regions of `ground` that are `chosen` at their first run, grown from voxels
    `seeds_kji`. When the seeds lie in parts no thicker than a neck, nothing can be said: that is
    told too.
    """
    cores = ground.cores(leaks.neck_mm, share(progress, 0.0, 0.6))
    parts = beyond(cores, chosen, seeds_kji, ground.grid.spacing_kji_mm)
    if parts is None:
        return mask, (Finding("leak-not-judged", Severity.WARN, {"neck_mm": leaks.neck_mm}),)
    if not parts.size:
        return mask, ()
    values = _values(cores, parts, seeds_kji, ground)
    values["neck_mm"] = leaks.neck_mm
    if not leaks.is_stopped:
        return mask, (Finding("leak-suspected", Severity.WARN, values, mm=leaks.neck_mm),)
    cut = _cut(mask, cores, parts, seeds_kji, ground, share(progress, 0.6, 1.0))
    values["ml"] = (mask.voxels - cut.voxels) * ground.grid.voxel_ml
    return cut, (Finding("leak-stopped", Severity.INFO, values, mm=leaks.neck_mm),)


def _values(cores: Cores, parts: Ints, seeds_kji: Ints, ground: Reachable) -> dict[str, Value]:
    spacing = ground.grid.spacing_kji_mm
    begin = nearest_ijk(cores, int(parts[0]), seeds_kji, spacing)
    x, y, z = ground.grid.lps_mm(begin).tolist()
    return {
        "count": int(parts.size),
        "ml": float(cores.sizes[parts].sum()) * ground.grid.voxel_ml,
        "place": place_words((x, y, z)),
    }


def _cut(
    mask: BitMask,
    cores: Cores,
    parts: Ints,
    seeds_kji: Ints,
    ground: Reachable,
    progress: Progress,
) -> BitMask:
    """Return what still hangs together with the seeds without the parts beyond the necks."""
    spacing = ground.grid.spacing_kji_mm
    away = grown(mask_of(cores, parts), spacing, cores.radius_mm, share(progress, 0.0, 0.5))
    rest = mask - away
    if not rest.words.size:
        return mask
    box = rest.box
    at = seeds_kji[rest.holds(seeds_kji)] - np.array([box.k0, box.j0, 64 * box.w0])
    words = at_seeds(rest.words, at, progress=share(progress, 0.5, 1.0))
    return BitMask.from_words(mask.shape_kji, words, box)
