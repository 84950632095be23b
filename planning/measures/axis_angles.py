"""How a trajectory lies to the axes of the patient's coordinates."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from planning.geometry.line import line_angle_deg
from planning.measures.measure import Measure, MeasureView
from planning.measures.quantity import Result, Rounding
from planning.model.trajectory import Trajectory

SOURCE = "DICOM PS3.3 C.7.6.2.1.1, patient coordinate system"


def _angle(axis: int, measure: Measure, view: MeasureView, item: Trajectory) -> Iterator[Result]:
    along = np.array(item.target_lps_mm) - np.array(item.entry_lps_mm)
    yield measure.quantity(item.id, line_angle_deg(along, np.eye(3)[axis]))


LEFT_RIGHT = Measure(
    name="angle_to_left_right_axis",
    title="Angle to the left-right axis",
    of=Trajectory,
    unit="deg",
    rounding=Rounding.NEAREST,
    definition="Angle in space of the trajectory's line with the left-right axis of the scan's "
    "patient coordinates, 0 to 90°; the patient as positioned, not an axis of the bone.",
    source=SOURCE,
    results=partial(_angle, 0),
)
FRONT_BACK = Measure(
    name="angle_to_front_back_axis",
    title="Angle to the front-back axis",
    of=Trajectory,
    unit="deg",
    rounding=Rounding.NEAREST,
    definition="Angle in space of the trajectory's line with the anterior-posterior axis of the "
    "scan's patient coordinates, 0 to 90°; the patient as positioned, not an axis of the bone.",
    source=SOURCE,
    results=partial(_angle, 1),
)
HEAD_FOOT = Measure(
    name="angle_to_head_foot_axis",
    title="Angle to the head-foot axis",
    of=Trajectory,
    unit="deg",
    rounding=Rounding.NEAREST,
    definition="Angle in space of the trajectory's line with the superior-inferior axis of the "
    "scan's patient coordinates, 0 to 90°; the patient as positioned, not an axis of the bone.",
    source=SOURCE,
    results=partial(_angle, 2),
)
