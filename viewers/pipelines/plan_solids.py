"""Plan items as surfaces of the 3D view: small bodies that are made anew while they are dragged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from planning.case.case import Case
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item, ItemId, SegmentId
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.mesh import Mesh
from viewers import palette
from viewers.pipelines.handles import arrow_tip_lps_mm
from viewers.pipelines.plan_section import behind_lps_mm, cut_reach_mm, lines_of
from viewers.pipelines.plane import Triple, triple
from viewers.pipelines.scene import Surface
from viewers.pipelines.solids import arrow, ball, cylinder, square

OUT_LENGTHS: Final = 1.9
OUT_MM_MAX: Final = 100.0
BALL_MM: Final = 1.6
LINE_MM: Final = 0.35
ARROW_MM: Final = 0.7
ZONE_OPACITY: Final = 0.60
CUT_OPACITY: Final = 0.30


@dataclass(frozen=True, slots=True, eq=False)
class PlanSolids:
    """What the 3D view shows of a plan: surfaces, and where the names of items point to.

    `segment_ids` are the segments that items lie in; a zone's own is not among them. `zones` are
    the surfaces of no-go zones.
    """

    surfaces: tuple[Surface, ...] = ()
    anchors: tuple[tuple[Item, Triple], ...] = ()
    segment_ids: frozenset[SegmentId] = frozenset()
    zones: Mapping[ItemId, Mesh] = field(default_factory=dict)

    @property
    def looks(self) -> tuple[tuple[Mesh, str, float], ...]:
        """What decides on the picture; equal looks need no new one."""
        return tuple((s.mesh, s.colour, s.opacity_ratio) for s in self.surfaces)

    def anchored(self, seen_at: Mapping[Mesh, Triple]) -> "PlanSolids":
        """Return the same with names that point to where a zone is seen."""
        zones = self.zones
        return replace(
            self,
            anchors=tuple(
                (item, seen_at.get(zones[item.id], place) if item.id in zones else place)
                for item, place in self.anchors
            ),
        )


def plan_solids(case: Case, items: tuple[Item, ...], zones: Mapping[ItemId, Mesh]) -> PlanSolids:
    """Return the surfaces of items; a zone comes when its own is ready in `zones`."""
    surfaces: list[Surface] = []
    anchors: list[tuple[Item, Triple]] = []
    for item in items:
        surfaces += _surfaces(case, item, zones)
        if isinstance(item, Landmark):
            anchors.append((item, item.point_lps_mm))
        elif isinstance(item, NoGoZone) and item.id in zones and len(zones[item.id].points_lps_mm):
            anchors.append((item, _middle(zones[item.id])))
    needed = {i for item in items if not isinstance(item, NoGoZone) for i in item.segment_ids}
    seen = {item.id: zones[item.id] for item in items if item.id in zones}
    return PlanSolids(tuple(surfaces), tuple(anchors), frozenset(needed), seen)


def trajectory_out_lps_mm(item: Trajectory) -> Triple:
    """Return how far a trajectory is drawn out of the bone: 1.9 lengths, 100 mm at most."""
    length = float(np.linalg.norm(np.subtract(item.entry_lps_mm, item.target_lps_mm)))
    return behind_lps_mm(item, min(OUT_LENGTHS, OUT_MM_MAX / length))


def _surfaces(case: Case, item: Item, zones: Mapping[ItemId, Mesh]) -> Iterator[Surface]:
    """Yield the surfaces of one item."""
    if isinstance(item, Trajectory):
        path = cylinder(trajectory_out_lps_mm(item), item.target_lps_mm, item.diameter_mm / 2.0)
        yield Surface(path, palette.TRAJECTORY, 1.0, palette.PATH)
    elif isinstance(item, NoGoZone):
        if item.id in zones:
            colour = palette.zone_colour(is_forbidden=item.is_forbidden)
            yield Surface(zones[item.id], colour, ZONE_OPACITY, palette.REGION)
    elif isinstance(item, CutPlane):
        yield from _cut(case, item)
    elif isinstance(item, Landmark):
        yield Surface(ball(item.point_lps_mm, BALL_MM), palette.MEASURE, 1.0, palette.PATH)
    elif isinstance(item, Distance | Angle):
        for start, end in lines_of(item):
            yield Surface(cylinder(start, end, LINE_MM), palette.MEASURE, 1.0, palette.PATH)


def _cut(case: Case, item: CutPlane) -> Iterator[Surface]:
    """Yield the plane as a translucent square with its arrow."""
    masks = {segment.id: segment.mask for segment in case.segments}
    reach_mm = cut_reach_mm(item, case.volume.grid, masks.get(item.segment_id))
    plane = square(item.point_lps_mm, item.normal_lps, reach_mm)
    yield Surface(plane, palette.CUT, CUT_OPACITY, palette.REGION)
    tip = arrow_tip_lps_mm(item)
    yield Surface(arrow(item.point_lps_mm, tip, ARROW_MM), palette.CUT, 1.0, palette.PATH)


def _middle(mesh: Mesh) -> Triple:
    """Return the point of a mesh that lies nearest to the mean of all."""
    points = mesh.points_lps_mm
    away = np.linalg.norm(points - points.mean(axis=0), axis=1)
    return triple(points[int(away.argmin())])
