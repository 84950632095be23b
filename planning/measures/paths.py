"""Trajectories as cylinders, and the segments they are measured to."""

import numpy as np

from planning.case.case import Segment
from planning.geometry.cylinder import Cylinder
from planning.measures.measure import MeasureView
from planning.measures.quantity import Flag
from planning.measures.surfaces import Accepted
from planning.model.item import SegmentId
from planning.model.trajectory import Trajectory


def cylinder_of(item: Trajectory) -> Cylinder:
    """Return the trajectory's true cylinder, with flat ends at entry and target."""
    start, end = np.array(item.entry_lps_mm), np.array(item.target_lps_mm)
    return Cylinder(start, end, item.diameter_mm / 2.0)


def solid_segment(view: MeasureView, segment_id: SegmentId) -> Segment | None:
    """Return a segment with a surface; None for one that is empty or gone."""
    found = [one for one in view.case.segments if one.id == segment_id]
    return found[0] if found and not found[0].mask.is_empty else None


def flags_of(accepted: Accepted) -> tuple[Flag, ...]:
    """Return what must be known about numbers measured to a surface."""
    return (Flag.MASK_ONLY,) if accepted.is_mask_only else ()
