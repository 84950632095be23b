"""Volumes of segments, and how a cut plane shares one out."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from planning.case.case import Segment
from planning.geometry.plane import Plane
from planning.measures.measure import Measure, MeasureView
from planning.measures.quantity import Result, Rounding
from planning.measures.split import PARTS, removed_parts
from planning.model.cut_plane import CutPlane

GRAIN_PER_ML: Final = 1 << 20


def grains(parts: int, voxel_ml: float) -> int:
    """Return a volume in whole 2**-20 ml, so that sums of volumes are exact in any order."""
    return round(parts * voxel_ml / PARTS * GRAIN_PER_ML)


@dataclass(frozen=True, slots=True)
class Shares:
    """What a cut keeps and removes, in millilitres; both add up to `whole_ml` without rounding."""

    kept_ml: float
    removed_ml: float
    whole_ml: float


def shares(view: MeasureView, segment: Segment, plane: Plane) -> Shares:
    """Return how `plane` shares out a segment; what lies where its normal points is removed."""
    voxel_ml = view.case.volume.grid.voxel_ml
    removed = removed_parts(view.case.volume.grid, segment.mask, plane, view.progress)
    whole = grains(segment.mask.voxels * PARTS, voxel_ml)
    gone = min(grains(removed, voxel_ml), whole)
    return Shares((whole - gone) / GRAIN_PER_ML, gone / GRAIN_PER_ML, whole / GRAIN_PER_ML)


def _share(name: str, measure: Measure, view: MeasureView, item: CutPlane) -> Iterator[Result]:
    found = [one for one in view.case.segments if one.id == item.segment_id]
    if not found:
        names = {"item": item.name, "segment": item.segment_id}
        yield measure.without(item.id, "measure-no-surface", other=item.segment_id, **names)
        return
    cut = shares(view, found[0], Plane(np.array(item.point_lps_mm), np.array(item.normal_lps)))
    yield measure.quantity(item.id, getattr(cut, name), other=item.segment_id)


def _whole(measure: Measure, view: MeasureView, segment: Segment) -> Iterator[Result]:
    parts = segment.mask.voxels * PARTS
    yield measure.quantity(segment.id, grains(parts, view.case.volume.grid.voxel_ml) / GRAIN_PER_ML)


COUNTED = (
    "Counted voxels, split by the plane (Scardovelli and Zaleski 2000, doi 10.1006/jcph.2000.6567)"
)
KEPT = Measure(
    name="cut_kept",
    title="Kept",
    of=CutPlane,
    unit="ml",
    rounding=Rounding.NEAREST,
    definition="Volume of the segment's voxels behind the plane, each voxel split exactly where "
    "the plane passes; kept and removed add up to the whole. No blade thickness is taken off.",
    source=COUNTED,
    results=partial(_share, "kept_ml"),
)
REMOVED = Measure(
    name="cut_removed",
    title="Removed",
    of=CutPlane,
    unit="ml",
    rounding=Rounding.NEAREST,
    definition="Volume of the segment's voxels where the plane's normal points to, each voxel "
    "split exactly where the plane passes; kept and removed add up to the whole.",
    source=COUNTED,
    results=partial(_share, "removed_ml"),
)
SEGMENT_VOLUME = Measure(
    name="segment_volume",
    title="Volume",
    of=Segment,
    unit="ml",
    rounding=Rounding.NEAREST,
    definition="Number of the segment's voxels times the volume of one.",
    source="Counted voxels",
    results=_whole,
)
