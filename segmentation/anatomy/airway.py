"""Trachea and main bronchi: a tube of air in front of the spine, grown until it would leak."""

import numpy as np
from numpy.typing import NDArray

from segmentation.anatomy.chain import longest_chain
from segmentation.anatomy.coarse import Blocks
from segmentation.anatomy.found import Confidence, Found
from segmentation.anatomy.parts import parts_of
from segmentation.anatomy.spine import Spine
from segmentation.anatomy.survey import Survey
from segmentation.finding import Finding
from segmentation.kernels.ball import dilated
from segmentation.kernels.bits import HU_MIN, window
from segmentation.kernels.flood import region
from segmentation.mask import WORD_BITS, BitMask, Box
from segmentation.progress import Progress, share, silent

NAME = "Airway"
BLOCK_AIR_HU = -650.0  # blocks of about 3 mm in a trachea
AREA_MM2 = (60.0, 700.0)
AROUND_HU_MIN = -400.0  # a bubble of emphysema lies in lung, a trachea in the neck and mediastinum
RISE_MM = 8.0
LENGTH_MM_MIN = 25.0
ASIDE_MM = 35.0  # of the canal's middle
IN_FRONT_MM = (15.0, 130.0)  # of it
REACH_MM = 70.0  # how far from the trachea main bronchi are followed
LEVELS_HU = tuple(range(-940, -590, 25))
LEAK_RATIO = 1.5
LEAK_ML = 6.0
LARGEST_ML = 150.0
EDGE_HU = -500


def find(survey: Survey, spine: Spine | None, progress: Progress = silent) -> Found | None:
    """Return the airway's lumen, None where no trachea is seen."""
    middles = trachea(survey, spine)
    if middles is None:
        return None
    frame, volume = survey.frame, survey.volume
    grid = volume.grid
    lps = frame.lps_mm(middles)
    kji = np.rint(grid.ijk(lps)[:, ::-1]).astype(np.int64)
    kji = np.clip(kji, 0, np.array(grid.shape_kji) - 1)
    low, high = kji.min(axis=0), kji.max(axis=0)
    reach = [int(REACH_MM / spacing) for spacing in grid.spacing_kji_mm]
    point = Box(low[0], low[1], low[2] // WORD_BITS, high[0] + 1, high[1] + 1,
                high[2] // WORD_BITS + 1)  # fmt: skip
    box = point.grown(grid.shape_kji, (reach[0], reach[1], reach[2]))
    start, ni = WORD_BITS * box.w0, box.voxels_i(grid.shape_kji)
    hu = np.ascontiguousarray(volume.hu[box.k0 : box.k1, box.j0 : box.j1, start : start + ni])
    seeds = kji - np.array([box.k0, box.j0, start])
    lumen, level = _grown(hu, seeds, grid.voxel_ml, progress)
    if lumen is None:
        return None
    edge = dilated(lumen, ni, grid.spacing_kji_mm, 1.01 * max(grid.spacing_kji_mm[1:]))
    lumen |= edge & window(hu, HU_MIN, EDGE_HU)
    mask = BitMask.from_words(grid.shape_kji, lumen, box)
    length_mm = float(np.ptp(middles[:, 0]) + 1) * frame.spacing_zyx_mm[0]
    told = Finding(
        "anatomy-airway-tube",
        values={"length_mm": round(length_mm), "level_hu": level},
    )
    return Found(NAME, mask, Confidence.MEDIUM, (told,))


def _grown(
    hu: NDArray[np.int16], seeds: NDArray[np.int64], voxel_ml: float, progress: Progress
) -> tuple[NDArray[np.uint64] | None, int]:
    """Return the largest region before the leak and its level."""
    best, best_ml, best_level = None, 0.0, 0
    for n, level in enumerate(LEVELS_HU):
        stage = share(progress, n / len(LEVELS_HU), (n + 1) / len(LEVELS_HU))
        words = region(hu, HU_MIN, level, seeds, stage)
        ml = float(np.bitwise_count(words).sum()) * voxel_ml
        is_leak = best_ml > LEAK_ML and ml > LEAK_RATIO * best_ml
        if is_leak or ml > LARGEST_ML:
            break
        if ml > 0.0:
            best, best_ml, best_level = words, ml, level
    return best, best_level


def trachea(survey: Survey, spine: Spine | None) -> NDArray[np.float64] | None:
    """Return the middles (z, y, x) in blocks of the trachea, None where there is none."""
    if spine is None:
        return None
    found = _rounds(survey, spine)
    if len(found) < 3:
        return None
    spacing = np.array(survey.frame.spacing_zyx_mm)
    best = found[longest_chain(found * spacing, RISE_MM)]
    if np.ptp(best[:, 0]) * spacing[0] < LENGTH_MM_MIN:
        return None
    return best


def _rounds(survey: Survey, spine: Spine) -> NDArray[np.float64]:
    """Return the middles of round air in soft tissue in front of the spine, level by level."""
    spacing = survey.frame.spacing_zyx_mm
    area_mm2 = spacing[1] * spacing[2]
    air = (survey.hu < BLOCK_AIR_HU) & survey.body
    found = []
    for z in range(len(air)):
        hu = survey.hu[z : z + 1]
        parts = parts_of(air[z : z + 1], hu)
        sizes = (parts.high - parts.low + 1)[:, 1:] * np.array(spacing[1:])
        for n in range(1, parts.blocks.size):
            y, x = parts.centre[n, 1:]
            ahead_mm = (spine.y[z] - y) * spacing[1]
            is_there = abs(x - spine.x[z]) * spacing[2] <= ASIDE_MM
            is_there &= IN_FRONT_MM[0] <= ahead_mm <= IN_FRONT_MM[1]
            is_round = AREA_MM2[0] <= parts.blocks[n] * area_mm2 <= AREA_MM2[1]
            is_round &= sizes[n].max() <= 2.2 * sizes[n].min()
            if is_there and is_round and _around_hu(parts.number == n, hu) > AROUND_HU_MIN:
                found.append((float(z), y, x))
    return np.array(found, np.float64).reshape(-1, 3)


def _around_hu(part: Blocks, hu: NDArray[np.float32]) -> float:
    """Return the mean HU of the blocks two rows around a part of one level."""
    ring = part.copy()
    for _ in range(2):
        wide = ring.copy()
        wide[:, 1:] |= ring[:, :-1]
        wide[:, :-1] |= ring[:, 1:]
        wide[:, :, 1:] |= ring[:, :, :-1]
        wide[:, :, :-1] |= ring[:, :, 1:]
        ring = wide
    return float(hu[ring & ~part].mean())
