"""Planes by their formulas and under rigid motion."""

import numpy as np
import pytest
from hypothesis import given

from planning.geometry.plane import Plane
from tests.planning.geometry.shapes import axes, motions, vectors


def test_signed_distance_of_a_level_plane():
    plane = Plane([0, 0, 5], [0, 0, 2])
    assert plane.signed_mm([[1, 2, 8], [1, 2, 1]]) == pytest.approx([3, -4])


def test_angles_of_planes_and_lines():
    level, steep = Plane([0, 0, 0], [0, 0, 1]), Plane([9, 9, 9], [0, 1, 1])
    assert level.angle_deg(steep) == pytest.approx(45)
    assert level.line_angle_deg([1, 0, 0]) == pytest.approx(0)
    assert level.line_angle_deg([0, 0, -1]) == pytest.approx(90)
    assert level.line_angle_deg([0, -1, 1]) == pytest.approx(45)


@given(motions, vectors, axes, vectors)
def test_no_motion_changes_a_signed_distance(motion, point, normal, other):
    here = Plane(point, normal)
    there = Plane(motion.points(point), motion.directions(normal))
    assert there.signed_mm(motion.points(other)) == pytest.approx(here.signed_mm(other), abs=1e-9)


def test_a_plane_without_direction_is_a_bug():
    with pytest.raises(ValueError, match="direction"):
        Plane(np.zeros(3), np.zeros(3))
