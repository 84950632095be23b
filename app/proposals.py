"""New plan items from what a person clicked, with a name that no other item has."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from app.language import translate as _
from planning.case.case import Case, Segment
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item, ItemId, LpsPoint
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone

DIAMETER_MM: Final = 3.0
MARGIN_MM: Final = 2.0
SAMPLES: Final = 128
CLICKS: Final[Mapping[str, int]] = {
    Landmark.kind: 1,
    Distance.kind: 2,
    Angle.kind: 3,
    Trajectory.kind: 2,
    CutPlane.kind: 2,
    NoGoZone.kind: 0,
}


def new_item(
    kind: str, case: Case, points: Sequence[LpsPoint], normal_lps: LpsPoint, segment: Segment | None
) -> Item:
    """Return an item of a kind through clicked points, on the chosen segment where it has one.

    A cut plane passes through its two points, square to the slice that looks along `normal_lps`.

    Raises
    ------
    Refusal
        What the item's own numbers bring up, such as two points in one place.
    """
    own, name = ItemId(uuid.uuid4().hex[:12]), proposed_name(kind, case, segment)
    if kind == CutPlane.kind and segment is not None:
        first, second = np.array(points[0]), np.array(points[1])
        middle, normal = (first + second) / 2.0, np.cross(second - first, normal_lps)
        return CutPlane(own, name, _triple(middle), _triple(normal), segment.id)
    if kind == NoGoZone.kind and segment is not None:
        return NoGoZone(own, name, segment.id, MARGIN_MM)
    if kind == Trajectory.kind:
        is_zone = segment is not None and any(
            zone.segment_id == segment.id for zone in case.plan.of(NoGoZone)
        )
        is_bone = segment is not None and not segment.mask.is_empty and not is_zone
        bone = segment.id if segment is not None and is_bone else None
        return Trajectory(own, name, points[0], points[1], DIAMETER_MM, bone)
    if kind == Distance.kind:
        return Distance(own, name, points[0], points[1])
    if kind == Angle.kind:
        return Angle(own, name, points[0], points[1], points[2])
    return Landmark(own, name, points[0])


def ground(
    kind: str, case: Case, points: Sequence[LpsPoint], chosen: Segment | None
) -> Segment | None:
    """Return the segment that an item belongs to: the one it was clicked in, or the chosen one.

    A path and a cut belong to the segment that holds most of the line between their clicks, a
    zone to the chosen segment unless another item already runs in it.
    """
    if kind == NoGoZone.kind:
        taken = {own for item in case.plan.items for own in item.segment_ids}
        free = [s for s in case.segments if s.id not in taken and not s.mask.is_empty]
        return next((s for s in free if s is chosen), next(iter(free), chosen))
    if kind not in (Trajectory.kind, CutPlane.kind):
        return chosen
    zones = {zone.segment_id for zone in case.plan.of(NoGoZone)}
    ways = np.linspace(0.0, 1.0, SAMPLES)[:, None]
    line_lps_mm = (1.0 - ways) * np.array(points[0]) + ways * np.array(points[1])
    kji = np.rint(case.volume.grid.ijk(line_lps_mm)).astype(np.int64)[:, ::-1]
    held = {s.id: int(s.mask.holds(kji).sum()) for s in case.segments if s.id not in zones}
    most = max(held.values(), default=0)
    if most == 0 or (chosen is not None and held.get(chosen.id) == most):
        return chosen
    return next(s for s in case.segments if held.get(s.id) == most)


def _triple(point: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> LpsPoint:
    x, y, z = (float(n) for n in point)
    return x, y, z


def proposed_name(kind: str, case: Case, segment: Segment | None) -> str:
    """Return a name that no item of the plan has; a zone is called as its segment is."""
    taken = {item.name for item in case.plan.items}
    if kind == NoGoZone.kind and segment is not None and segment.name not in taken:
        return segment.name
    templates = {
        Landmark.kind: _("Landmark {n}"),
        Distance.kind: _("Distance {n}"),
        Angle.kind: _("Angle {n}"),
        Trajectory.kind: _("Trajectory {n}"),
        CutPlane.kind: _("Cut {n}"),
        NoGoZone.kind: _("No-go zone {n}"),
    }
    n = 1
    while (name := templates[kind].format(n=n)) in taken:
        n += 1
    return name
