"""Numbers with a unit, a definition and a source. Nothing here judges them.

A new measure is one file and one line in `MEASURES`.
"""

from collections.abc import Iterator
from typing import Final

from planning.case.case import Case, Segment
from planning.measures.axis_angles import FRONT_BACK, HEAD_FOOT, LEFT_RIGHT
from planning.measures.bone_margin import BONE_MARGIN
from planning.measures.lengths import ANGLE, DISTANCE, TRAJECTORY_LENGTH
from planning.measures.measure import Measure, MeasureView
from planning.measures.path_hu import MEAN, MINIMUM
from planning.measures.quantity import Flag, NotMeasured, Quantity, Result, Rounding
from planning.measures.volumes import KEPT, REMOVED, SEGMENT_VOLUME
from planning.measures.zone_clearance import ZONE_CLEARANCE
from planning.model.item import Item

__all__ = [
    "MEASURES",
    "Flag",
    "Measure",
    "MeasureView",
    "NotMeasured",
    "Quantity",
    "Result",
    "Rounding",
    "measured",
    "subjects",
]

MEASURES: Final[tuple[Measure, ...]] = (
    DISTANCE,
    ANGLE,
    TRAJECTORY_LENGTH,
    LEFT_RIGHT,
    FRONT_BACK,
    HEAD_FOOT,
    MEAN,
    MINIMUM,
    ZONE_CLEARANCE,
    BONE_MARGIN,
    KEPT,
    REMOVED,
    SEGMENT_VOLUME,
)


def subjects(case: Case) -> tuple[Item | Segment, ...]:
    """Return all that can be measured: the plan's items, then the segments."""
    return (*case.plan.items, *case.segments)


def measured(view: MeasureView, subject: Item | Segment) -> Iterator[Result]:
    """Yield every number of one item or segment, in the order of the registry."""
    for measure in MEASURES:
        if isinstance(subject, measure.of):
            yield from measure.results(measure, view, subject)
