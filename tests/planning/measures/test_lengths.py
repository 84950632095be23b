"""Lengths and angles of items by formula, and in any pose."""

import numpy as np
import pytest
from hypothesis import given

from planning.case.edits import AddItem
from planning.measures import MEASURES, NotMeasured, Rounding
from planning.model.angle import Angle
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.trajectory import Trajectory
from segmentation.volume import Volume
from tests.planning.geometry.shapes import motions
from tests.planning.measures.making import case_of, grid_about, numbers

ROOM = grid_about((0, 0, 0), (9, 9, 9), (100.0, 100.0, 100.0))
CASE = case_of(Volume(np.zeros(ROOM.shape_kji, np.int16), ROOM))
ITEMS = (
    Distance(ItemId("d"), "d", (0, 0, 0), (3, 4, 12)),
    Angle(ItemId("a"), "a", (5, 0, 0), (0, 0, 0), (-1, 3**0.5, 0)),
    Trajectory(ItemId("t"), "t", (0, 0, 0), (30, 0, 40), 5.0),
)


def value(item, name):
    return numbers(CASE, item)[name].value


def test_items_measure_what_their_formulas_say():
    distance, angle, path = ITEMS
    assert value(distance, "distance") == pytest.approx(13)
    assert value(angle, "angle") == pytest.approx(120)
    assert value(path, "trajectory_length") == pytest.approx(50)
    assert value(path, "angle_to_left_right_axis") == pytest.approx(np.degrees(np.arccos(0.6)))
    assert value(path, "angle_to_front_back_axis") == pytest.approx(90)
    assert value(path, "angle_to_head_foot_axis") == pytest.approx(np.degrees(np.arccos(0.8)))


@given(motions)
def test_lengths_and_angles_are_blind_to_the_patients_pose(motion):
    for item, name in zip(ITEMS, ("distance", "angle", "trajectory_length"), strict=True):
        there = item
        for point in item.points:
            there = there.moved(point, tuple(motion.points(getattr(item, point)).tolist()))
        assert value(there, name) == pytest.approx(value(item, name), abs=1e-9)


@given(motions)
def test_the_squares_of_the_three_axis_cosines_add_up_to_one(motion):
    end = tuple(motion.directions((0, 0, 40)).tolist())
    path = Trajectory(ItemId("t"), "t", (0, 0, 0), end, 5.0)
    names = [f"angle_to_{axes}_axis" for axes in ("left_right", "front_back", "head_foot")]
    cosines = np.cos(np.radians([value(path, name) for name in names]))
    assert (cosines**2).sum() == pytest.approx(1, abs=1e-9)
    assert (cosines >= -1e-12).all()


def test_every_measure_says_what_it_is_and_no_name_is_used_twice():
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)
    for measure in MEASURES:
        assert measure.definition.endswith(".")
        assert measure.title
        assert measure.source
        assert measure.version >= 1
        assert measure.unit in ("mm", "deg", "HU", "ml")
        assert measure.name == measure.name.lower()
    down = {measure.name for measure in MEASURES if measure.rounding is Rounding.DOWN}
    assert down == {"zone_clearance", "bone_margin", "path_hu_minimum"}


def test_every_measure_answers_for_a_case_with_no_more_than_its_item():
    for item in ITEMS:
        case = AddItem(item).apply(CASE)
        for result in numbers(case, item).values():
            assert isinstance(result, NotMeasured) == (result.name == "bone_margin")
