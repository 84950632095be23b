"""The kidneys: smooth bodies in fat beside the spine, of a kidney's size, sought level by level."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentation.anatomy.coarse import Blocks, grown, opened
from segmentation.anatomy.found import Confidence, Found
from segmentation.anatomy.parts import Parts, parts_of
from segmentation.anatomy.refine import refined
from segmentation.anatomy.spine import Spine
from segmentation.anatomy.survey import Survey
from segmentation.finding import Finding, Severity
from segmentation.progress import Progress, share, silent

LEVELS_HU = (170, 150, 130, 110, 90, 70, 50, 30, 15, 0, -15, -30)
ASIDE_MM = (22.0, 105.0)  # of the canal's middle
IN_FRONT_MM = (-25.0, 85.0)  # of it; behind it is less than nothing
MIDDLE_ASIDE_MM = (32.0, 85.0)
OPEN_MM = 5.0
ML = (60.0, 330.0)
HEIGHT_MM = (60.0, 145.0)
WIDTH_MM_MAX = 95.0
FAT_HU = (-140.0, -20.0)
FAT_RATIO_MIN = 0.45  # of its border lies a block from fat
SOLID_RATIO_MIN = 0.22  # of the box around it, in which it lies aslant
CLOSE_MM = 4.0
USUAL_ML = 150.0
SIZE_WEIGHT = 0.1
MARGIN = 3  # blocks
SOLID_WEIGHT = 2.0
BELOW_LUNG_MM = 40.0  # the lungs' middle
FAT_MEAN_HU = -100.0


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """One body that may be a kidney, and how well it stands in fat."""

    blocks: Blocks
    score: float
    level_hu: int
    mean_hu: float


def find(
    survey: Survey,
    bone: Blocks,
    spine: Spine | None,
    lungs: Blocks,
    progress: Progress = silent,
) -> tuple[Found, ...]:
    """Return the kidneys that stand out on each side."""
    if spine is None:
        return ()
    free = survey.body & ~bone
    if lungs.any():
        below_mm = (np.argwhere(lungs)[:, 0].mean() - np.arange(len(free))) * (
            survey.frame.spacing_zyx_mm[0]
        )
        free = free & (below_mm >= BELOW_LUNG_MM)[:, None, None]
    founds = []
    for n, (name, side) in enumerate((("Left kidney", 1.0), ("Right kidney", -1.0))):
        stage = share(progress, n / 2, (n + 1) / 2)
        best = _best(survey, free, spine, side, share(stage, 0.0, 0.4))
        if best is not None:
            founds.append(_found(survey, name, best, spine, share(stage, 0.4, 1.0)))
    progress(1, 1)
    return tuple(founds)


def place(survey: Survey, spine: Spine, side: float) -> Blocks:
    """Return the blocks beside the spine, on the left for side 1 and on the right for -1."""
    spacing = survey.frame.spacing_zyx_mm
    nz, ny, nx = survey.hu.shape
    aside = side * (np.arange(nx) - spine.x[:, None]) * spacing[2]
    ahead = (spine.y[:, None] - np.arange(ny)) * spacing[1]
    is_aside = (aside >= ASIDE_MM[0]) & (aside <= ASIDE_MM[1])
    is_ahead = (ahead >= IN_FRONT_MM[0]) & (ahead <= IN_FRONT_MM[1])
    levels = np.arange(nz)
    near = (levels >= spine.first - 100.0 / spacing[0]) & (levels <= spine.last + 60.0 / spacing[0])
    return np.asarray(is_ahead[:, :, None] & is_aside[:, None, :] & near[:, None, None])


def _best(
    survey: Survey, free: Blocks, spine: Spine, side: float, progress: Progress
) -> _Candidate | None:
    spacing = survey.frame.spacing_zyx_mm
    everywhere = place(survey, spine, side) & free
    if not everywhere.any():
        return None
    box = _box(everywhere)
    whole, survey, spine = survey, replace(survey, hu=survey.hu[box]), spine.within(box)
    where = everywhere[box]
    fat = (survey.hu >= FAT_HU[0]) & (survey.hu <= FAT_HU[1])
    fat = grown(fat, spacing, 1.01 * max(spacing))
    best = None
    for n, level in enumerate(LEVELS_HU):
        body = opened(where & (survey.hu >= level), spacing, OPEN_MM)
        parts = parts_of(body, survey.hu)
        is_kidney = _like_a_kidney(survey, parts, spine, side)
        in_fat = parts.contact(fat)
        extent_ml = box_ml(survey, parts)
        for m in np.flatnonzero(is_kidney & (in_fat >= FAT_RATIO_MIN)).tolist():
            ml = float(parts.blocks[m]) * survey.block_ml
            solid = float(ml / extent_ml[m])
            score = float(in_fat[m]) + SOLID_WEIGHT * solid + SIZE_WEIGHT * min(ml / USUAL_ML, 1.0)
            if best is None or score > best.score:
                blocks = np.zeros(whole.hu.shape, bool)
                blocks[box] = parts.number == m
                best = _Candidate(blocks, score, level, float(parts.mean[m]))
        progress(n + 1, len(LEVELS_HU))
    return best


def _box(blocks: Blocks) -> tuple[slice, slice, slice]:
    """Return the slices that hold the set blocks and some around."""
    sides = []
    for axis in range(3):
        at = np.flatnonzero(blocks.any(axis=tuple(n for n in range(3) if n != axis)))
        sides.append(slice(max(int(at[0]) - MARGIN, 0), int(at[-1]) + 1 + MARGIN))
    z, y, x = sides
    return z, y, x


def box_ml(survey: Survey, parts: Parts) -> NDArray[np.float64]:
    """Return the volume of the box around each part."""
    extent = np.maximum(parts.high - parts.low + 1, 0) * np.array(survey.frame.spacing_zyx_mm)
    return np.asarray(np.maximum(extent.prod(axis=1) / 1000.0, 1e-6))


def _like_a_kidney(survey: Survey, parts: Parts, spine: Spine, side: float) -> NDArray[np.bool_]:
    """Return which parts have the size, form and place of a kidney."""
    spacing = np.array(survey.frame.spacing_zyx_mm)
    extent = np.maximum(parts.high - parts.low + 1, 0) * spacing
    ml = parts.blocks * survey.block_ml
    level = np.clip(np.rint(parts.centre[:, 0]).astype(int), 0, len(spine.x) - 1)
    aside = side * (parts.centre[:, 2] - spine.x[level]) * spacing[2]
    is_kidney = (ml >= ML[0]) & (ml <= ML[1])
    is_kidney &= (extent[:, 0] >= HEIGHT_MM[0]) & (extent[:, 0] <= HEIGHT_MM[1])
    is_kidney &= extent[:, 1:].max(axis=1) <= WIDTH_MM_MAX
    is_kidney &= ml / box_ml(survey, parts) >= SOLID_RATIO_MIN
    is_kidney &= (aside >= MIDDLE_ASIDE_MM[0]) & (aside <= MIDDLE_ASIDE_MM[1])
    is_kidney[0] = False
    return np.asarray(is_kidney)


def _found(survey: Survey, name: str, best: _Candidate, spine: Spine, progress: Progress) -> Found:
    edge = round((best.mean_hu + FAT_MEAN_HU) / 2.0)
    mask = refined(survey, best.blocks, (edge, 500), CLOSE_MM, progress)
    ml = mask.voxels * survey.volume.grid.voxel_ml
    z, _y, x = np.argwhere(best.blocks).mean(axis=0)
    aside = abs(x - spine.x[int(z)]) * survey.frame.spacing_zyx_mm[2]
    mean = round(best.mean_hu)
    values = {"segment": name, "ml": round(ml), "mean_hu": mean, "aside_mm": round(aside)}
    told = [Finding("anatomy-kidney-place", values=values)]
    confidence = Confidence.MEDIUM if best.level_hu >= 70 else Confidence.LOW
    if best.blocks[0].any() or best.blocks[-1].any():
        told.append(Finding("anatomy-cut-off", Severity.WARN, {"segment": name}))
        confidence = Confidence.LOW
    return Found(name, mask, confidence, tuple(told))
