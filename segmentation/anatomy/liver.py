"""The liver: the largest smooth body of one density right of the spine, under the lung."""

import numpy as np

from segmentation.anatomy.coarse import Blocks, grown, opened
from segmentation.anatomy.found import Confidence, Found
from segmentation.anatomy.parts import parts_of
from segmentation.anatomy.refine import refined
from segmentation.anatomy.spine import Spine
from segmentation.anatomy.survey import Survey
from segmentation.finding import Finding, Severity
from segmentation.kernels.gaussian import smoothed
from segmentation.mask import BitMask
from segmentation.progress import Progress, share, silent

NAME = "Liver"
HU = (25, 190)
SIGMA_MM = 3.0
ROUGH_HU = 10.0  # how much a block may differ from those around inside an organ
SEED_MM = 4.0
SPREAD_HU = (-24, 22)
OPEN_MM = 9.0
ML = (300.0, 3500.0)
ASIDE_MM = (15.0, 120.0)  # of the canal
LUNG_MM = 25.0
CLOSE_MM = 5.0
FAT_MEAN_HU = -100.0
DENSER_HU = 32
RECESS_MM = 4.5
BACK_MM = 12.0  # how far thin lobes reach beyond the thick body


def find(
    survey: Survey,
    bone: Blocks,
    spine: Spine | None,
    lungs: Blocks,
    others: tuple[BitMask, ...],
    progress: Progress = silent,
) -> Found | None:
    """Return the liver without the `others` beside it, None where there is none."""
    if spine is None:
        return None
    spacing = survey.frame.spacing_zyx_mm
    hu = smoothed(np.rint(survey.hu).astype(np.int16), spacing, SIGMA_MM).astype(np.float32)
    free = survey.body & ~bone
    for other in others:
        free &= ~grown(survey.frame.ratios(other) > 0.2, spacing, 1.01 * max(spacing))
    level = _level(survey, free, hu, spine)
    progress(2, 10)
    if level is None:
        return None
    band = free & (hu >= level + SPREAD_HU[0]) & (hu <= level + SPREAD_HU[1])
    parts = parts_of(opened(band, spacing, OPEN_MM), survey.hu)
    number = int(parts.blocks[1:].argmax()) + 1 if parts.blocks.size > 1 else 0
    blocks = opened(band, spacing, RECESS_MM) & grown(parts.number == number, spacing, BACK_MM)
    ml = float(parts.blocks[number]) * survey.block_ml
    if number == 0 or not ML[0] <= ml <= ML[1] or not _is_in_place(survey, blocks, spine, lungs):
        return None
    progress(4, 10)
    edge = round((level + FAT_MEAN_HU) / 2.0)
    top = level + DENSER_HU
    mask = refined(survey, blocks, (edge, top), CLOSE_MM, share(progress, 0.4, 1.0))
    for other in others:
        mask = mask - other
    values = {"ml": round(mask.voxels * survey.volume.grid.voxel_ml), "mean_hu": level}
    told = [Finding("anatomy-liver-place", values=values)]
    confidence = Confidence.MEDIUM if level >= 80 else Confidence.LOW
    if blocks[0].any() or blocks[-1].any():
        told.append(Finding("anatomy-cut-off", Severity.WARN, {"segment": NAME}))
        confidence = Confidence.LOW
    return Found(NAME, mask, confidence, tuple(told))


def _level(survey: Survey, free: Blocks, hu: np.ndarray, spine: Spine) -> int | None:
    """Return the most frequent HU of smooth tissue in front and to the right of the spine."""
    spacing = survey.frame.spacing_zyx_mm
    aside = (spine.x[:, None] - np.arange(hu.shape[2])) * spacing[2]
    is_right = np.broadcast_to((aside >= ASIDE_MM[0])[:, None, :], hu.shape)
    ahead = (spine.y[:, None] - np.arange(hu.shape[1])) * spacing[1]
    is_ahead = np.broadcast_to((ahead >= 0.0)[:, :, None], hu.shape)
    is_smooth = np.abs(survey.hu - hu) <= ROUGH_HU
    is_tissue = free & (hu > HU[0]) & (hu < HU[1])
    where = opened(is_tissue & is_right & is_ahead & is_smooth, spacing, SEED_MM)
    values = hu[where]
    if values.size * survey.block_ml < ML[0] / 2.0:
        return None
    counts = np.bincount(np.rint(values).astype(int), minlength=HU[1] + 1).astype(float)
    window = np.ones(9) / 9.0
    return int(np.convolve(counts, window, "same").argmax())


def _is_in_place(survey: Survey, blocks: Blocks, spine: Spine, lungs: Blocks) -> bool:
    """Return whether a body lies right of the spine with a lung on it, or is cut at the top."""
    spacing = survey.frame.spacing_zyx_mm
    z, _y, x = np.argwhere(blocks).mean(axis=0)
    aside_mm = (spine.x[int(z)] - x) * spacing[2]
    near = np.argwhere(grown(blocks, spacing, LUNG_MM) & lungs)
    is_under = len(near) > 0 and float(near[:, 0].mean()) > z
    is_cut = bool(blocks[-1].any()) and not lungs.any()
    return ASIDE_MM[0] < aside_mm < ASIDE_MM[1] and (is_under or is_cut)
