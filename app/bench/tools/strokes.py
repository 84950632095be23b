"""A brush stroke: from the moved mouse to the pictures, with its undo record."""

from collections.abc import Iterator

import numpy as np

from app.bench.job import Job
from app.bench.material import LOWER_HU, UPPER_HU, Material
from app.segmenting import applied, edits_for
from planning.case.case import (
    Case,
    CaseId,
    Identity,
    Kind,
    Outcome,
    Segment,
    SegmentId,
    Side,
    Source,
)
from planning.case.history import History
from planning.model.plan import Plan
from segmentation.effects.effect import recipe
from segmentation.effects.paint import Paint
from segmentation.effects.setting import LpsPoint
from segmentation.effects.threshold import Threshold
from viewers.pipelines.pictures import SlicePictures
from viewers.pipelines.plane import PlaneKind, patient_plane
from viewers.pipelines.slice import Window
from viewers.widgets.mask_path import carried

STROKE_MS = 16.0
RADIUS_MM, MOVE_MM = 5.0, 3.0
PICTURE_PX = (512, 512)
TURN_RAD, WAY_MM = 0.37, 60.0
VIEWS = (PlaneKind.AXIAL, PlaneKind.CORONAL, PlaneKind.SAGITTAL)


class Brush:
    """A brush that goes round in the middle of a CT whose bone is a segment, as in three views."""

    def __init__(self, material: Material) -> None:
        volume = material.volume
        self._grid, self._turn = volume.grid, 0
        source = Source("1.2.3", "1.2.3.4", "2026-01-01", "CT", "Bench", Outcome.PLAN_GRADE)
        made_by = f"[{recipe(Threshold(LOWER_HU, UPPER_HU))}]"
        bone = Segment(SegmentId("bone"), "bone", material.bone, "#E6D3A8", recipe=made_by)
        self._history = History(
            Case(
                *(CaseId("bench"), Kind.SIMULATION, Identity("BENCH"), Side.NONE, source, volume),
                *((bone,), Plan()),
            )
        )
        mm_per_px = max(
            n * mm for n, mm in zip(volume.grid.shape_kji, volume.grid.spacing_kji_mm, strict=True)
        )
        self._planes = [
            patient_plane(view, volume.grid.centre_lps_mm, mm_per_px / PICTURE_PX[0], PICTURE_PX)
            for view in VIEWS
        ]
        self._views = [SlicePictures() for _ in VIEWS]

    def stroke(self) -> int:
        """Paint one move of the mouse into the case, then draw all views; return their loops."""
        case = self._history.case
        segment = case.segments[0]
        paint = Paint(self._move(), RADIUS_MM)
        for edit in edits_for(case, segment, paint, applied(case, segment, paint)):
            self._history.do(edit)
        mask = self._history.case.segments[0].mask
        loops = 0
        for pictures, plane in zip(self._views, self._planes, strict=True):
            if not carried(self._grid, segment.mask, mask, plane, pictures):
                pictures.grey(case.volume, plane, Window(), 1.0)
            loops += len(pictures.outline(self._grid, mask, plane))
        return loops

    def _move(self) -> tuple[LpsPoint, ...]:
        """Return the next bit of the way."""
        self._turn += 1
        turns = self._turn * TURN_RAD + np.array((0.0, MOVE_MM / WAY_MM))
        x, y, z = self._grid.centre_lps_mm
        return tuple((x + WAY_MM * np.cos(t), y + WAY_MM * np.sin(t), z) for t in turns.tolist())


def jobs(material: Material) -> Iterator[Job]:
    """Yield the job on one CT; there is no peer that can be asked without its window."""
    brush = Brush(material)
    yield Job("brush stroke to three pictures", material.size, brush.stroke, budget_ms=STROKE_MS)
