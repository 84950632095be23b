"""How far a trajectory stays from each no-go zone."""

from collections.abc import Iterator

from planning.geometry.query import least_signed_mm
from planning.measures.measure import Measure, MeasureView
from planning.measures.paths import cylinder_of, flags_of, solid_segment
from planning.measures.quantity import Result, Rounding
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone


def _zones(measure: Measure, view: MeasureView, item: Trajectory) -> Iterator[Result]:
    for zone in view.case.plan.of(NoGoZone):
        segment = solid_segment(view, zone.segment_id)
        if segment is None:
            names = {"item": zone.name, "segment": zone.segment_id}
            yield measure.without(item.id, "measure-no-surface", other=zone.id, **names)
            continue
        accepted = view.surfaces.of(view.case, segment, view.progress)
        least_mm = least_signed_mm(accepted.surface, cylinder_of(item), inside=False)
        yield measure.quantity(
            item.id,
            accepted.surely_mm(least_mm) - zone.margin_mm,
            other=zone.id,
            uncertainty_mm=accepted.bound_mm,
            flags=flags_of(accepted),
        )


ZONE_CLEARANCE = Measure(
    name="zone_clearance",
    title="Clearance to no-go zone",
    of=Trajectory,
    unit="mm",
    rounding=Rounding.DOWN,
    definition="Smallest distance of the trajectory's whole cylinder, flat ends included, to the "
    "surface of the zone's segment, less the zone's margin; negative inside, by the depth of the "
    "cylinder's worst point. Shown rounded down.",
    source="Exact distance of solid cylinder and triangles; bound measured on balls",
    results=_zones,
)
