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
        Trajectory.kind: _("K-wire {n}"),
        CutPlane.kind: _("Cut {n}"),
        NoGoZone.kind: _("No-go zone {n}"),
    }
    n = 1
    while (name := templates[kind].format(n=n)) in taken:
        n += 1
    return name
