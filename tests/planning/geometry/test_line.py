"""Distances and angles of points and lines: formulas, invariance."""

import math

import numpy as np
import pytest
from hypothesis import assume, given

from planning.geometry.line import (
    angle_deg,
    length_mm,
    line_angle_deg,
)
from tests.planning.geometry.shapes import axes, motions, vectors


@pytest.mark.parametrize("degrees", [0.0, 1e-7, 0.3, 30.0, 90.0, 135.0, 179.9999999, 180.0])
def test_an_angle_is_the_one_it_was_made_with(degrees):
    turned = [3 * math.cos(math.radians(degrees)), 3 * math.sin(math.radians(degrees)), 0]
    assert angle_deg([5, 0, 0], turned) == pytest.approx(degrees, abs=1e-12)
    assert line_angle_deg([5, 0, 0], turned) == pytest.approx(min(degrees, 180 - degrees), abs=1e-9)


@given(motions, vectors, vectors, axes, axes)
def test_no_motion_changes_a_distance_or_an_angle(motion, p, p1, u, v):
    assume(np.linalg.norm(np.cross(u, v)) > 0)
    there = motion.points(np.stack([p, p1]))
    assert length_mm(there[0], there[1]) == pytest.approx(length_mm(p, p1), abs=1e-9)
    a, b = (motion.directions(w) for w in (u, v))
    assert angle_deg(a, b) == pytest.approx(angle_deg(u, v), abs=1e-9)
