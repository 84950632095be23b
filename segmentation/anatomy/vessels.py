"""Vessels with contrast: what hangs on to the aorta above a density that the aorta itself gives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.anatomy.chain import longest_chain
from segmentation.anatomy.coarse import Blocks, grown, shrunk
from segmentation.anatomy.found import Confidence, Found
from segmentation.anatomy.parts import parts_of
from segmentation.anatomy.refine import refined
from segmentation.anatomy.spine import Spine
from segmentation.anatomy.survey import Survey
from segmentation.finding import Finding
from segmentation.kernels.gaussian import smoothed
from segmentation.mask import BitMask
from segmentation.progress import Progress, share, silent

NAME = "Contrast vessels"
CONTRAST_HU = 125  # blood without contrast stays well below
MOST_HU = 700.0
AREA_MM2 = (80.0, 1400.0)  # of an aorta's cross-section
ASIDE_MM = 50.0
IN_FRONT_MM = (18.0, 95.0)
BODY_ASIDE_MM, BODY_AHEAD_MM = 14.0, 36.0  # nearer to the canal lies a vertebra's body
RISE_MM = 9.0
LENGTH_MM_MIN = 40.0
SPREAD_HU_MAX = 40.0  # inside; spongy bone is rougher
SPREAD_RATIO = 0.3  # the blurred rim of a bright vessel counts too
ARTERIAL_HU = (180, 230, 280)  # the higher ones part an aorta from the vertebra behind it
EDGE_RATIO = 0.45
STEP_HU = 8
START_HU, START_RATIO = (
    32.0,
    0.45,
)  # the first level lies so far below the aorta's own; a ratio with arterial contrast
SOFT_HU = 50.0
THICK_MM = 18.0  # a vessel's radius is nowhere more
AROUND_MM = 4.0
BONE_MM = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Aorta:
    """Middles (z, y, x) of the aorta by level, its HU and its diameter."""

    middles: NDArray[np.float64]
    mean_hu: float
    diameter_mm: float


def aorta(survey: Survey, bone: Blocks, spine: Spine, hu_min: int = CONTRAST_HU) -> Aorta | None:
    """Return the longest round tube of at least `hu_min` in front of the spine, outside `bone`."""
    spacing = np.array(survey.frame.spacing_zyx_mm)
    bright = (survey.hu >= hu_min) & (survey.hu <= MOST_HU) & ~bone & survey.body
    found: list[tuple[float, ...]] = []
    for z in np.flatnonzero(bright.any(axis=(1, 2))).tolist():
        found += _rounds(survey, spine, bright[z : z + 1], z)
    points = np.array(found, np.float64).reshape(-1, 5)
    if len(points) < 3:
        return None
    tube = points[longest_chain(points[:, :3] * spacing, RISE_MM)]
    if np.ptp(tube[:, 0]) * spacing[0] < LENGTH_MM_MIN:
        return None
    diameter = 2.0 * float(np.sqrt(np.median(tube[:, 4]) / np.pi))
    return Aorta(tube[:, :3], float(np.median(tube[:, 3])), diameter)


def _rounds(survey: Survey, spine: Spine, bright: Blocks, z: int) -> list[tuple[float, ...]]:
    """Return middle, HU and area of each round, even part of a level before the spine."""
    spacing = np.array(survey.frame.spacing_zyx_mm)
    hu = survey.hu[z : z + 1]
    parts = parts_of(bright, hu)
    sizes = (parts.high - parts.low + 1)[:, 1:] * spacing[1:]
    areas = parts.blocks * float(spacing[1] * spacing[2])
    found: list[tuple[float, ...]] = []
    for n in range(1, parts.blocks.size):
        y, x = parts.centre[n, 1:]
        ahead_mm, aside_mm = (spine.y[z] - y) * spacing[1], abs(x - spine.x[z]) * spacing[2]
        is_there = aside_mm <= ASIDE_MM and IN_FRONT_MM[0] <= ahead_mm <= IN_FRONT_MM[1]
        is_body = aside_mm < BODY_ASIDE_MM and ahead_mm < BODY_AHEAD_MM
        is_round = AREA_MM2[0] <= areas[n] <= AREA_MM2[1] and max(sizes[n]) <= 1.7 * min(sizes[n])
        if is_there and is_round and not is_body:
            core = hu[parts.number == n]
            if float(core.std()) <= max(SPREAD_HU_MAX, SPREAD_RATIO * float(core.mean())):
                found.append((float(z), y, x, float(np.percentile(core, 80)), float(areas[n])))
    return found


def arterial(survey: Survey, spine: Spine) -> tuple[BitMask, int] | None:
    """Return an aorta as dense as bone, and its HU; None when blood is less dense than bone."""
    none = np.zeros(survey.hu.shape, bool)
    roots = [aorta(survey, none, spine, level) for level in ARTERIAL_HU]
    seen = [root for root in roots if root is not None]
    if not seen:
        return None
    root = max(seen, key=lambda one: len(one.middles))
    spacing = survey.frame.spacing_zyx_mm
    at = np.rint(root.middles).astype(int)
    core = none.copy()
    core[tuple(at.T)] = True
    tube = grown(core, spacing, root.diameter_mm / 2.0 + AROUND_MM)
    return survey.frame.mask(tube & (survey.hu >= EDGE_RATIO * root.mean_hu)), round(root.mean_hu)


def find(
    survey: Survey,
    bone: Blocks,
    spine: Spine | None,
    others: tuple[BitMask, ...],
    progress: Progress = silent,
) -> Found | None:
    """Return the vessels with contrast outside bone and the `others`; None without contrast."""
    if spine is None:
        return None
    root = aorta(survey, bone, spine)
    progress(1, 10)
    if root is None:
        return None
    spacing = survey.frame.spacing_zyx_mm
    free = survey.body & ~grown(bone, spacing, BONE_MM)
    for other in others:
        free &= ~grown(survey.frame.ratios(other) > 0.2, spacing, AROUND_MM)
    seeds = np.rint(root.middles).astype(int)
    hu = smoothed(np.rint(survey.hu).astype(np.int16), spacing, 1.0)
    is_arterial = root.mean_hu >= ARTERIAL_HU[0]
    start = START_RATIO * (root.mean_hu - SOFT_HU) if is_arterial else START_HU
    level, tree = round(root.mean_hu - start), np.zeros(free.shape, bool)
    while level < root.mean_hu:
        parts = parts_of(free & (hu >= level), survey.hu)
        ids = np.unique(parts.number[tuple(seeds.T)])
        tree = parts.chosen(np.isin(np.arange(parts.blocks.size), ids))
        if not shrunk(tree, spacing, THICK_MM).any():
            break
        level += STEP_HU
    else:
        return None
    progress(4, 10)
    mask = _fine(survey, tree, level, others, share(progress, 0.4, 1.0))
    values = {
        "diameter_mm": round(root.diameter_mm),
        "mean_hu": round(root.mean_hu),
        "level_hu": level,
    }
    told = Finding("anatomy-vessel-contrast", values=values)
    return Found(NAME, mask, Confidence.LOW, (told,))


def _fine(
    survey: Survey, tree: Blocks, level: int, others: tuple[BitMask, ...], progress: Progress
) -> BitMask:
    mask = refined(survey, tree, (level - 15, round(MOST_HU)), 1.5, progress)
    for other in others:
        mask = mask - other
    return mask
