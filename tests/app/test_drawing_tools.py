"""Tools that are drawn, with real mouse events in the window: each release is one step."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.parts.rail import Step
from app.parts.segment_row import SegmentRow
from viewers.gestures.intents import Tool

pytestmark = pytest.mark.qt
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def drag(view, *way, release=True):
    points = [QPoint(*map(round, px)) for px in way]
    QTest.mousePress(view, LEFT, NONE, points[0])
    for point in points[1:]:
        QTest.mouseMove(view, point)
    if release:
        QTest.mouseRelease(view, LEFT, NONE, points[-1])


@pytest.fixture
def axial(full_window, qtbot):
    """The axial slice through the block's middle, and where a point is on it."""
    qtbot.waitExposed(full_window)
    view = full_window.stage.views.slices["axial"]
    full_window.stage.go_to(full_window.desk.case.volume.grid.lps_mm(np.array((20, 16, 12))))

    def at(i, j):
        grid = full_window.desk.case.volume.grid
        x, y = view.plane.px(grid.lps_mm(np.array((i, j, 12.0))))
        return float(x), float(y)

    view.at = at
    return view


def voxels(window):
    return window.desk.case.segments[0].mask.to_bool()


def test_scissors_cut_once_a_release_and_undo_brings_all_back(full_window, axial):
    full_window.dispatcher.run("open_scissors")
    assert full_window.stage.state.tool == "lasso"
    before = voxels(full_window)
    full_window.tooling.hold("rectangle")
    drag(axial, axial.at(12.5, 10.5), axial.at(16, 13), axial.at(18.5, 14.5))
    cut = before.copy()
    cut[:, 11:15, 13:19] = False
    assert np.array_equal(voxels(full_window), cut)
    full_window.tooling.set(mode="fill-inside", depth="slice")
    drag(axial, axial.at(2.5, 2.5), axial.at(5.5, 6.5))
    cut[12, 3:7, 3:6] = True
    assert np.array_equal(voxels(full_window), cut)
    assert full_window.tooling.name == "scissors"
    full_window.dispatcher.run("undo")
    full_window.dispatcher.run("undo")
    assert np.array_equal(voxels(full_window), before)


def test_escape_gives_an_outline_up_and_then_puts_the_tool_away(full_window, axial):
    full_window.dispatcher.run("open_scissors")
    before = full_window.desk.case
    drag(axial, axial.at(12, 10), axial.at(18, 10), axial.at(18, 14), release=False)
    assert len(axial.pointing().outline_px) == 3
    QTest.keyClick(axial, Qt.Key.Key_Escape)
    assert axial.pointing().outline_px == ()
    assert full_window.tooling.name == "scissors"
    QTest.mouseRelease(axial, LEFT, NONE, QPoint(*map(round, axial.at(18, 14))))
    assert full_window.desk.case is before
    full_window.dispatcher.run("escape")
    assert full_window.tooling.name == ""


def test_the_wheel_goes_through_slices_while_a_tool_is_open(full_window, axial):
    full_window.dispatcher.run("open_live-wire")
    before = axial.scene.crosshair_lps_mm[2]
    QTest.mouseClick(axial, LEFT, NONE, QPoint(*map(round, axial.at(10, 10))))
    QTest.keyClick(axial, Qt.Key.Key_Up)
    assert axial.scene.crosshair_lps_mm[2] == pytest.approx(before + 2.0)


def test_scissors_in_3d_cut_through_the_chosen_segment(full_window, qtbot):
    """Seen from the front a rectangle takes columns and slices, whatever the depth."""
    full_window.dispatcher.run("open_scissors")
    full_window.tooling.hold("rectangle")
    full_window.tooling.set(depth="slice")
    solid = full_window.stage.views.solid
    qtbot.waitUntil(lambda: solid.camera is not None, timeout=60_000)
    solid.look_from(solid.camera.from_eye((0.0, -1.0, 0.0)))
    grid = full_window.desk.case.volume.grid
    size = solid.width(), solid.height()
    a, b = (
        solid.camera.px(grid.lps_mm(np.array(p)), size) for p in ((14.5, 0, 9.5), (18.5, 0, 14.5))
    )
    before = voxels(full_window)
    drag(solid, a, (a + b) / 2.0, b)
    before[10:15, :, 15:19] = False
    assert np.array_equal(voxels(full_window), before)


def test_a_brush_keeps_to_its_range_in_the_slice_it_was_drawn_in(full_window, axial):
    full_window.dispatcher.run("open_paint")
    full_window.tooling.set(shape="disc", lower_hu=-100, upper_hu=100, radius_mm=4.0)
    before = voxels(full_window)
    drag(axial, axial.at(10, 16), axial.at(10, 20))
    added = voxels(full_window) & ~before
    assert added.any()
    assert np.unique(np.argwhere(added)[:, 0]).tolist() == [12]
    assert (full_window.desk.case.volume.hu[added] == 40).all()
    assert full_window.tooling.settings["shape"] == "disc"


def test_a_wire_fills_the_block_in_its_slice(full_window, axial):
    full_window.dispatcher.run("new_segment")
    full_window.dispatcher.run("open_live-wire")
    assert Tool(full_window.stage.state.tool) is Tool.WIRE
    corners = [(9.5, 7.5), (29.5, 7.5), (29.5, 23.5), (9.5, 23.5)]
    for corner in corners:
        QTest.mouseClick(axial, LEFT, NONE, QPoint(*map(round, axial.at(*corner))))
    QTest.keyClick(axial, Qt.Key.Key_Return)
    made = full_window.desk.case.segments[-1].mask.to_bool()
    block = full_window.desk.case.segments[0].mask.to_bool()
    assert np.unique(np.argwhere(made)[:, 0]).tolist() == [12]
    overlap = 2.0 * (made[12] & block[12]).sum() / (made[12].sum() + block[12].sum())
    assert overlap > 0.9
    assert "points_lps_mm" in full_window.desk.case.segments[-1].recipe


def test_seeds_are_drawn_taken_back_by_key_and_by_click(full_window, axial, qtbot):
    full_window.dispatcher.run("open_flood")
    tooling = full_window.tooling
    drag(axial, axial.at(12, 12), axial.at(18, 12), axial.at(24, 12))
    placed = tooling.points
    assert len(placed) > 1
    assert axial.scene.seeds_lps_mm == placed
    QTest.keyClick(axial, Qt.Key.Key_Backspace)
    assert tooling.points == placed[:-1]
    alt = Qt.KeyboardModifier.AltModifier
    QTest.mouseClick(axial, LEFT, alt, QPoint(*map(round, axial.at(12, 12))))
    assert tooling.points == placed[1:-1]
    qtbot.waitUntil(lambda: tooling.trial is not None, timeout=60_000)
    tooling.close()
    assert axial.scene.seeds_lps_mm == ()


def test_a_stroke_changes_the_numbers_in_the_list_and_makes_no_row_anew(full_window):
    panel = full_window.house.panels[Step.SEGMENT]
    full_window.show_step(Step.SEGMENT)
    full_window.dispatcher.run("open_paint")
    (row,) = panel.findChildren(SegmentRow)
    words = [one.text() for one in row.findChildren(QLabel)]
    grid = full_window.desk.case.volume.grid
    point = tuple(grid.lps_mm(np.array((3.0, 3.0, 3.0))).tolist())
    full_window.tooling.draw(points_lps_mm=(point,), radius_mm=3.0)
    assert panel.findChildren(SegmentRow) == [row]
    assert row.segment is full_window.desk.case.segments[0]
    assert [one.text() for one in row.findChildren(QLabel)] != words
