"""No trajectory comes nearer to a no-go zone than the zone's margin.

A zone that forbids blocks; one that warns is told of, in words of its own.
"""

from typing import Final

from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding
from planning.checks.limits import Limit, limits, surely_mm
from planning.checks.words import down, mm, up, up_fine
from planning.geometry.pairs import nearest_pair
from planning.measures import Quantity
from planning.measures.paths import cylinder_of
from planning.measures.zone_clearance import ZONE_CLEARANCE
from planning.model.item import LpsPoint
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone, ZoneRule
from segmentation.errors import Value

LIMIT_NAMES: Final = {
    ZoneRule.FORBID: "zone_clearance",
    ZoneRule.WARN: "zone_clearance_warn",
}
CODES: Final = {
    ZoneRule.FORBID: ("zone-near", "zone-entered"),
    ZoneRule.WARN: ("zone-warn-near", "zone-warn-entered"),
}
"""Of a path nearer than the margin, and of one inside the segment."""


def limit_of(zone: NoGoZone) -> Limit:
    """Return the limit that paths near a zone are held against."""
    return limits()[LIMIT_NAMES[zone.severity]]


def check(view: CheckView) -> Checked:
    """Hold each clearance, less its stated error, against the limit.

    People read the distance and the zone's margin, which the clearance is the difference of.
    """
    for item, clearance in view.quantities(ZONE_CLEARANCE.name):
        zone = next(one for one in view.case.plan.of(NoGoZone) if one.id == clearance.other)
        limit, (near, entered) = limit_of(zone), CODES[zone.severity]
        distance_mm = clearance.value + zone.margin_mm
        if limit.holds(surely_mm(clearance)):
            names: dict[str, Value] = {"item": item.name, "zone": zone.name}
            yield Passed("zone-clear", names, item.id, mm(down(distance_mm)))
            continue
        yield PlanFinding(
            near if distance_mm >= 0.0 else entered,
            limit.severity,
            _values(item, zone, clearance),
            item.id,
            zone.id,
            distance_mm,
            limit.value + zone.margin_mm,
            limit.unit,
            clearance.uncertainty_mm,
            found=mm(down(distance_mm)),
            limit_words=mm(up(zone.margin_mm)),
            place_lps_mm=_place(view, item, zone),
            limit_name=limit.name,
            can_reason=limit.can_reason,
        )


def _values(item: Trajectory, zone: NoGoZone, clearance: Quantity) -> dict[str, Value]:
    assert clearance.uncertainty_mm is not None
    distance_mm = clearance.value + zone.margin_mm
    return {
        "item": item.name,
        "zone": zone.name,
        "distance_mm": down(distance_mm),
        "depth_mm": -down(distance_mm),
        "margin_mm": up(zone.margin_mm),
        "uncertainty_mm": up_fine(clearance.uncertainty_mm),
        "least_mm": down(surely_mm(clearance) + zone.margin_mm),
    }


def _place(view: CheckView, item: Trajectory, zone: NoGoZone) -> LpsPoint:
    """Return the cylinder's point nearest to the zone, or its worst one inside."""
    surface = view.surfaces.of(view.case, view.case.segment(zone.segment_id)).surface
    return nearest_pair(surface, cylinder_of(item))[1]
