"""Drags of handles as plain values: depth kept, grip kept, clicks that move nothing."""

import dataclasses

import numpy as np
import pytest

from planning.measures import MeasureView, measured
from planning.measures.rounding import shown
from planning.measures.surfaces import Surfaces
from planning.model.item import ItemId
from viewers.gestures.drags import CrosshairDrag
from viewers.gestures.handle_drags import HandleDrag, PickDrag, crosshair_drag, handle_at
from viewers.gestures.intents import (
    CrosshairMoved,
    ItemPicked,
    PointDropped,
    PointGrabbed,
    PointMoved,
    PointReleased,
    Tool,
)
from viewers.gestures.scene import PlanScene, SliceScene
from viewers.gestures.values import item_words
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.handles import Handle
from viewers.pipelines.plane import PlaneKind, patient_plane

WIRE = ItemId("wire")
PLACE = (5.0, 6.0, 9.0)
HANDLE = Handle(WIRE, "entry_lps_mm", PLACE, PLACE, 3.0)


@pytest.mark.parametrize("kind", list(PlaneKind))
def test_a_dragged_point_keeps_its_depth_and_its_grip(kind):
    plane = patient_plane(kind, (5.0, 6.0, 7.0), 0.5, (200, 200))
    at = plane.px(PLACE)
    drag = HandleDrag.in_slice(HANDLE, plane, (at[0] + 4.0, at[1] - 3.0))
    assert drag.moved((at[0] + 4.0, at[1] - 3.0)) == PointGrabbed(WIRE, "entry_lps_mm")
    assert drag.moved((at[0] + 5.0, at[1] - 3.0)) is None  # a shaky click moves nothing
    moved = drag.moved((at[0] + 14.0, at[1] + 17.0))
    assert isinstance(moved, PointMoved)
    assert plane.px(moved.lps_mm) == pytest.approx(np.add(at, (10.0, 20.0)))
    assert plane.depth_mm(moved.lps_mm) == pytest.approx(plane.depth_mm(PLACE))
    assert drag.released((0.0, 0.0)) == PointReleased(WIRE, "entry_lps_mm")
    assert drag.dropped() == PointDropped(WIRE, "entry_lps_mm")


def test_in_the_picture_a_point_moves_parallel_to_the_screen():
    camera = SolidCamera((0.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), 80.0)
    camera = camera.from_eye((0.5, -0.6, 0.3))
    size = (300, 200)
    at = camera.px(np.array(PLACE), size)
    drag = HandleDrag.in_picture(HANDLE, camera, size[1], tuple(at))
    drag.moved(tuple(at))
    moved = drag.moved((at[0] - 30.0, at[1] + 12.0))
    assert camera.px(np.array(moved.lps_mm), size) == pytest.approx(np.add(at, (-30.0, 12.0)))
    assert np.dot(np.subtract(moved.lps_mm, PLACE), camera.eye) == pytest.approx(0.0, abs=1e-9)


def scene_of(planned, **plan):
    return SliceScene(planned, plan=PlanScene(has_handles=True, **plan))


def axial(planned):
    centre = planned.volume.grid.centre_lps_mm + np.array((0.0, 0.0, 4.0))
    return patient_plane(PlaneKind.AXIAL, centre, 0.3, (400, 400))


def test_a_press_takes_a_handle_only_when_it_may(planned):
    plane, wire = axial(planned), planned.plan.item(WIRE)
    at = tuple(plane.px(wire.entry_lps_mm))
    scene = scene_of(planned)
    assert isinstance(crosshair_drag(scene, plane, at), HandleDrag)
    for changed in (
        scene_of(planned, hidden=frozenset({WIRE})),
        dataclasses.replace(scene, plan=PlanScene()),
        dataclasses.replace(scene, has_overlays=False),
    ):
        assert isinstance(crosshair_drag(changed, plane, at), CrosshairDrag)
    assert handle_at(dataclasses.replace(scene, tool=Tool.WINDOW), plane, at) is None
    assert handle_at(SliceScene(), plane, at) is None


def test_a_click_on_a_line_picks_and_a_drag_there_moves_the_crosshair(planned):
    plane, wire = axial(planned), planned.plan.item(WIRE)
    a, b = plane.px(np.array(wire.places_lps_mm))
    middle = tuple((a + b) / 2.0)
    drag = crosshair_drag(scene_of(planned), plane, middle)
    assert isinstance(drag, PickDrag)
    assert drag.moved(middle) is None
    assert drag.released(middle) == ItemPicked(WIRE)
    assert isinstance(drag.moved((middle[0] + 20.0, middle[1])), CrosshairMoved)
    assert drag.released(middle) is None


def test_values_in_views_are_those_of_the_measures(planned):
    view = MeasureView(planned, Surfaces())
    for name, unit in (("span", " mm"), ("bend", "°")):
        item = planned.plan.item(ItemId(name))
        (quantity,) = measured(view, item)
        assert item_words(item) == f"{shown(quantity)}{unit}"
    assert item_words(planned.plan.item(WIRE)) == ""
