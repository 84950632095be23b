"""A plan as a scene for a headset: surfaces, paths, planes, zones, landmarks and a cube of 100 mm.

Everything in it says that it is a picture of the plan and nothing to navigate by.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Final

import numpy as np

from planning.case.case import Segment, Side
from planning.exchange import ar_shapes
from planning.exchange.ar_thin import TRIANGLES_MAX, Thinned, thinned_segments
from planning.exchange.exporter import Handover
from planning.exchange.glb_file import Json, Part, Shape, glb_bytes, lps_mm_from_metres
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item, SegmentId
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone, ZoneRule
from segmentation.errors import Refusal
from segmentation.mesh import Points
from segmentation.progress import Progress

BONE_RATIO, BESIDE_RATIO, ZONE_RATIO, SHEET_RATIO, CUBE_RATIO = 0.55, 0.2, 0.6, 0.3, 0.2
PATH, CUT, LANDMARK, LINE, CUBE = "#FFC83D", "#4C7DFF", "#FFFFFF", "#8FB4FF", "#AAB4C0"
ZONES: Final = {ZoneRule.FORBID: "#FF5A5A", ZoneRule.WARN: "#FF9A3D"}
MODE: Final = "visualisation"
NOTICE: Final = "VISUALISATION, NOT FOR NAVIGATION"
CUBE_NAME: Final = "100 mm check cube"
CUBE_TEXT: Final = "Each edge measures 100 mm. Where it does not, do not use this scene."
CUBE_APART_MM: Final = 30.0
SIDES: Final = {Side.LEFT: "LEFT", Side.RIGHT: "RIGHT", Side.BOTH: "BOTH SIDES", Side.NONE: ""}


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Parts, the point that they are told about, what the file says of itself, and the error."""

    parts: tuple[Part, ...]
    anchor_lps_mm: tuple[float, float, float]
    extras: Mapping[str, Json]
    deviation_mm: float

    def glb(self) -> bytes:
        """Return the scene as GLB."""
        return glb_bytes(self.parts, self.anchor_lps_mm, self.extras)


def scene_of(handover: Handover, progress: Progress) -> Scene:
    """Return the scene of what is handed over.

    Raises
    ------
    Refusal
        `ar-surface-far` and `ar-scene-too-large` when it can't be made light enough.
    """
    surfaces = thinned_segments(handover, progress)
    parts = [*_Parts(handover, surfaces).all()]
    low, high = bounds(parts, handover)
    corner = np.array([high[0] + CUBE_APART_MM, (low[1] + high[1]) / 2.0 - 50.0, low[2]])
    about_cube = {"kind": "check_cube", "edge_mm": ar_shapes.CUBE_MM, "text": CUBE_TEXT}
    name = marked(handover, CUBE_NAME)
    parts.append(Part(name, about_cube, ar_shapes.cube(corner), CUBE, CUBE_RATIO))
    triangles_n = sum(len(one.shape.mesh.triangles) for one in parts)
    if triangles_n > TRIANGLES_MAX:
        raise Refusal("ar-scene-too-large", triangles=triangles_n, limit=TRIANGLES_MAX)
    x, y, z = (float(one) for one in np.round((low + high) / 2.0))
    extras = about(handover, (x, y, z))
    most_mm = max((one.deviation_mm for one in surfaces), default=0.0)
    return Scene(tuple(parts), (x, y, z), extras, most_mm)


def marked(handover: Handover, name: str) -> str:
    """Return a name behind the marks that apply, such as `DRAFT SIM wire`."""
    return " ".join((*handover.marks, name))


def about(handover: Handover, anchor_lps_mm: tuple[float, float, float]) -> Mapping[str, Json]:
    """Return what the file says of itself, in `asset.extras`."""
    case = handover.case
    return {
        "schema": "tasrif-scene",
        "schema_version": 1,
        "mode": MODE,
        "notice": NOTICE,
        "case_code": case.identity.code,
        "side": str(case.side),
        "plan_id": str(case.id),
        "version": case.version,
        "state": handover.state,
        "kind": str(case.kind),
        "plan_sha256": hashlib.sha256(handover.plan).hexdigest(),
        "frame": {"uid": case.volume.grid.frame_uid, "convention": "LPS", "unit": "mm"},
        "anchor_lps_mm": list(anchor_lps_mm),
        "lps_mm_from_metres": lps_mm_from_metres(anchor_lps_mm),
        "unit": "m",
        "up": "+Y",
    }


def bounds(parts: Sequence[Part], handover: Handover) -> tuple[Points, Points]:
    """Return the lowest and the highest corner of all that is drawn; the CT's middle for none."""
    places = [np.zeros((0, 3))]
    for part in parts:
        shift = part.shape.place_lps_mm or (0.0, 0.0, 0.0)
        ends = part.shape.lines_lps_mm.reshape(-1, 3)
        places += [part.shape.mesh.points_lps_mm + shift, ends + shift]
    every = np.concatenate(places)
    if not len(every):
        grid = handover.case.volume.grid
        every = grid.lps_mm((np.array(grid.shape_kji[::-1]) - 1.0) / 2.0).reshape(1, 3)
    return every.min(axis=0), every.max(axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """The parts of a scene, one after the other."""

    handover: Handover
    surfaces: tuple[Thinned, ...]

    def all(self) -> Iterator[Part]:
        """Yield the notice, the surfaces, then the parts of every item in the plan's order."""
        case = self.handover.case
        shapes = {one.segment.id: Shape(one.mesh) for one in self.surfaces}
        words = (NOTICE, case.identity.code, SIDES[case.side])
        text = marked(self.handover, " | ".join(word for word in words if word))
        yield Part(text, {"kind": "notice", "text": text}, Shape(), LINE)
        for one in self.surfaces:
            segment = one.segment
            extras = {
                "kind": "segment",
                "id": str(segment.id),
                "deviation_mm": one.deviation_mm,
                "triangles": len(one.mesh.triangles),
            }
            name = marked(self.handover, segment.name)
            shape, shown = shapes[segment.id], self._opacity_ratio(segment)
            yield Part(name, extras, shape, segment.colour, shown)
        for item in case.plan.items:
            yield from self.of(item, shapes)

    def _opacity_ratio(self, segment: Segment) -> float:
        """Return how solid a surface is: paths are seen through their bone, and past others."""
        plan = self.handover.case.plan
        if any(segment.id == one.segment_id for one in plan.of(Trajectory)):
            return min(BONE_RATIO, segment.opacity_ratio)
        is_beside = any(one.segment_ids for one in plan.items) and not plan.needing(segment.id)
        return min(BESIDE_RATIO, segment.opacity_ratio) if is_beside else segment.opacity_ratio

    def _part(self, item: Item, shape: Shape, colour: str, **more: Json) -> Part:
        extras = {"kind": item.kind, "id": str(item.id), **more}
        return Part(marked(self.handover, item.name), extras, shape, colour)

    @singledispatchmethod
    def of(self, item: Item, shapes: Mapping[SegmentId, Shape]) -> Iterator[Part]:
        """Yield the parts of one item."""
        raise NotImplementedError(item.kind)

    @of.register
    def _(self, item: Landmark, shapes: Mapping[SegmentId, Shape]) -> Iterator[Part]:
        place = list(item.point_lps_mm)
        yield self._part(item, ar_shapes.ball(item.point_lps_mm), LANDMARK, point_lps_mm=place)
        extras = {"kind": "registration_target", "id": str(item.id), "point_lps_mm": place}
        name = marked(self.handover, f"{item.name} (registration)")
        yield Part(name, extras, Shape(place_lps_mm=item.point_lps_mm), LANDMARK)

    @of.register
    def _(self, item: Distance, shapes: Mapping[SegmentId, Shape]) -> Iterator[Part]:
        ends = {"start_lps_mm": list(item.start_lps_mm), "end_lps_mm": list(item.end_lps_mm)}
        length_mm = math.dist(item.start_lps_mm, item.end_lps_mm)
        shape = ar_shapes.chain(item.start_lps_mm, item.end_lps_mm)
        yield self._part(item, shape, LINE, **ends, length_mm=length_mm)

    @of.register
    def _(self, item: Angle, shapes: Mapping[SegmentId, Shape]) -> Iterator[Part]:
        places = {point: list(getattr(item, point)) for point in item.points}
        yield self._part(item, ar_shapes.chain(*item.places_lps_mm), LINE, **places)

    @of.register
    def _(self, item: Trajectory, shapes: Mapping[SegmentId, Shape]) -> Iterator[Part]:
        more = {
            "entry_lps_mm": list(item.entry_lps_mm),
            "target_lps_mm": list(item.target_lps_mm),
            "diameter_mm": item.diameter_mm,
            "length_mm": math.dist(item.entry_lps_mm, item.target_lps_mm),
            "segment_id": item.segment_id,
        }
        yield self._part(item, ar_shapes.path(item), PATH, **more)

    @of.register
    def _(self, item: CutPlane, shapes: Mapping[SegmentId, Shape]) -> Iterator[Part]:
        more = {
            "point_lps_mm": list(item.point_lps_mm),
            "normal_lps": list(item.normal_lps),
            "segment_id": str(item.segment_id),
        }
        cut = shapes.get(item.segment_id, Shape()).mesh.points_lps_mm
        part = self._part(item, ar_shapes.sheet(item, cut), CUT, **more)
        yield Part(part.name, part.extras, part.shape, CUT, SHEET_RATIO, is_sheet=True)

    @of.register
    def _(self, item: NoGoZone, shapes: Mapping[SegmentId, Shape]) -> Iterator[Part]:
        more = {
            "segment_id": str(item.segment_id),
            "margin_mm": item.margin_mm,
            "severity": item.severity.value,
            "shows": "surface without margin",
        }
        tone = ZONES[item.severity]
        part = self._part(item, shapes.get(item.segment_id, Shape()), tone, **more)
        yield Part(part.name, part.extras, part.shape, tone, ZONE_RATIO)
