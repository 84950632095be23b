"""Plan items in the window: drawn in their places, taken by the hand, turned to and counted."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planning.case.case import SegmentId, Touched
from planning.model.item import ItemId
from planning.model.plan import Plan
from planning.model.zone import ZoneRule
from viewers import palette
from viewers.gestures.intents import (
    CrosshairMoved,
    ItemPicked,
    PointDropped,
    PointGrabbed,
    PointMoved,
    PointPlaced,
    PointReleased,
    Tool,
)
from viewers.gestures.scene import Gap, PlanScene
from viewers.pipelines.plane import PlaneKind, edge_letters, triple
from viewers.still import Look, picture

pytestmark = [pytest.mark.qt, pytest.mark.gl]
WIRE = ItemId("wire")
HANDLES = PlanScene(chosen=WIRE, has_handles=True)
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture(params=["en", "ar"])
def language(request, qapp):
    before = qapp.layoutDirection()
    is_arabic = request.param == "ar"
    qapp.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if is_arabic else Qt.LayoutDirection.LeftToRight
    )
    yield request.param
    qapp.setLayoutDirection(before)


@pytest.fixture
def views(four, planned, qtbot):
    made = four(planned)
    made.show_plan(HANDLES)
    made.go_to(planned.volume.grid.centre_lps_mm + np.array((0.0, 0.0, 4.0)))
    for view in made.slices.values():
        view.show_plane(dataclasses.replace(view.plane, mm_per_px=0.3))
    qtbot.waitUntil(lambda: not made.is_waiting, timeout=60000)
    made.heard = []
    made.intent.connect(made.heard.append)
    return made


def pixels(image):
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)


def grabbed(view):
    return pixels(view.grab().toImage())


def rgb(colour):
    return np.round(np.array(palette.ratios(colour)) * 255.0).astype(int)


def seen(picture_of, colour, tolerance=30):
    """How many pixels have about a colour."""
    return int((np.abs(picture_of - rgb(colour)).max(axis=2) < tolerance).sum())


def place(views, name, point, view="axial"):
    item = views.scene.case.plan.item(ItemId(name))
    px = views.slices[view].plane.px(getattr(item, point))
    return QPoint(round(float(px[0])), round(float(px[1])))


def hover(view, at, buttons=Qt.MouseButton.NoButton):
    at = QPointF(at)
    move = QMouseEvent(
        QMouseEvent.Type.MouseMove, at, view.mapToGlobal(at),
        Qt.MouseButton.NoButton, buttons, NONE,
    )  # fmt: skip
    QApplication.sendEvent(view, move)


def drag(view, start, end):
    QTest.mousePress(view, LEFT, NONE, start)
    for step in (0.5, 1.0):
        hover(view, QPointF(start) + QPointF(end - start) * step, LEFT)


def follow(views):
    """Do what an owner does: each move becomes another case."""

    def move(intent):
        if isinstance(intent, PointMoved):
            case = views.scene.case
            item = case.plan.item(intent.item_id).moved(intent.point, intent.lps_mm)
            plan = case.plan.replacing(item)
            views.show_case(dataclasses.replace(case, plan=plan), Touched.PLAN)

    views.intent.connect(move)


def test_a_handle_dragged_in_a_slice_is_reported_with_its_depth_kept(views, language):
    follow(views)
    view = views.slices["axial"]
    before = views.scene.case.plan.item(WIRE)
    start = place(views, "wire", "entry_lps_mm")
    end = start + QPoint(20, -10)
    crosshair = views.scene.crosshair_lps_mm
    drag(view, start, end)
    QTest.mouseRelease(view, LEFT, NONE, end)
    assert views.heard[0] == PointGrabbed(WIRE, "entry_lps_mm")
    assert views.heard[-1] == PointReleased(WIRE, "entry_lps_mm")
    assert {type(intent) for intent in views.heard[1:-1]} == {PointMoved}
    after = views.scene.case.plan.item(WIRE)
    moved = np.subtract(after.entry_lps_mm, before.entry_lps_mm)
    assert moved == pytest.approx((20 * 0.3, -10 * 0.3, 0.0), abs=1e-9)
    assert after.target_lps_mm == before.target_lps_mm
    assert views.scene.crosshair_lps_mm == crosshair


def test_escape_gives_a_drag_up(views):
    view = views.slices["axial"]
    start = place(views, "wire", "target_lps_mm")
    drag(view, start, start + QPoint(15, 0))
    assert view.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert views.heard[-1] == PointDropped(WIRE, "target_lps_mm")
    QTest.mouseRelease(view, LEFT, NONE, start)
    assert views.heard[-1] == PointDropped(WIRE, "target_lps_mm")


@pytest.mark.parametrize("name", ["axial", "3d"])
def test_a_windows_own_escape_does_not_take_it_from_a_drag(views, name):
    pressed = []
    shortcut = QShortcut(Qt.Key.Key_Escape, views)
    shortcut.activated.connect(lambda: pressed.append(1))
    view = views.views[name]
    views.solid.draw_now()
    wire = views.scene.case.plan.item(WIRE)
    size = view.width(), view.height()
    at = views.solid.camera.px(np.array(wire.target_lps_mm), size)
    start = QPoint(*np.round(at).astype(int).tolist())
    start = place(views, "wire", "target_lps_mm") if name == "axial" else start
    views.activateWindow()
    view.setFocus()
    drag(view, start, start + QPoint(15, 0))
    QTest.mousePress(view, Qt.MouseButton.RightButton, NONE, start)  # takes nothing else up
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert views.heard[-1] == PointDropped(WIRE, "target_lps_mm")
    assert not pressed
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert pressed


def test_the_cursor_tells_what_can_be_taken(views):
    view = views.slices["axial"]
    hover(view, place(views, "wire", "entry_lps_mm"))
    assert view.cursor().shape() == Qt.CursorShape.OpenHandCursor
    hover(view, place(views, "wire", "entry_lps_mm") + QPoint(40, 40))
    assert view.cursor().shape() == Qt.CursorShape.CrossCursor


def test_a_click_on_a_line_picks_and_elsewhere_the_crosshair_goes_as_before(views):
    view, plane = views.slices["axial"], views.slices["axial"].plane
    wire = views.scene.case.plan.item(WIRE)
    middle = plane.px(np.array(wire.places_lps_mm)).mean(axis=0)
    QTest.mouseClick(view, LEFT, NONE, QPoint(*np.round(middle).astype(int).tolist()))
    assert views.heard == [ItemPicked(WIRE)]
    QTest.mouseClick(view, LEFT, NONE, QPoint(30, 40))
    assert isinstance(views.heard[-1], CrosshairMoved)
    views.show_plan(PlanScene())
    QTest.mouseClick(view, LEFT, NONE, place(views, "wire", "entry_lps_mm"))
    assert isinstance(views.heard[-1], CrosshairMoved)


def test_points_are_placed_by_clicks_and_tied_to_the_pointer(views, language):
    view = views.slices["coronal"]
    views.set_tool(Tool.PLACE)
    QTest.mouseClick(view, LEFT, NONE, QPoint(80, 90))
    (placed,) = views.heard
    assert isinstance(placed, PointPlaced)
    assert view.plane.px(placed.lps_mm) == pytest.approx((80.0, 90.0))
    assert (placed.view, placed.normal_lps) == (PlaneKind.CORONAL, (0.0, 1.0, 0.0))
    hover(view, QPoint(150, 90))
    hover(view, QPoint(180, 90))
    before = grabbed(view)
    views.show_plan(dataclasses.replace(HANDLES, placing=(placed.lps_mm,), placing_kind="distance"))
    changed = (np.abs(grabbed(view) - before).max(axis=2) > 60)[86:95, 90:175]
    assert changed.any(axis=0).mean() > 0.4  # a dashed line from the point to the pointer


def test_a_landmark_has_its_colour_in_its_slice_and_none_beside_it(views, language):
    view = views.slices["axial"]
    at = place(views, "mark", "point_lps_mm")
    assert (grabbed(view)[at.y(), at.x()] == 255).all()
    mark = views.scene.case.plan.item(ItemId("mark"))
    views.go_to(np.array(mark.point_lps_mm) + np.array((0.0, 0.0, 2.2)))
    at = place(views, "mark", "point_lps_mm") + QPoint(2, 2)  # beside the crosshair
    assert grabbed(view)[at.y(), at.x()].max() < 250


@pytest.mark.hazard("HAZ-33")
def test_what_is_hidden_is_counted_in_every_view(views):
    def badge():
        return {
            n: seen(grabbed(v)[28:46, 20:180], palette.WARN, 60) for n, v in views.views.items()
        }

    assert set(badge().values()) == {0}
    before = grabbed(views.slices["axial"])
    gone = frozenset({WIRE, ItemId("zone"), ItemId("not there")})
    views.show_plan(dataclasses.replace(HANDLES, hidden=gone))
    assert views.scene.hidden_n == 2
    assert min(badge().values()) > 20
    assert (
        seen(grabbed(views.slices["axial"]), palette.TRAJECTORY)
        < seen(before, palette.TRAJECTORY) / 4
    )
    views.show_plan(HANDLES)
    QTest.keyClick(views.slices["axial"], Qt.Key.Key_I)  # nothing is drawn over the slices
    assert views.scene.hidden_n == len(views.scene.case.plan.items)
    assert badge()["coronal"] > 20


def test_a_zone_is_hatched_over_its_margin(views):
    zone = views.scene.zones[ItemId("zone")]
    mask = views.scene.case.segments[1].mask
    assert zone.voxels > mask.voxels
    middle = views.scene.case.volume.grid.centre_lps_mm + np.array((-28.0, 4.0, -8.0))
    views.go_to(middle)
    others = {item.id for item in views.scene.case.plan.items} - {ItemId("zone")}
    views.show_plan(PlanScene(hidden=frozenset(others)))
    view = views.slices["axial"]
    x, y = np.round(view.plane.px(middle)).astype(int)
    picture_of = grabbed(view)
    rim = round(11.6 / 0.3)  # outside the segment's 10 mm, inside the margin's 13 mm
    red = picture_of[y - 5 : y + 6, x + rim - 5 : x + rim + 6].reshape(-1, 3)
    assert ((red[:, 0] - red[:, 2]) > 24).mean() > 0.8
    assert ((red[:, 0] - red[:, 2]) > 60).mean() > 0.1  # the hatching
    beyond = picture_of[y - 12 : y - 3, x + 50 : x + 60].reshape(-1, 3)
    assert np.abs(beyond[:, 0] - beyond[:, 2]).max() < 12


@pytest.mark.hazard("HAZ-32")
def test_a_zone_that_warns_differs_in_grey_too(views, qtbot):
    """Another hatching and a broken outline: on a grey print the two are told apart."""
    zone = views.scene.case.plan.item(ItemId("zone"))
    middle = views.scene.case.volume.grid.centre_lps_mm + np.array((-28.0, 4.0, -8.0))
    found = {}
    for rule in ZoneRule:
        wide = dataclasses.replace(zone, severity=rule, margin_mm=10.0)
        views.show_case(dataclasses.replace(views.scene.case, plan=Plan((wide,))))
        qtbot.waitUntil(lambda: not views.is_waiting, timeout=60_000)
        views.go_to(middle)
        view = views.slices["axial"]
        view.show_plane(dataclasses.replace(view.plane, mm_per_px=0.3))
        x, y = np.round(view.plane.px(middle)).astype(int)
        both = []
        for hidden in (frozenset(), frozenset({ItemId("zone")})):
            views.show_plan(PlanScene(hidden=hidden))
            here = grabbed(view)[y + 4 : y + 20, x + 40 : x + 56]  # in the margin, off the lines
            both.append(here.astype(float) @ (0.299, 0.587, 0.114))
        found[rule] = np.subtract(*both)
    # The lines of a grid lie along rows and columns, the stripes along neither.
    forbid, warn = ([np.ptp(one.mean(axis=axis)) for axis in (0, 1)] for one in found.values())
    assert min(warn) > 10.0
    assert max(forbid) < 5.0


@pytest.mark.hazard("HAZ-33")
@pytest.mark.parametrize(("rule", "word"), [(ZoneRule.FORBID, "Forbid"), (ZoneRule.WARN, "Warn")])
def test_a_slice_says_at_each_zone_whether_it_forbids_or_warns(planned, rule, word):
    zone = dataclasses.replace(planned.plan.item(ItemId("zone")), severity=rule)
    case = dataclasses.replace(planned, plan=Plan((zone,)))
    middle = planned.volume.grid.centre_lps_mm + np.array((-28.0, 4.0, -8.0))

    def taken(place, unsaid=""):
        said = []

        def translate(text):
            said.append(text)
            return "" if text == unsaid else text

        look = Look(centre_lps_mm=triple(place), field_mm=90.0, translate=translate)
        seen = pixels(QImage.fromData(picture(case, ("axial",), (480, 360), look)))
        return seen, {"Forbid", "Warn"} & set(said)

    spoken, words = taken(middle)
    assert words == {word}
    changed = np.argwhere((spoken != taken(middle, word)[0]).any(axis=2))
    assert len(changed) > 100
    away_px = np.abs(changed - (180, 240)).max(axis=0)  # of the zone's middle; its radius is 13 mm
    assert (away_px < 13 * 4 + 170).all()
    assert taken(middle + np.array((0.0, 0.0, 40.0)))[1] == set()


def test_a_smallest_distance_is_seen_within_twelve_millimetres(views):
    centre = views.scene.case.volume.grid.centre_lps_mm
    ends = [triple(centre + np.array(offset)) for offset in ((-5, -26, 4), (4, -26, 4))]
    gap = Gap(*ends, words="4.3 mm", is_under_limit=True)
    for depth_mm, is_seen in ((0.0, True), (11.9, True), (12.1, False)):
        views.show_plan(PlanScene(gaps=(gap,)))
        views.go_to(centre + np.array((0.0, -20.0, 4.0 + depth_mm)))
        assert (seen(grabbed(views.slices["axial"]), palette.UNDER_LIMIT, 40) > 8) is is_seen


def test_the_cylinder_is_drawn_as_wide_as_the_tool(views):
    plain = PlanScene(chosen=None)
    views.show_plan(dataclasses.replace(plain, hidden=frozenset({WIRE})))
    view = views.slices["axial"]
    before = grabbed(view)
    views.show_plan(plain)
    after = grabbed(view)
    wire = views.scene.case.plan.item(WIRE)
    a, b = view.plane.px(np.array(wire.places_lps_mm))
    way = (b - a) / np.linalg.norm(b - a)
    across = np.array((-way[1], way[0]))
    changed = np.abs(after - before).max(axis=2) > 12
    for share in (0.3, 0.7):
        line = [a + share * (b - a) + d * across for d in np.arange(-14.0, 14.1, 0.25)]
        hit = [changed[int(p[1]), int(p[0])] for p in line]
        assert sum(hit) * 0.25 * 0.3 == pytest.approx(wire.diameter_mm, abs=0.45)


def test_a_handle_is_dragged_in_the_3d_view(views, language):
    follow(views)
    solid = views.solid
    solid.draw_now()
    size = solid.width(), solid.height()
    before = np.array(views.scene.case.plan.item(WIRE).target_lps_mm)
    px = solid.camera.px(before, size)
    start = QPoint(*np.round(px).astype(int).tolist())
    eye = solid.camera.eye
    drag(solid, start, start + QPoint(25, 15))
    QTest.mouseRelease(solid, LEFT, NONE, start + QPoint(25, 15))
    assert views.heard[0] == PointGrabbed(WIRE, "target_lps_mm")
    assert views.heard[-1] == PointReleased(WIRE, "target_lps_mm")
    assert solid.camera.eye == eye  # nothing was turned meanwhile
    after = np.array(views.scene.case.plan.item(WIRE).target_lps_mm)
    assert solid.camera.px(after, size) - px == pytest.approx((25.0, 15.0))
    assert float((after - before) @ np.array(eye)) == pytest.approx(0.0, abs=1e-9)
    drag(solid, QPoint(5, 150), QPoint(40, 150))
    assert solid.camera.eye != eye


def test_a_drag_builds_no_segment_again(views):
    solid = views.solid
    solid.draw_now()
    before = solid.content.meshes()
    case = views.scene.case
    item = case.plan.item(WIRE).moved("target_lps_mm", triple(case.volume.grid.centre_lps_mm))
    views.show_case(dataclasses.replace(case, plan=case.plan.replacing(item)), Touched.PLAN)
    assert solid.content.meshes() == before
    assert not views.is_waiting


def test_looking_along_turns_slices_and_camera_and_straight_brings_them_back(views, language):
    wire = views.scene.case.plan.item(WIRE)
    before = {name: view.plane for name, view in views.slices.items()}
    views.solid.draw_now()
    camera = views.solid.camera
    views.look_along(wire.entry_lps_mm, wire.target_lps_mm)
    assert views.is_looking_along
    unit = np.subtract(wire.target_lps_mm, wire.entry_lps_mm)
    unit = unit / np.linalg.norm(unit)
    across = views.slices["axial"].plane
    assert np.cross(across.right, across.down) == pytest.approx(unit)
    assert views.solid.camera.eye == pytest.approx(tuple(-unit))
    assert views.scene.crosshair_lps_mm == pytest.approx(wire.entry_lps_mm)
    assert views.slices["axial"].accessibleName() == "Across the path"
    assert views.slices["axial"].accessibleDescription() == "Depth 0.0 mm"
    assert edge_letters(across)[2] == "S"
    QTest.keyClick(views.slices["axial"], Qt.Key.Key_Up)
    stepped = np.subtract(views.scene.crosshair_lps_mm, wire.entry_lps_mm)
    assert np.linalg.norm(np.cross(stepped, unit)) == pytest.approx(0.0, abs=1e-6)
    assert np.linalg.norm(stepped) > 0.5
    for name in ("coronal", "sagittal"):
        for end in wire.places_lps_mm:
            assert abs(views.slices[name].plane.depth_mm(end)) < 1e-6
    views.look_straight()
    assert not views.is_looking_along
    for name, view in views.slices.items():
        assert (view.plane.right, view.plane.down) == (before[name].right, before[name].down)
    assert views.solid.camera == camera


def test_looking_along_follows_a_dragged_path(views):
    wire = views.scene.case.plan.item(WIRE)
    views.look_along(wire.entry_lps_mm, wire.target_lps_mm)
    path = views.scene.pose.path
    views.go_to(np.array(path.at(9.0)))
    scale = views.slices["coronal"].plane.mm_per_px
    moved = np.array(wire.target_lps_mm) + np.array((0.0, 4.0, 3.0))
    views.look_along(wire.entry_lps_mm, moved)
    assert views.scene.pose.path.depth_mm(views.scene.crosshair_lps_mm) == pytest.approx(9.0)
    assert views.slices["coronal"].plane.mm_per_px == scale
    views.reset()
    assert not views.is_looking_along


def test_a_finding_is_shown_closely_with_glass_and_a_ring_that_thins(views, qtbot):
    place_lps = triple(views.scene.case.volume.grid.centre_lps_mm + np.array((10.0, 0.0, 4.0)))
    views.show_plan(PlanScene(mark_lps_mm=place_lps))
    views.show_finding(place_lps)
    for view in views.slices.values():
        assert view.plane.px(place_lps) == pytest.approx(np.array(view.plane.size_px) / 2.0)
        assert view.plane.mm_per_px * min(view.plane.size_px) == pytest.approx(62.0)
        left = round(view.plane.size_px[0] / 2.0 - 46.0)
        strip = grabbed(view)[
            view.height() // 2 - 20 : view.height() // 2 - 4, left - 6 : left + 12
        ]
        assert seen(strip, palette.ZONE, 60) > 10
    assert views.solid.camera.focus_lps_mm == place_lps
    glass = [s for s in views.solid.content.surfaces() if s.colour == "#E6D3A8"]
    assert [s.opacity_ratio for s in glass] == [palette.GLASS_OPACITY]
    views.set_glass(frozenset())
    assert views.solid.content.surfaces()[0].opacity_ratio == 1.0
    views._mark.setInterval(1)
    views.show_plan(PlanScene(mark_lps_mm=(1.0, 2.0, 3.0)))
    qtbot.waitUntil(lambda: views.scene.is_mark_thin, timeout=5000)


def test_partner_bones_are_thinner_glass(views):
    views.set_glass(frozenset({SegmentId("left bone"), SegmentId("right bone")}))
    ratios = {s.colour: s.opacity_ratio for s in views.solid.content.surfaces()}
    assert ratios["#E6D3A8"] == palette.GLASS_OPACITY
    assert ratios["#47D7D9"] == palette.PARTNER_OPACITY


def test_the_3d_view_shows_items_in_their_colours(views):
    views.solid.look_from(views.solid.camera.from_eye((0.0, 0.0, 1.0)))
    views.show_plan(PlanScene())
    views.solid.draw_now()
    shown = grabbed(views.solid)
    views.show_plan(PlanScene(hidden=frozenset(item.id for item in views.scene.case.plan.items)))
    views.solid.draw_now()
    hidden = grabbed(views.solid)

    def yellow(p):
        return int(((p[..., 0] > 120) & (p[..., 0] > p[..., 2] + 90) & (p[..., 1] > 80)).sum())

    def blue(p):
        return int(((p[..., 2] > 100) & (p[..., 2] > p[..., 1] + 50)).sum())

    assert yellow(shown[60:]) > yellow(hidden[60:]) + 200
    assert blue(shown) > blue(hidden) + 100


def test_exported_pictures_draw_the_plan(qapp, planned):
    size = (480, 360)
    centre = triple(planned.volume.grid.centre_lps_mm + np.array((0.0, 0.0, 4.0)))
    look = Look(centre_lps_mm=centre, field_mm=90.0)
    every = pixels(QImage.fromData(picture(planned, ("axial",), size, look), "PNG"))
    none = frozenset(item.id for item in planned.plan.items)
    bare = dataclasses.replace(look, plan=PlanScene(hidden=none))
    without = pixels(QImage.fromData(picture(planned, ("axial",), size, bare), "PNG"))
    assert seen(every, palette.TRAJECTORY, 60) > 60
    assert seen(every, palette.CUT, 60) > 20
    assert seen(without, palette.CUT, 60) == 0
    assert seen(without[28:46, 20:180], palette.WARN, 60) > 20  # the badge goes with the picture
