"""What a case opens with: the body in sight at one scale, the crosshair in what matters."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from planning.case.case import Case
from segmentation.effects.effect import SegmentView
from segmentation.effects.islands import Islands
from segmentation.effects.margin import Margin
from segmentation.effects.threshold import Threshold
from segmentation.grid import Grid, Point
from segmentation.mask import BitMask
from segmentation.volume import Volume
from viewers.pipelines.coverage import corners_lps_mm, voxel_box, voxels_in
from viewers.pipelines.plane import AXES, PlaneKind, Triple, triple
from viewers.pipelines.slice import bone_centre_lps_mm

BODY_HU: Final = -300
COARSE_MM: Final = 3.0
SHELL_MM: Final = 4.0
MARGIN: Final = 1.04
NEAR_VOXELS: Final = 4
BONE_WINDOW: Final = (2200.0, 480.0)
SOFT_WINDOW: Final = (400.0, 40.0)
BRIGHT_PERCENT: Final = 95.0
CORTEX_HU: Final = 250.0


@dataclass(frozen=True, slots=True)
class FirstView:
    """The crosshair, the middle of all slices, and their common scale."""

    crosshair_lps_mm: Triple
    centre_lps_mm: Triple
    mm_per_px: float


def first_view(case: Case, sizes_px: Mapping[PlaneKind, tuple[int, int]]) -> FirstView:
    """Return what a case opens with in slices of these sizes."""
    corners = body_corners_lps_mm(case.volume)
    centre = (corners.min(axis=0) + corners.max(axis=0)) / 2.0
    scale = max(fitted(corners, kind, size) for kind, size in sizes_px.items())
    return FirstView(triple(first_point_lps_mm(case)), triple(centre), scale)


def first_window(case: Case) -> tuple[float, float]:
    """Return the width and level in HU that a case opens with: bone, or soft tissue on an organ.

    The case's first segment decides by its brightest voxels: bone of any age has a cortex.
    """
    mask = next((s.mask for s in case.segments if not s.mask.is_empty), None)
    if mask is None:
        return BONE_WINDOW
    block = voxel_box(mask)
    hu = case.volume.hu[block][voxels_in(mask, block)]
    return SOFT_WINDOW if float(np.percentile(hu, BRIGHT_PERCENT)) < CORTEX_HU else BONE_WINDOW


def fitted(corners_of_box_lps_mm: Point, kind: PlaneKind, size_px: tuple[int, int]) -> float:
    """Return the mm per pixel at which a box, with a margin of 4 %, fits a slice."""
    reach = np.ptp(corners_of_box_lps_mm @ np.array(AXES[kind]).T, axis=0)
    return float((reach / np.array(size_px)).max()) * MARGIN


def body_corners_lps_mm(volume: Volume) -> Point:
    """Return the corners (8, 3) of the box around the body; of the grid where none is found.

    The largest part above -300 HU on voxels of about 3 mm. The scanner's table is a thin shell:
    it falls to an erosion of 4 mm, and what falls off the body's rim with it comes back.
    """
    coarse = _coarse(volume)
    steps = (
        Threshold(lower_hu=BODY_HU),
        Margin(margin_mm=-SHELL_MM),
        Islands(keep="largest"),
        Margin(margin_mm=SHELL_MM),
    )
    mask = BitMask.empty(coarse.grid.shape_kji)
    for step in steps:
        mask = step.apply(SegmentView(coarse, mask))
        if mask.is_empty:
            nk, nj, ni = volume.grid.shape_kji
            return corners_lps_mm(volume.grid, (slice(0, nk), slice(0, nj), slice(0, ni)))
    return corners_lps_mm(coarse.grid, voxel_box(mask))


def first_point_lps_mm(case: Case) -> Point:
    """Return the middle of the first visible segment, or of the bone where there is none."""
    for segment in case.segments:
        if segment.is_visible and not segment.mask.is_empty:
            return middle_lps_mm(case.volume.grid, segment.mask)
    return bone_centre_lps_mm(case.volume)


def middle_lps_mm(grid: Grid, mask: BitMask) -> Point:
    """Return the centre of the mask's voxel that lies nearest to its centroid."""
    block = voxel_box(mask)
    voxels = voxels_in(mask, block)
    sums = (voxels.sum(axis=(1, 2)), voxels.sum(axis=(0, 2)), voxels.sum(axis=(0, 1)))
    centroid = np.array([float(s @ np.arange(s.size)) / float(s.sum()) for s in sums])
    spacing = np.array(grid.spacing_kji_mm)
    reach_mm = NEAR_VOXELS * spacing.max()
    while True:
        low = np.maximum(np.floor(centroid - reach_mm / spacing), 0).astype(int)
        high = np.ceil(centroid + reach_mm / spacing).astype(int) + 1
        near = np.argwhere(voxels[tuple(map(slice, low, high))]) + low
        away = np.linalg.norm((near - centroid) * spacing, axis=1)
        if away.size and away.min() <= reach_mm:  # nothing outside the box can be nearer
            kji = near[away.argmin()] + [part.start for part in block]
            return grid.lps_mm(kji[::-1])
        reach_mm *= 2.0


def _coarse(volume: Volume) -> Volume:
    """Return every n-th voxel, so that voxels measure about 3 mm."""
    grid = volume.grid
    strides = [
        max(1, min(round(COARSE_MM / spacing), size // 4))
        for spacing, size in zip(grid.spacing_kji_mm, grid.shape_kji, strict=True)
    ]
    hu = volume.hu[:: strides[0], :: strides[1], :: strides[2]]
    k, j, i = (s * n for s, n in zip(grid.spacing_kji_mm, strides, strict=True))
    return Volume(hu, replace(grid, shape_kji=hu.shape, spacing_kji_mm=(k, j, i)))
