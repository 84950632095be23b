"""The lungs: much air with texture inside the body beside ribs; split, and named by side."""

import numpy as np
from numpy.typing import NDArray

from segmentation.anatomy.coarse import Blocks, grown, opened, shrunk
from segmentation.anatomy.found import Confidence, Found
from segmentation.anatomy.parts import Parts, parts_of
from segmentation.anatomy.spine import Spine
from segmentation.anatomy.survey import Survey
from segmentation.finding import Finding, Severity
from segmentation.hu_range import in_range
from segmentation.kernels.ball import dilated, eroded
from segmentation.kernels.bits import HU_MIN, packed
from segmentation.kernels.distance import distance_mm
from segmentation.mask import BitMask, Box
from segmentation.progress import Progress, share, silent

BLOCK_HU = -450.0
EDGE_HU = -400  # half way from lung to soft tissue
MEAN_HU = (-930.0, -500.0)  # of a lung; gas in bowel is clearer, stool denser
CORE_MM = 6.0
CORE_HU_MIN = -945.0
ML_MIN = 60.0
CORE_RATIO = 0.15  # of a lung that is deeper than 6 mm
RIB_MM = 14.0
RIB_RATIO = 0.12  # of a lung's border that lies near bone
SPLIT_MM = 25.0  # what lies farther from the middle belongs to one side for sure
VESSEL_MM = 3.0  # half of what a vessel inside a lung is thick
SIDE_RATIO = 0.15


def find(
    survey: Survey,
    bone: Blocks,
    spine: Spine | None,
    airway: BitMask | None,
    progress: Progress = silent,
) -> tuple[Found, ...]:
    """Return the lungs that are there, each with its side where the spine tells it."""
    lungs = lung_blocks(survey, bone, airway)
    if not lungs.any():
        return ()
    air = _air(survey, lungs, airway, share(progress, 0.0, 0.6))
    sides = _sides(survey, lungs, spine)
    founds = []
    for n, (name, blocks) in enumerate(sides):
        mask = air & survey.frame.mask(blocks)
        if not mask.is_empty:
            founds.append(_found(survey, name, mask, blocks & lungs))
        progress(6 + 2 * n, 10)
    progress(10, 10)
    return tuple(founds)


def lung_blocks(survey: Survey, bone: Blocks, airway: BitMask | None) -> Blocks:
    """Return the blocks of lung without the airway."""
    spacing = survey.frame.spacing_zyx_mm
    airy = survey.body & (survey.hu < BLOCK_HU)
    if airway is not None:
        airy &= ~grown(survey.frame.ratios(airway) > 0.3, spacing, 1.01 * max(spacing))
    parts = parts_of(airy, survey.hu)
    core = parts_of_number(parts, shrunk(airy, spacing, CORE_MM), survey.hu)
    near_bone = grown(bone, spacing, RIB_MM)
    ribs = parts.contact(near_bone)
    is_lung = (parts.blocks * survey.block_ml >= ML_MIN) & (ribs >= RIB_RATIO)
    is_lung &= (parts.mean > MEAN_HU[0]) & (parts.mean < MEAN_HU[1])
    is_lung &= (core[0] >= CORE_RATIO * parts.blocks) & (core[1] > CORE_HU_MIN)
    return parts.chosen(is_lung)


def parts_of_number(
    parts: Parts, blocks: Blocks, values: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return per part how many of `blocks` it holds and the mean of `values` over them."""
    ids = parts.number[blocks]
    counts = np.bincount(ids, minlength=parts.blocks.size)
    sums = np.bincount(ids, weights=values[blocks], minlength=parts.blocks.size)
    return counts, sums / np.maximum(counts, 1)


def _air(survey: Survey, lungs: Blocks, airway: BitMask | None, progress: Progress) -> BitMask:
    """Return the lungs' voxels with the vessels inside."""
    grid = survey.volume.grid
    shape_kji, spacing = grid.shape_kji, grid.spacing_kji_mm
    block_mm = 1.01 * max(survey.frame.spacing_zyx_mm)
    near = survey.frame.mask(grown(lungs, survey.frame.spacing_zyx_mm, block_mm))
    words = in_range(survey.volume, HU_MIN, EDGE_HU, share(progress, 0.0, 0.2))
    words &= near.to_words()
    if airway is not None:
        words &= ~airway.to_words()
    mask = BitMask.from_words(shape_kji, words, Box.whole(shape_kji))
    voxel = max(int(np.ceil(VESSEL_MM / spacing[0])), 1)
    box = mask.box.grown(shape_kji, (voxel, voxel, voxel))
    ni = box.voxels_i(shape_kji)
    start = mask.words_in(box)
    wide = dilated(start, ni, spacing, VESSEL_MM, share(progress, 0.2, 0.6))
    closed = eroded(wide, ni, spacing, VESSEL_MM, share(progress, 0.6, 1.0))
    if airway is not None:
        closed &= ~airway.words_in(box)
    return BitMask.from_words(shape_kji, closed, box)


def _sides(survey: Survey, lungs: Blocks, spine: Spine | None) -> list[tuple[str, Blocks]]:
    """Return each lung's name and the blocks where its voxels are, border included."""
    spacing = survey.frame.spacing_zyx_mm
    around = grown(lungs, spacing, 2.0 * max(spacing))
    if spine is None:
        return [("Lung", around)]
    aside_mm = (np.arange(lungs.shape[2]) - spine.x[:, None]) * spacing[2]
    aside = np.broadcast_to(aside_mm[:, None, :], lungs.shape)
    core = opened(lungs, spacing, CORE_MM)
    left, right = core & (aside > SPLIT_MM), core & (aside < -SPLIT_MM)
    total = max(int(lungs.sum()), 1)
    named = [("Left lung", left), ("Right lung", right)]
    present = [(name, blocks) for name, blocks in named if blocks.sum() * survey.block_ml > 20.0]
    if len(present) < 2 or total == 0:
        return [(name, around) for name, _blocks in present]
    is_left = nearer(left, right, spacing)
    return [("Left lung", around & is_left), ("Right lung", around & ~is_left)]


def nearer(one: Blocks, two: Blocks, spacing: tuple[float, float, float]) -> Blocks:
    """Return the blocks that lie nearer to `one` than to `two`."""
    nx = one.shape[2]
    to_one = distance_mm(packed(one), nx, spacing)
    return np.asarray(to_one < distance_mm(packed(two), nx, spacing))


def _found(survey: Survey, name: str, mask: BitMask, blocks: Blocks) -> Found:
    ml = mask.voxels * survey.volume.grid.voxel_ml
    mean = float(survey.hu[blocks].mean()) if blocks.any() else 0.0
    told = [
        Finding(
            "anatomy-lung-air", values={"segment": name, "ml": round(ml), "mean_hu": round(mean)}
        )
    ]
    confidence = Confidence.HIGH
    if name == "Lung":
        told.append(Finding("anatomy-side-unknown", Severity.WARN, {"segment": name}))
        confidence = Confidence.LOW
    elif blocks[:, :, 0].any() or blocks[:, :, -1].any():
        told.append(Finding("anatomy-cut-off", Severity.WARN, {"segment": name}))
        confidence = Confidence.MEDIUM
    return Found(name, mask, confidence, tuple(told))
