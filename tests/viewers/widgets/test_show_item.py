"""An item shown as its operation does: close by, its bone solid, its entry and name in sight."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtGui import QImage

from planning.case.case import SegmentId, Touched
from planning.model.item import ItemId
from planning.model.plan import Plan
from viewers import palette
from viewers.gestures.scene import PlanScene, SliceScene
from viewers.pipelines.plan_solids import plan_solids
from viewers.pipelines.plane import triple
from viewers.still import Look, first_item, picture
from viewers.widgets.plan_labels import _labels

pytestmark = [pytest.mark.qt, pytest.mark.gl]
WIRE, ZONE, MARK = ItemId("wire"), ItemId("zone"), ItemId("mark")


@pytest.fixture
def views(four, planned, qtbot):
    # The zone moves to the wire's own bone, so that the right bone is a partner.
    zone = dataclasses.replace(planned.plan.item(ZONE), segment_id=SegmentId("left bone"))
    made = four(dataclasses.replace(planned, plan=planned.plan.replacing(zone)))
    made.show_plan(PlanScene(chosen=WIRE, has_handles=True))
    qtbot.waitUntil(lambda: not made.is_waiting, timeout=60000)
    return made


def opacities(views):
    return {s.colour: s.opacity_ratio for s in views.solid.content.surfaces()}


def pixels(image):
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)


def near(picture_of, colour, tolerance=40):
    rgb = np.round(np.array(palette.ratios(colour)) * 255.0)
    return int((np.abs(picture_of - rgb).max(axis=2) <= tolerance).sum())


def test_an_item_is_framed_in_all_views(views):
    wire = views.scene.case.plan.item(WIRE)
    views.look_along(wire.entry_lps_mm, wire.target_lps_mm)
    views.show_item(wire.places_lps_mm)
    assert not views.is_looking_along
    assert views.scene.crosshair_lps_mm == pytest.approx(wire.entry_lps_mm)
    middle = np.mean(wire.places_lps_mm, axis=0)
    for view in views.slices.values():
        plane = view.plane
        assert plane.mm_per_px * plane.size_px[0] == pytest.approx(118.0)
        assert plane.px(middle) == pytest.approx(np.array(plane.size_px) / 2.0)
        assert abs(plane.depth_mm(wire.entry_lps_mm)) < 1e-6
    camera = views.solid.camera
    assert camera.focus_lps_mm == pytest.approx(wire.entry_lps_mm)
    outward = np.subtract(wire.entry_lps_mm, wire.target_lps_mm)
    assert np.dot(camera.eye, outward) > 0.3 * np.linalg.norm(outward)
    views.show_item(wire.places_lps_mm, field_mm=80.0)
    assert views.slices["axial"].plane.mm_per_px * views.slices["axial"].width() == 80.0


def test_partner_bones_are_glass_until_the_item_is_left(views):
    views.show_item(views.scene.case.plan.item(WIRE).places_lps_mm)
    assert opacities(views)[palette.PARTNER_COLOUR] == palette.PARTNER_OPACITY
    assert opacities(views)["#E6D3A8"] == 1.0
    views.set_glass(frozenset())  # the ring of a finding has gone: partners stay glass
    assert palette.PARTNER_COLOUR in opacities(views)
    views.leave_item()
    assert palette.PARTNER_COLOUR not in opacities(views)
    assert opacities(views)["#47D7D9"] == 1.0


def test_looking_along_a_path_comes_near_once_and_gives_bones_back(views):
    wire = views.scene.case.plan.item(WIRE)
    views.look_along(wire.entry_lps_mm, wire.target_lps_mm)
    axial = views.slices["axial"]
    assert axial.plane.mm_per_px * axial.width() == pytest.approx(118.0)
    assert palette.PARTNER_COLOUR in opacities(views)
    axial.show_plane(axial.plane.zoomed(2.0, (10.0, 10.0)))
    views.look_along(wire.entry_lps_mm, np.array(wire.target_lps_mm) + 1.0)
    assert axial.plane.mm_per_px * axial.width() == pytest.approx(59.0)
    views.look_straight()
    assert palette.PARTNER_COLOUR not in opacities(views)
    views.show_item(wire.places_lps_mm)
    views.look_along(wire.entry_lps_mm, wire.target_lps_mm)
    views.look_straight()
    assert palette.PARTNER_COLOUR in opacities(views)


def test_the_eye_is_chosen_again_when_surfaces_come_unless_a_hand_turned_the_view(
    four, planned, qtbot
):
    made = four(planned)
    wire = planned.plan.item(WIRE)
    made.show_item(wire.places_lps_mm)
    assert made._journey is not None
    turned = made.solid.camera.turned(40.0, 0.0)
    made.solid.look_from(turned)
    qtbot.waitUntil(lambda: not made.is_waiting, timeout=60000)
    assert made.solid.camera == turned
    assert made._journey is None
    made.show_item(wire.places_lps_mm)
    camera = made.solid.camera
    moved = wire.moved("target_lps_mm", triple(np.array(wire.target_lps_mm) + 2.0))
    plan = planned.plan.replacing(moved)
    made.show_case(dataclasses.replace(planned, plan=plan), Touched.PLAN)
    assert made.solid.camera == camera  # a drag never turns the view


def test_nothing_to_show_changes_nothing(views):
    before = views.slices["axial"].plane, views.solid.camera
    views.show_item(())
    assert (views.slices["axial"].plane, views.solid.camera) == before


def test_the_entry_is_seen_through_the_bone_before_it(views):
    wire = views.scene.case.plan.item(WIRE)
    views.show_plan(PlanScene())
    views.show_item(wire.places_lps_mm)
    back = tuple(np.subtract(wire.target_lps_mm, wire.entry_lps_mm))
    views.solid.look_from(views.solid.camera.from_eye(back))
    views.solid.draw_now()
    size = views.solid.width(), views.solid.height()
    x, y = np.rint(views.solid.camera.px(np.array(wire.entry_lps_mm), size)).astype(int)
    ring = pixels(views.solid.grab().toImage())[y - 8 : y + 9, x - 8 : x + 9]
    assert near(ring, palette.TRAJECTORY, 60) > 12


def names(case, chosen=None, hidden=()):
    scene = SliceScene(case, plan=PlanScene(chosen=chosen, hidden=frozenset(hidden)))
    return [words for words, _ in _labels(scene, plan_solids(case, scene.items, {}))]


def test_in_3d_the_chosen_item_and_zones_have_names_and_few_items_all(planned, qapp):
    # Without its surface a zone has no place yet.
    assert names(planned) == []
    assert names(planned, WIRE) == ["Wire"]
    assert names(planned, MARK) == ["Top"]
    assert names(planned, ItemId("span")) == ["Span  20.0 mm"]
    few = [i.id for i in planned.plan.items if i.id not in {WIRE, MARK, ItemId("span")}]
    assert sorted(names(planned, None, few)) == ["20.0 mm", "Top"]
    ball_of = plan_solids(planned, planned.plan.items, {})
    zone = planned.plan.item(ZONE)
    with_zone = dataclasses.replace(ball_of, anchors=(*ball_of.anchors, (zone, (0.0, 0.0, 0.0))))
    scene = SliceScene(planned, plan=PlanScene(chosen=WIRE))
    assert [words for words, _ in _labels(scene, with_zone)] == ["Wire", "Nerve"]


def test_a_landmark_has_a_name_when_near_or_chosen(views):
    mark = views.scene.case.plan.item(MARK)
    only = frozenset(i.id for i in views.scene.case.plan.items if i.id != MARK)
    axial = views.slices["axial"]

    def bright(width_mm, chosen):
        views.show_plan(PlanScene(hidden=only, chosen=chosen))
        views.go_to(np.array(mark.point_lps_mm))
        axial.show_plane(dataclasses.replace(axial.plane, mm_per_px=width_mm / axial.width()))
        x, y = axial.plane.px(mark.point_lps_mm).astype(int)
        return near(pixels(axial.grab().toImage())[y - 20 : y - 2, x + 9 : x + 60], "#FFFFFF", 60)

    assert bright(199.0, None) > 8
    assert bright(201.0, None) == 0
    assert bright(201.0, MARK) > 8


def test_pictures_for_files_frame_an_item_like_the_window(qapp, views, planned):
    assert first_item(planned) == WIRE
    assert first_item(dataclasses.replace(planned, plan=Plan(()))) is None
    case, size = views.scene.case, (400, 300)
    wire = case.plan.item(WIRE)
    framed = picture(case, ("axial",), size, Look(item=WIRE))
    middle = np.mean(wire.places_lps_mm, axis=0)
    plain = Look(centre_lps_mm=triple(middle), plan=PlanScene(chosen=WIRE))
    assert framed != picture(case, ("axial",), size, plain)
    assert framed == picture(case, ("axial",), size, Look(item=WIRE, field_mm=118.0))
    assert framed != picture(case, ("axial",), size, Look(item=WIRE, field_mm=84.0))
    solid = pixels(QImage.fromData(picture(case, ("3d",), size, Look(item=WIRE)), "PNG"))
    views.show_item(wire.places_lps_mm)
    eye = views.solid.camera
    at = np.rint(eye.px(np.array(wire.entry_lps_mm), size)).astype(int)
    assert at.tolist() == [200, 150]
    assert near(solid[142:159, 192:209], palette.TRAJECTORY, 60) > 12
    unknown = picture(case, ("axial",), size, Look(item=ItemId("none")))
    assert unknown == picture(case, ("axial",), size)
