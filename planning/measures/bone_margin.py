"""How much bone is left around a trajectory, or how far it breaches."""

from collections.abc import Iterator
from typing import Final

from planning.geometry.cylinder import Cylinder
from planning.geometry.query import first_entry_mm, least_signed_mm
from planning.measures.measure import Measure, MeasureView
from planning.measures.paths import cylinder_of, flags_of, solid_segment
from planning.measures.quantity import Result, Rounding
from planning.measures.surfaces import Accepted
from planning.model.trajectory import Trajectory

ENTRY_MM: Final = 5.0
SHORTEST_MM: Final = 0.1


def past_entry(item: Trajectory, bone: Accepted) -> Cylinder | None:
    """Return the part more than 5 mm behind where the axis enters the bone; None if none is left.

    All of it when the axis never enters: then all of it is outside.
    """
    whole = cylinder_of(item)
    entered_mm = first_entry_mm(bone.surface, whole)
    if entered_mm is None:
        return whole
    start_mm = entered_mm + ENTRY_MM
    if whole.length_mm - start_mm < SHORTEST_MM:
        return None
    return Cylinder(whole.start_mm + start_mm * whole.direction, whole.end_mm, whole.radius_mm)


def _bone(measure: Measure, view: MeasureView, item: Trajectory) -> Iterator[Result]:
    if item.segment_id is None:
        yield measure.without(item.id, "measure-no-bone", item=item.name)
        return
    segment = solid_segment(view, item.segment_id)
    if segment is None:
        names = {"item": item.name, "segment": item.segment_id}
        yield measure.without(item.id, "measure-no-surface", other=item.segment_id, **names)
        return
    accepted = view.surfaces.of(view.case, segment, view.progress)
    part = past_entry(item, accepted)
    if part is None:
        yield measure.without(item.id, "measure-too-short", item=item.name, entry_mm=ENTRY_MM)
        return
    yield measure.quantity(
        item.id,
        accepted.surely_mm(least_signed_mm(accepted.surface, part, inside=True)),
        other=segment.id,
        uncertainty_mm=accepted.bound_mm,
        flags=flags_of(accepted),
    )


BONE_MARGIN = Measure(
    name="bone_margin",
    title="Thinnest bone around the path",
    of=Trajectory,
    unit="mm",
    rounding=Rounding.DOWN,
    definition="Smallest distance of the trajectory's cylinder to the bone's surface from within, "
    "tip included, without the first 5 mm after the axis enters the bone; negative outside, by "
    "the furthest point that breaches. Shown rounded down.",
    source="After Gertzbein and Robbins 1990, Spine 15:11-14; doi 10.1186/s13018-020-01798-0",
    results=_bone,
)
