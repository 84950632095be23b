"""Four linked views: what a hand does in one reaches all, layouts, the 3D view, the end."""

import dataclasses
import gc
import os
import threading

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planning.case.case import Touched
from segmentation.mask import BitMask
from segmentation.volume import Volume
from viewers import palette
from viewers.gestures.intents import (
    CrosshairMoved,
    Layout,
    LayoutChanged,
    SolidMode,
    Tool,
    ToolChosen,
    ViewsReset,
    WindowChanged,
)
from viewers.gestures.scene import Preview
from viewers.pipelines.segment_mesh import segment_mesh
from viewers.pipelines.slice import bone_centre_lps_mm
from viewers.pipelines.volume_picture import VolumePicture
from viewers.widgets.arrangement import NAMES, arranged
from viewers.widgets.four_views import FourViews
from viewers.widgets.pace import Pace
from viewers.widgets.solid_drawer import Shot

pytestmark = [pytest.mark.qt, pytest.mark.gl]
SLICES = ("axial", "coronal", "sagittal")


def pixels(image):
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)


def heard_by(views):
    heard = []
    views.intent.connect(heard.append)
    return heard


def ready(qtbot, views):
    qtbot.waitUntil(lambda: not views.solid.is_waiting, timeout=60000)


def test_zooming_one_slice_keeps_one_scale_and_the_crosshair_in_all(four, scan_only):
    views = four(scan_only)
    axial, crosshair = views.slices["axial"], np.array(views.scene.crosshair_lps_mm)
    before = {name: views.slices[name].plane.px(crosshair) for name in SLICES}
    scale = axial.plane.mm_per_px
    wheel = QWheelEvent(
        QPointF(20, 30), axial.mapToGlobal(QPointF(20, 30)), QPoint(), QPoint(0, 240),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(axial, wheel)
    assert axial.plane.mm_per_px < scale
    assert len({views.slices[name].plane.mm_per_px for name in SLICES}) == 1
    for name in ("coronal", "sagittal"):
        assert views.slices[name].plane.px(crosshair) == pytest.approx(before[name])


def test_a_new_scan_opens_in_its_bone_and_shows_all_on_reset(four, scan_only):
    views = four(scan_only)
    grid = scan_only.volume.grid
    centre = bone_centre_lps_mm(scan_only.volume)
    assert views.scene.crosshair_lps_mm == pytest.approx(tuple(centre))
    assert len({views.slices[name].plane.mm_per_px for name in SLICES}) == 1
    views.reset()
    scales = {views.slices[name].plane.mm_per_px for name in SLICES}
    assert len(scales) == 1
    for name in SLICES:
        plane = views.slices[name].plane
        assert abs(plane.depth_mm(centre)) < 1e-9
        px = plane.px(grid.corners_lps_mm)
        assert px.min() >= 0.0
        assert (px <= plane.size_px).all()


def test_a_case_opens_in_its_first_visible_segment_and_an_edit_moves_nothing(four, balls):
    hidden = dataclasses.replace(balls.segments[0], is_visible=False)
    views = four(dataclasses.replace(balls, segments=(hidden, balls.segments[1])))
    middle = balls.volume.grid.centre_lps_mm + np.array((-28.0, 4.0, -8.0))
    crosshair = views.scene.crosshair_lps_mm
    assert np.abs(np.array(crosshair) - middle).max() <= 1.0 + 1e-9
    views.slices["axial"].show_plane(views.slices["axial"].plane.zoomed(2.0, (10.0, 10.0)))
    planes = [views.slices[name].plane for name in SLICES]
    views.show_case(balls, Touched.SEGMENTS)
    views.show_case(dataclasses.replace(balls, segments=()), Touched.EVERYTHING)
    assert views.scene.crosshair_lps_mm == crosshair
    assert [views.slices[name].plane for name in SLICES] == planes


def test_crosshair_moved_in_one_view_moves_the_other_slices(four, balls):
    views = four(balls)
    heard = heard_by(views)
    axial = views.slices["axial"]
    middle = QPoint(axial.width() // 2 + 30, axial.height() // 2 - 20)
    QTest.mouseClick(axial, Qt.MouseButton.LeftButton, pos=middle)
    point = axial.plane.lps_mm((middle.x(), middle.y()))
    assert heard == [CrosshairMoved(pytest.approx(tuple(point)))]
    for name in ("coronal", "sagittal"):
        assert abs(views.slices[name].plane.depth_mm(point)) < 1e-9


def test_shift_and_move_carries_the_crosshair_without_a_button(four, balls):
    views = four(balls)
    heard = heard_by(views)
    axial = views.slices["axial"]
    QTest.mouseMove(axial, QPoint(150, 150))
    assert heard == []
    at = QPointF(170.0, 160.0)
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        axial.mapToGlobal(at),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ShiftModifier,
    )
    QApplication.sendEvent(axial, move)
    assert len(heard) == 1
    assert isinstance(heard[0], CrosshairMoved)


def test_keys_and_setters_reach_all_slices(four, balls):
    views = four(balls)
    heard = heard_by(views)
    QTest.keyClick(views.slices["coronal"], Qt.Key.Key_2)
    assert len({view.scene.window for view in views.slices.values()}) == 1
    QTest.keyClick(views.slices["coronal"], Qt.Key.Key_D)
    assert heard[-1] == ToolChosen(Tool.DISTANCE)
    assert all(view.scene.tool is Tool.DISTANCE for view in views.slices.values())
    views.set_window(123.0, -45.0)
    views.set_tool(Tool.PAINT, radius_mm=7.5)
    for view in views.slices.values():
        assert (view.scene.window.window_hu, view.scene.window.level_hu) == (123.0, -45.0)
        assert (view.scene.tool, view.scene.radius_mm) == (Tool.PAINT, 7.5)
    QTest.mousePress(views.slices["axial"], Qt.MouseButton.RightButton, pos=QPoint(100, 90))
    QTest.mouseMove(views.slices["axial"], QPoint(120, 90))
    QTest.mouseRelease(views.slices["axial"], Qt.MouseButton.RightButton, pos=QPoint(120, 90))
    assert isinstance(heard[-1], WindowChanged)
    assert views.slices["sagittal"].scene.window.window_hu == heard[-1].window_hu


def test_go_to_centres_all_slices_and_reset_shows_all_again(four, balls):
    views = four(balls)
    heard = heard_by(views)
    views.reset()
    fitted = [views.slices[name].plane.mm_per_px for name in SLICES]
    point = balls.volume.grid.centre_lps_mm + np.array((12.0, -6.0, 3.0))
    views.go_to(point)
    for name in SLICES:
        view = views.slices[name]
        assert view.plane.centre_lps_mm == pytest.approx(tuple(point))
        view.show_plane(view.plane.zoomed(3.0, (0.0, 0.0)))
    QTest.keyClick(views.slices["axial"], Qt.Key.Key_R)
    assert heard == [ViewsReset()]
    assert [views.slices[name].plane.mm_per_px for name in SLICES] == pytest.approx(fitted)
    assert views.scene.crosshair_lps_mm == pytest.approx(tuple(point))


def test_double_click_maximises_and_brings_back(four, balls):
    views = four(balls)
    heard = heard_by(views)
    coronal = views.slices["coronal"]
    QTest.mouseDClick(coronal, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    assert heard[-1] == LayoutChanged(Layout.ONE)
    assert coronal.geometry() == views.rect()
    assert not views.slices["axial"].isVisible()
    QTest.mouseDClick(coronal, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    assert heard[-1] == LayoutChanged(Layout.FOUR)
    assert all(view.isVisible() for view in views.views.values())


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("main", NAMES)
def test_layouts_fill_the_room_without_overlap(layout, main):
    boxes = arranged(layout, main, (803, 601))
    covered = np.zeros((601, 803), int)
    for left, top, width, height in boxes.values():
        covered[top : top + height, left : left + width] += 1
    assert covered.max() == 1
    gaps = {Layout.FOUR: 803 * 2 + 599 * 2, Layout.WIDE: 2 * 601 + 4 * 267, Layout.ONE: 0}
    assert (covered == 0).sum() == gaps[layout]
    assert max(boxes, key=lambda n: boxes[n][2] * boxes[n][3]) == main or layout is Layout.FOUR


@pytest.mark.parametrize(
    "direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft]
)
def test_views_keep_their_order_in_arabic(four, qapp, direction):
    before = qapp.layoutDirection()
    qapp.setLayoutDirection(direction)
    views = four()
    qapp.setLayoutDirection(before)
    assert views.slices["axial"].x() == 0
    assert views.solid.x() > views.slices["axial"].x()
    assert views.slices["sagittal"].x() > views.slices["coronal"].x()


def test_surfaces_appear_with_their_colours_where_the_camera_sees_them(four, balls, qtbot):
    views = four(balls)
    ready(qtbot, views)
    picture = pixels(views.grab_views()["3d"])
    camera = views.solid.camera
    for segment, offset in zip(balls.segments, ((30.0, 0.0, 5.0), (-28.0, 4.0, -8.0)), strict=True):
        centre = balls.volume.grid.centre_lps_mm + np.array(offset)
        column, row = camera.px(centre, (views.solid.width(), views.solid.height())).astype(int)
        seen = picture[row, column] / picture[row, column].sum()
        wanted = np.array(palette.ratios(segment.colour))
        assert seen == pytest.approx(wanted / wanted.sum(), abs=0.05)


def test_an_edited_segment_keeps_its_old_surface_until_the_new_one_is_there(four, balls, qtbot):
    views = four(balls)
    ready(qtbot, views)
    before = views.solid.content.surfaces()
    block = np.zeros(balls.volume.grid.shape_kji, bool)
    block[5:35, 10:50, 10:60] = True
    larger = dataclasses.replace(balls.segments[0], mask=BitMask.from_bool(block))
    edited = dataclasses.replace(balls, segments=(larger, balls.segments[1]))
    views.show_case(edited, Touched.SEGMENTS)
    assert [s.mesh for s in views.solid.content.surfaces()] == [s.mesh for s in before]
    ready(qtbot, views)
    after = views.solid.content.surfaces()
    assert after[0].mesh is not before[0].mesh
    assert after[1].mesh is before[1].mesh


def test_without_a_segment_the_bone_is_shown_so_3d_is_never_empty(four, scan_only, qtbot):
    views = four(scan_only)
    ready(qtbot, views)
    picture = pixels(views.grab_views()["3d"])
    background = np.array(palette.ratios(palette.SOLID_BACKGROUND)) * 255
    middle = picture[40:-60, 40:-80]
    assert (np.abs(middle - background).max(axis=2) > 60).mean() > 0.01


@pytest.mark.parametrize("mode", [SolidMode.BONE, SolidMode.VESSEL, SolidMode.SKIN])
def test_volume_modes_draw_something_and_go_back(four, balls, qtbot, mode):
    views = four(balls)
    views.set_solid_mode(mode)
    ready(qtbot, views)
    background = np.array(palette.ratios(palette.SOLID_BACKGROUND)) * 255
    picture = pixels(views.grab_views()["3d"])[40:-60, 40:-80]
    assert (np.abs(picture - background).max(axis=2) > 30).any()
    views.set_solid_mode("surfaces")
    assert views.solid.content.mode is SolidMode.SURFACES


def test_the_bone_stands_in_until_the_first_surface_is_there(four, balls, qtbot):
    views = four()
    solid, content = views.solid, views.solid.content
    views.show_case(balls)  # what the thread builds comes in by events: none until the wait below
    assert next(iter(content._builder._waiting), content._builder.running) is not None
    assert content.corners_lps_mm() is None
    content._take(SolidMode.BONE, VolumePicture.make(balls.volume, "bone"))
    assert content.is_stand_in
    solid.draw_now()
    background = np.array(palette.ratios(palette.SOLID_BACKGROUND)) * 255
    seen = pixels(solid._drawer.image)[40:-60, 40:-80]
    assert (np.abs(seen - background).max(axis=2) > 60).mean() > 0.01
    first = solid.camera
    content._take(balls.segments[0].mask, segment_mesh(balls.volume, balls.segments[0]))
    assert not content.is_stand_in
    assert len(content.surfaces()) == 1
    ready(qtbot, views)
    assert len(content.surfaces()) == 2
    solid.grab()
    assert solid.camera == first  # what comes in doesn't move the view


def test_the_bone_is_built_before_the_surfaces_and_not_once_one_is_there(four, balls, qtbot):
    content = four().solid.content
    content._case = balls
    assert list(content._jobs()) == [SolidMode.BONE, *(s.mask for s in balls.segments)]
    content._take(balls.segments[0].mask, segment_mesh(balls.volume, balls.segments[0]))
    assert list(content._jobs()) == [balls.segments[1].mask]


def test_an_edit_keeps_the_first_camera_and_another_segment_in_sight_takes_it_anew(
    four, balls, qtbot
):
    views = four(balls)
    ready(qtbot, views)
    views.solid.grab()
    first = views.solid.camera
    larger = dataclasses.replace(
        balls.segments[0], mask=BitMask.from_bool(np.ones(balls.volume.grid.shape_kji, bool))
    )
    views.show_case(
        dataclasses.replace(balls, segments=(larger, balls.segments[1])), Touched.SEGMENTS
    )
    ready(qtbot, views)
    views.solid.grab()
    assert views.solid.camera == first
    views.show_case(dataclasses.replace(balls, segments=(larger,)), Touched.SEGMENTS)
    views.solid.grab()
    assert views.solid.camera != first


def test_pictures_of_the_volume_are_cast_in_a_thread_and_the_latest_wins(four, scan_only, qtbot):
    views = four(scan_only)
    ready(qtbot, views)
    solid = views.solid
    solid.render_still()
    solid.grab()
    ready(qtbot, views)
    kept = solid._drawer.image
    assert kept is not None
    shots = []
    solid._drawer._caster.built.connect(lambda shot, _: shots.append(shot))
    for _ in range(6):
        solid.look_from(solid.camera.turned(15.0, 5.0))
        solid.grab()  # paints at once: the last picture stays on screen
        assert solid._drawer.image is kept
    qtbot.waitUntil(lambda: not solid.is_waiting and solid._is_still, timeout=30000)
    assert shots[-1].camera == solid.camera
    assert len(shots) < 6 + 2
    assert solid._drawer.image is not kept


def test_another_patient_never_sees_the_former_ones_picture(four, scan_only, qtbot):
    views = four(scan_only)
    ready(qtbot, views)
    solid = views.solid
    solid.draw_now()
    assert solid._drawer.image is not None
    other = dataclasses.replace(
        scan_only, volume=Volume(scan_only.volume.hu.copy(), scan_only.volume.grid)
    )
    shot = Shot(solid.content.picture(), solid.camera, (40, 30), 1.0)
    views.show_case(other)
    assert solid._drawer.image is None
    solid._drawer._take(shot, np.zeros((30, 40, 3), np.uint8))  # cast for the former, come late
    assert solid._drawer.image is None


def test_a_slow_still_makes_the_next_one_coarser_and_a_quick_one_finer():
    pace = Pace.first(is_software=True)
    assert (pace.fineness.factor, pace.fineness.has_creases) == (1.0, True)
    assert pace.after(0.2) == pace
    assert pace.after(0.05).fineness.factor == 2.0
    assert not pace.after(0.9).fineness.has_creases
    assert pace.after(0.9).after(0.9) == pace.after(0.9)
    assert pace.after(0.9).after(0.2) == pace
    assert pace.after(0.9).after(0.3) == pace.after(0.9)
    assert Pace.first(is_software=False).fineness.factor == 2.0
    assert Pace.first(is_software=False).after(0.01).fineness.factor == 2.0


def test_mouse_turns_pans_and_zooms_and_keys_take_standard_views(four, balls, qtbot):
    views = four(balls)
    ready(qtbot, views)
    solid = views.solid
    solid.grab()
    first = solid.camera
    for button, changes in (
        (Qt.MouseButton.LeftButton, {"eye", "up"}),
        (Qt.MouseButton.MiddleButton, {"focus_lps_mm"}),
        (Qt.MouseButton.RightButton, {"height_mm"}),
    ):
        before = solid.camera
        QTest.mousePress(solid, button, pos=QPoint(100, 100))
        QTest.mouseMove(solid, QPoint(130, 120))
        QTest.mouseRelease(solid, button, pos=QPoint(130, 120))
        fields = {f.name for f in dataclasses.fields(before)}
        assert {f for f in fields if getattr(before, f) != getattr(solid.camera, f)} == changes
    QTest.keyClick(solid, Qt.Key.Key_3)
    assert solid.camera.words == ("Left lateral",)
    QTest.keyClick(solid, Qt.Key.Key_1, Qt.KeyboardModifier.ShiftModifier)
    assert solid.camera.words == ("Posterior",)
    QTest.keyClick(solid, Qt.Key.Key_R)
    solid.grab()
    assert solid.camera == first


def test_a_moving_view_is_drawn_lightly_and_finely_when_it_rests(four, balls, qtbot):
    views = four(balls)
    ready(qtbot, views)
    solid = views.solid
    solid.grab()
    solid.look_from(solid.camera.turned(20.0, 0.0))
    solid.grab()
    assert solid._drawer.image.width() <= solid.width()
    assert not solid._is_still
    qtbot.waitUntil(lambda: solid._is_still, timeout=5000)
    solid.grab()
    assert solid._drawer.image.width() == solid.width()


def test_a_proposal_is_seen_in_3d_and_gone_with_its_tool(four, scan_only, qtbot):
    """Without a segment the bone gives way to it and the camera stays."""
    views = four(scan_only)
    ready(qtbot, views)
    before = pixels(views.grab_views()["3d"])
    camera = views.solid.camera
    grid = scan_only.volume.grid
    voxels = np.zeros(grid.shape_kji, bool)
    voxels[tuple(slice(n // 4, 3 * n // 4) for n in grid.shape_kji)] = True
    views.show_preview((Preview(BitMask.from_bool(voxels), "#D8AA00"),))
    ready(qtbot, views)
    seen = pixels(views.grab_views()["3d"])
    assert views.solid.camera == camera
    middle = seen[seen.shape[0] // 2, seen.shape[1] // 2]
    assert middle[0] > middle[2] + 40
    views.show_preview(())
    ready(qtbot, views)
    assert np.array_equal(pixels(views.grab_views()["3d"]), before)


def test_preview_chosen_segment_and_loading_reach_the_slices(four, balls):
    views = four(balls)
    preview = Preview(balls.segments[0].mask, "#D8AA00")
    views.show_preview((preview,))
    views.choose_segment(balls.segments[1].id)
    assert all(v.scene.previews == (preview,) for v in views.slices.values())
    assert all(v.scene.chosen == balls.segments[1].id for v in views.slices.values())
    views.show_preview(())
    views.show_loading()
    assert all(v.scene.is_loading for v in views.slices.values())
    skeleton = np.array((0x2C, 0x33, 0x3D))
    for picture in views.grab_views().values():
        assert (np.abs(pixels(picture) - skeleton).max(axis=2) <= 2).sum() > 500
    views.show_case(balls)
    assert not any(v.scene.is_loading for v in views.slices.values())


def test_no_case_is_black_and_harmless(four):
    views = four()
    for name in SLICES:
        QTest.mouseClick(views.slices[name], Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
        QTest.keyClick(views.slices[name], Qt.Key.Key_Up)
    assert set(views.grab_views()) == set(NAMES)
    views.show_case(None)


def test_names_are_translated_and_read_out(four, balls):
    words = {"Axial": "محوري", "3D": "ثلاثي"}
    views = four(balls, translate=lambda text: words.get(text, text))
    assert views.slices["axial"].accessibleName() == "محوري"
    assert views.solid.accessibleName() == "ثلاثي"
    assert views.slices["sagittal"].accessibleDescription().startswith(("L ", "R "))
    assert views.findChild(type(views.solid), "view.3d") is views.solid


def test_shutdown_stops_builds_and_leaves_no_thread(four, balls, qtbot):
    views = four(balls)
    views.shutdown()
    assert not [t for t in threading.enumerate() if t.name == "views"]
    views.solid.grab()  # a late paint draws no 3D picture into what is gone


@pytest.mark.slow
def test_windows_opened_and_closed_do_not_pile_up(qapp, qtbot, balls):
    def once():
        views = FourViews()
        views.resize(600, 400)
        views.show()
        views.show_case(balls)
        ready(qtbot, views)
        views.grab_views()
        views.shutdown()
        views.close()
        views.deleteLater()
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()

    process = psutil.Process(os.getpid())
    for _ in range(3):
        once()
    before = process.memory_info().rss
    for _ in range(6):
        once()
    assert process.memory_info().rss - before < 6 * 3 * 2**20
