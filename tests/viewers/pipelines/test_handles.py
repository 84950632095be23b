"""What a press takes hold of: within 9 px, in its slice, the chosen item first."""

import numpy as np
import pytest

from planning.model.item import ItemId
from planning.model.trajectory import Trajectory
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.handles import (
    ARROW_MM,
    handle_in_picture,
    handle_in_slice,
    handles_in_slice,
)
from viewers.pipelines.plane import PlaneKind, patient_plane

ENTRY, TARGET = (10.0, 0.0, 0.0), (-10.0, 0.0, 0.0)
WIRE = Trajectory(ItemId("a"), "a", ENTRY, TARGET, 3.0)
OTHER = Trajectory(ItemId("b"), "b", (10.8, 0.0, 0.0), (30.0, 9.0, 0.0), 3.0)


def plane(depth_mm=0.0):
    return patient_plane(PlaneKind.AXIAL, (0.0, 0.0, depth_mm), 0.2, (400, 300))


def taken(place, depth_mm=0.0, chosen=None):
    found = handle_in_slice((WIRE, OTHER), plane(depth_mm), 0.5, place, chosen)
    return None if found is None else (found.item_id, found.point)


@pytest.mark.parametrize(
    ("right", "down", "hit"), [(0, 0, 1), (0, 8.9, 1), (0, 9.1, 0), (-8.9, 0, 1)]
)
def test_a_handle_is_taken_within_nine_pixels(right, down, hit):
    x, y = plane().px(np.array(TARGET))
    found = taken((x + right, y + down))
    assert found == (("a", "target_lps_mm") if hit else None)


def test_the_nearest_is_taken_unless_another_items_is_chosen():
    x, y = plane().px(np.array(ENTRY))
    assert taken((x - 1.0, y)) == ("a", "entry_lps_mm")
    assert taken((x + 3.0, y)) == ("b", "entry_lps_mm")
    assert taken((x - 1.0, y), chosen="b") == ("b", "entry_lps_mm")


@pytest.mark.parametrize(("depth_mm", "is_seen"), [(1.49, True), (1.51, False), (-1.49, True)])
def test_a_handle_counts_within_the_cylinders_section_only(depth_mm, is_seen):
    assert bool(taken(tuple(plane().px(np.array(TARGET))), depth_mm)) is is_seen


def test_a_cut_plane_has_its_point_and_its_arrow_where_it_can_be_seen(planned):
    cut = planned.plan.item(ItemId("cut"))
    axial = patient_plane(PlaneKind.AXIAL, cut.point_lps_mm, 0.3, (400, 300))
    found = handles_in_slice(cut, axial, 0.5)
    assert [handle.point for handle in found] == ["point_lps_mm", "normal"]
    tip = np.array(found[1].lps_mm) - np.array(cut.point_lps_mm)
    assert tip == pytest.approx(ARROW_MM * np.array(cut.normal_lps))
    assert not handles_in_slice(planned.plan.item(ItemId("zone")), axial, 0.5)


def test_in_the_picture_handles_are_taken_whatever_lies_before_them():
    camera = SolidCamera((0.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), 100.0)
    size = (500, 400)
    x, y = camera.px(np.array(TARGET), size)
    found = handle_in_picture((WIRE, OTHER), camera, size, (x + 5.0, y + 5.0), None)
    assert (found.item_id, found.point) == ("a", "target_lps_mm")
    assert handle_in_picture((WIRE,), camera, size, (x + 9.0, y + 9.0), None) is None
