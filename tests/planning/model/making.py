"""One item of each kind, and random valid ones."""

import math
from itertools import pairwise

from hypothesis import strategies as st

from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Input, ItemId, SegmentId
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone, ZoneRule

BONE = SegmentId("id-bone")
coordinate = st.floats(-500.0, 500.0)
points = st.tuples(coordinate, coordinate, coordinate)
BONES = st.just(BONE)


def one_of_each(origin=(0.0, 0.0, 0.0), segment_id=BONE):
    """Items within 2 mm of `origin`."""
    x, y, z = origin
    there = (x + 1.0, y + 0.5, z + 0.25)
    return (
        Landmark(ItemId("i1"), "centre", origin),
        Distance(ItemId("i2"), "width", origin, there),
        Angle(ItemId("i3"), "tilt", (x + 1.0, y, z), origin, there),
        Trajectory(ItemId("i4"), "screw", origin, (x, y, z + 2.0), 3.5, segment_id),
        CutPlane(ItemId("i5"), "cut", origin, (0.0, 0.6, 0.8), segment_id),
        NoGoZone(ItemId("i6"), "canal", segment_id, 2.0, derived_from=(Input("id-bone", "ab"),)),
    )


def items_strategy(ids, names, where=points, segments=BONES):
    """Random items, all valid."""

    def apart(drawn):
        return all(math.dist(a, b) > 1.0 for a, b in pairwise(drawn))

    two = st.tuples(where, where).filter(apart)
    three = st.tuples(where, where, where).filter(apart)
    normal = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: math.hypot(*v) > 1e-3)
    diameter, margin = st.floats(0.1, 50), st.floats(0, 100)
    return st.one_of(
        st.builds(Landmark, ids, names, where),
        st.builds(lambda i, n, p: Distance(i, n, *p), ids, names, two),
        st.builds(lambda i, n, p: Angle(i, n, *p), ids, names, three),
        st.builds(
            lambda i, n, p, d, s: Trajectory(i, n, *p, d, s),
            ids, names, two, diameter, st.none() | segments,
        ),
        st.builds(CutPlane, ids, names, where, normal, segments),
        st.builds(NoGoZone, ids, names, segments, margin, st.sampled_from(ZoneRule)),
    )  # fmt: skip
