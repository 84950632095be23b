"""The open tool's fields and foot: what they choose, what stays in sight, what is let go (UI-5)."""

import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QWidget

from app.panels.tool_editor import ToolEditor
from app.parts.rail import Step
from app.tool_faces import FACES
from planning.case.case import Kind, Status
from planning.case.edits import SetSegmentStatus
from tests.app.conftest import block_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


def gone():
    """Let Qt delete what was put away, and Python what nothing holds any more."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()


def left_of(window, name):
    """Open and close a tool; return what stays: its editor, and the count of widgets more."""
    gone()
    before = len(QApplication.allWidgets())
    window.tooling.open(name)
    editor = weakref.ref(window.findChild(ToolEditor, "tool_editor"))
    window.tooling.close()
    gone()
    return editor(), len(QApplication.allWidgets()) - before


def test_nothing_of_a_closed_tool_stays(full_window):
    full_window.show_step(Step.SEGMENT)
    gc.collect()
    gc.freeze()  # what all other tests left alive needs no second look
    try:
        for face in FACES:
            left_of(full_window, face.name)  # the first time may make what stays for good
            assert left_of(full_window, face.name) == (None, 0), face.name
    finally:
        gc.unfreeze()


def centre(window):
    return tuple(float(x) for x in window.desk.case.volume.grid.centre_lps_mm)


def open_tool(window, name, segments=1):
    window.desk.lay_case(block_case(Kind.SIMULATION, segments=segments))
    window.show_step(Step.SEGMENT)
    window.dispatcher.run(f"open_{name}")
    return window.tooling


def test_the_only_other_segment_is_chosen_by_itself(window):
    tooling = open_tool(window, "logic", segments=2)
    (other,) = (s.name for s in window.desk.case.segments if s.id != window.desk.selected)
    assert tooling.settings["other"] == other
    assert tooling.lacks is None
    assert window.findChild(QComboBox, "other").currentText() == other
    assert open_tool(window, "smooth-together", segments=2).settings["others"] == (other,)


@pytest.mark.parametrize("segments", [1, 3])
def test_of_none_or_several_others_nothing_is_chosen(window, segments):
    assert open_tool(window, "logic", segments=segments).settings["other"] == ""


def test_what_can_be_a_new_segment_stays_new(window):
    assert open_tool(window, "split-joint", segments=2).settings["other_name"] == ""


def test_the_next_click_fills_the_list_that_still_waits(window):
    tooling = open_tool(window, "split-joint")
    assert tooling.target == "seed_lps_mm"
    point = centre(window)
    tooling.place_seeds((point,))
    assert tooling.target == "other_lps_mm"
    tooling.place_seeds((point,))
    assert tooling.target == "other_lps_mm", "both have a point: nothing turns any more"
    tooling.aim("seed_lps_mm")
    tooling.place_seeds((point,))
    assert tooling.target == "seed_lps_mm"
    assert len(tooling.settings["seed_lps_mm"]) == 2


def test_a_new_segment_is_named_where_it_is_made(window):
    tooling = open_tool(window, "split-joint")
    chooser = window.findChild(QComboBox, "other_name")
    assert chooser.lineEdit().placeholderText() == "New segment"
    chooser.lineEdit().setFocus()
    QTest.keyClicks(chooser.lineEdit(), "Humer")
    tooling.changed.emit()  # a preview that arrives leaves half a word alone
    QTest.keyClicks(chooser.lineEdit(), "us")
    QTest.keyClick(chooser.lineEdit(), "\r")
    assert tooling.settings["other_name"] == "Humerus"
    assert chooser.currentText() == "Humerus"
    tooling.close()
    tooling.open("split-joint")
    assert tooling.settings["other_name"] == "", "a name belongs to one use of the tool"


def test_findings_and_buttons_stay_in_sight(window, qtbot):
    """A long finding pushes neither Apply nor itself below the fold, in a low window."""
    window.resize(1024, 700)
    window.show()
    tooling = open_tool(window, "metal")
    tooling.set(metal_hu=690, bone_hu=30, zone_mm=2.0)
    qtbot.waitUntil(lambda: tooling.trial is not None and bool(tooling.trial.made.findings))

    def seen(name):
        one = window.findChild(QWidget, name)
        return one.visibleRegion().boundingRect().height() == one.height()

    qtbot.waitUntil(lambda: seen("findings_area") and seen("tool_apply") and seen("tool_cancel"))
    assert window.findChild(QPushButton, "continue_plan").isHidden()
    tooling.close()
    assert not window.findChild(QPushButton, "continue_plan").isHidden()


def test_a_segment_is_accepted_by_one_click(window, qtbot):
    window.desk.lay_case(block_case(Kind.SIMULATION, segments=2))
    window.show_step(Step.SEGMENT)
    details = window.findChild(QWidget, "segment_details")
    qtbot.waitUntil(lambda: not details.isHidden(), timeout=60_000)

    def offered():
        buttons = window.findChildren(QPushButton)
        return [b for b in buttons if b.objectName().startswith("accept_") and b.isVisible()]

    qtbot.waitUntil(lambda: len(offered()) == 1)
    chosen = window.desk.selected
    assert offered()[0].objectName() == f"accept_{chosen}"
    offered()[0].click()
    assert window.desk.segment.status is Status.REVIEWED
    assert not details.isHidden(), "the numbers are the same: they stay"
    qtbot.waitUntil(lambda: not offered())
    window.desk.do(SetSegmentStatus(chosen, Status.DONE))
    qtbot.waitUntil(lambda: len(offered()) == 1)


def test_an_empty_segment_is_drawn_in_and_a_full_one_cut(window):
    tooling = open_tool(window, "scissors")
    assert (tooling.settings["mode"], tooling.settings["depth"]) == ("erase-inside", "through")
    window.dispatcher.run("new_segment")
    tooling.close()
    tooling.open("scissors")
    assert (tooling.settings["mode"], tooling.settings["depth"]) == ("fill-inside", "slice")
