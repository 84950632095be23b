"""Distances and angles of points, lines and segments: formulas, SciPy, invariance."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from planning.geometry.line import (
    angle_deg,
    length_mm,
    line_angle_deg,
    point_segment_mm,
    segment_segment_mm,
    signed_angle_deg,
)
from tests.planning.geometry.shapes import axes, motions, vectors


@pytest.mark.parametrize("degrees", [0.0, 1e-7, 0.3, 30.0, 90.0, 135.0, 179.9999999, 180.0])
def test_an_angle_is_the_one_it_was_made_with(degrees):
    turned = [3 * math.cos(math.radians(degrees)), 3 * math.sin(math.radians(degrees)), 0]
    assert angle_deg([5, 0, 0], turned) == pytest.approx(degrees, abs=1e-12)
    assert line_angle_deg([5, 0, 0], turned) == pytest.approx(min(degrees, 180 - degrees), abs=1e-9)
    seen = signed_angle_deg([5, 0, 7], np.add(turned, [0, 0, -9]), [0, 0, 2])
    assert seen == pytest.approx(degrees, abs=1e-9)
    if 0 < degrees < 180:
        assert signed_angle_deg([5, 0, 0], turned, [0, 0, -2]) == pytest.approx(-degrees, abs=1e-9)


def test_a_point_beside_before_and_behind_a_segment():
    points = [[3, 4, 0], [-3, 4, 0], [13, 4, 0]]
    assert point_segment_mm(points, [0, 0, 0], [10, 0, 0]) == pytest.approx([4, 5, 5])
    assert point_segment_mm([3, 4, 0], [0, 0, 0], [0, 0, 0]) == pytest.approx(5)


@given(vectors, vectors, vectors, vectors)
def test_the_distance_of_segments_is_that_of_a_bounded_least_square(p, p1, q, q1):
    found = lsq_linear(np.stack([p1 - p, q - q1], 1), q - p, bounds=(0, 1), tol=1e-14)
    second_road = math.sqrt(2 * found.cost)
    assert segment_segment_mm(p, p1, q, q1) <= second_road + 1e-6
    assert segment_segment_mm(p, p1, q, q1) == pytest.approx(second_road, abs=1e-3)


def test_segments_that_cross_touch_or_run_side_by_side():
    assert segment_segment_mm([-1, 0, 0], [1, 0, 0], [0, -1, 2], [0, 1, 2]) == pytest.approx(2)
    assert segment_segment_mm([-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0]) == pytest.approx(0)
    assert segment_segment_mm([0, 0, 0], [9, 0, 0], [3, 1, 0], [5, 1, 0]) == pytest.approx(1)
    assert segment_segment_mm([0, 0, 0], [1, 0, 0], [3, 0, 0], [5, 0, 0]) == pytest.approx(2)


@given(motions, vectors, vectors, vectors, axes, axes, st.booleans())
def test_no_motion_changes_a_distance_or_an_angle(motion, p, p1, q, u, v, is_axis):
    assume(np.linalg.norm(np.cross(u, v)) > 0)
    there = motion.points(np.stack([p, p1, q]))
    assert length_mm(there[0], there[1]) == pytest.approx(length_mm(p, p1), abs=1e-9)
    there_mm = segment_segment_mm(there[0], there[1], there[2], there[2])
    assert there_mm == pytest.approx(segment_segment_mm(p, p1, q, q), abs=1e-9)
    a, b, c = (motion.directions(w) for w in (u, v, np.cross(u, v) if is_axis else u + v * 0.1))
    assert angle_deg(a, b) == pytest.approx(angle_deg(u, v), abs=1e-9)
    if is_axis:
        assert signed_angle_deg(a, b, c) == pytest.approx(angle_deg(u, v), abs=1e-9)
