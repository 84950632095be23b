"""Rigid motions by their formulas: lengths, hands, there and back."""

import numpy as np
import pytest
from hypothesis import given

from planning.geometry.rigid import Rigid, unit
from segmentation.errors import Refusal
from tests.planning.geometry.shapes import motions, vectors


@given(motions, motions, vectors)
def test_motions_compose_and_invert(b_from_a, c_from_b, point_a):
    c_from_a = c_from_b @ b_from_a
    point_c = c_from_b.points(b_from_a.points(point_a))
    assert c_from_a.points(point_a) == pytest.approx(point_c, abs=1e-9)
    assert c_from_a.inverse.points(point_c) == pytest.approx(point_a, abs=1e-9)


@given(motions, vectors, vectors)
def test_motions_keep_lengths_and_hands(motion, p, q):
    there = motion.points(np.stack([p, q]))
    assert np.linalg.norm(there[1] - there[0]) == pytest.approx(np.linalg.norm(q - p), abs=1e-9)
    turned = np.cross(motion.directions([1, 0, 0]), motion.directions([0, 1, 0]))
    assert turned == pytest.approx(motion.directions([0, 0, 1]), abs=1e-12)


def test_a_quarter_turn_about_z_takes_x_to_y():
    assert Rigid.turn([0, 0, 3], 90).points([2, 0, 1]) == pytest.approx([0, 2, 1], abs=1e-15)
    assert Rigid.identity().points([1, 2, 3]) == pytest.approx([1, 2, 3])


@pytest.mark.parametrize(
    "rotation", [np.diag([1, 1, -1]), np.diag([1, 1, 1.01]), np.full((3, 3), np.nan)]
)
def test_mirrors_scales_and_nans_are_refused(rotation):
    with pytest.raises(Refusal) as refused:
        Rigid(rotation, np.zeros(3))
    assert refused.value.code == "motion-not-rigid"


def test_what_is_no_motion_or_direction_is_a_bug():
    with pytest.raises(ValueError, match="3x3"):
        Rigid(np.eye(4), np.zeros(3))
    for bad in ([0, 0, 0], [np.inf, 0, 0], [np.nan, 0, 0], [1, 0]):
        with pytest.raises(ValueError, match="direction"):
            unit(bad)
