"""Lengths and angles that follow from placed points alone."""

from collections.abc import Iterator

import numpy as np

from planning.geometry.line import angle_deg, length_mm
from planning.measures.measure import Measure, MeasureView
from planning.measures.quantity import Result, Rounding
from planning.model.angle import Angle
from planning.model.distance import Distance
from planning.model.trajectory import Trajectory

EUCLID = "Euclid; full float64 precision"


def _distance(measure: Measure, view: MeasureView, item: Distance) -> Iterator[Result]:
    yield measure.quantity(item.id, length_mm(item.start_lps_mm, item.end_lps_mm))


def _angle(measure: Measure, view: MeasureView, item: Angle) -> Iterator[Result]:
    apex = np.array(item.apex_lps_mm)
    legs = (np.array(end) - apex for end in (item.first_lps_mm, item.second_lps_mm))
    yield measure.quantity(item.id, angle_deg(*legs))


def _length(measure: Measure, view: MeasureView, item: Trajectory) -> Iterator[Result]:
    yield measure.quantity(item.id, length_mm(item.entry_lps_mm, item.target_lps_mm))


DISTANCE = Measure(
    name="distance",
    title="Distance",
    of=Distance,
    unit="mm",
    rounding=Rounding.NEAREST,
    definition="Straight distance of the two points.",
    source=EUCLID,
    results=_distance,
)
ANGLE = Measure(
    name="angle",
    title="Angle",
    of=Angle,
    unit="deg",
    rounding=Rounding.NEAREST,
    definition="Angle at the apex between the legs to the two other points, in space, 0 to 180°.",
    source=EUCLID,
    results=_angle,
)
TRAJECTORY_LENGTH = Measure(
    name="trajectory_length",
    title="Length",
    of=Trajectory,
    unit="mm",
    rounding=Rounding.UP,
    definition="Straight distance from entry to target along the axis; shown rounded up.",
    source=EUCLID,
    results=_length,
)
