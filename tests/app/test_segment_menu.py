"""The menu of a segment: every entry is one edit that can be taken back."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QPushButton,
    QWidget,
)

from app.commands.segments import COLOURS, FADES
from app.parts.rail import Step
from app.settings import Settings
from planning.case import file as case_files
from planning.case.case import Status
from tests.app.conftest import block_case
from viewers.palette import SEGMENTS

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def three(window):
    window.desk.lay_case(block_case(segments=3))
    window.desk.select("s1")
    window.show_step(Step.SEGMENT)
    return window


def opened(window, name="s1"):
    window.house.findChild(QPushButton, f"menu_{name}").click()
    return shown(window)


def shown(window):
    menus = [m for m in window.findChildren(QMenu, "segment_menu") if m.isVisible()]
    assert len(menus) == 1
    return menus[0]


def choose(window, entry, name="s1"):
    menu = opened(window, name)
    found = [a for a in menu.findChildren(QAction) if a.objectName() == entry]
    assert len(found) == 1, entry
    found[0].trigger()
    menu.close()


def order(window):
    return [segment.id for segment in window.desk.case.segments]


def look(window):
    chosen = window.desk.segment
    return chosen.colour, chosen.opacity_ratio, chosen.is_visible


def test_a_look_is_one_step_back(three):
    """One window for all of them: each is undone before the next."""
    for entry in (*(c.id for c in (*COLOURS[1:], *FADES[1:])), "hide_segment"):
        before, steps = three.desk.case, three.desk.history.undo_title
        choose(three, entry)
        now = three.desk.case
        assert look(three) != ("#E6D3A8", 1.0, True), entry
        assert steps is None
        assert three.desk.history.undo_title == "Change look", entry
        assert [s.mask for s in now.segments] == [s.mask for s in before.segments], entry
        three.dispatcher.run("undo")
        assert look(three) == ("#E6D3A8", 1.0, True), entry
        assert three.desk.history.undo_title is None


def test_colours_and_opacities_are_what_they_say(three):
    for command, colour in zip(COLOURS, SEGMENTS, strict=True):
        choose(three, command.id)
        assert three.desk.segment.colour == colour
    for percent in (75, 50, 25, 100):
        choose(three, f"opacity_{percent}")
        assert three.desk.segment.opacity_ratio == percent / 100


def test_the_menu_ticks_what_holds(three):
    choose(three, "colour_pink")
    choose(three, "opacity_25")
    menu = opened(three)
    ticked = [a.objectName() for a in menu.findChildren(QAction) if a.isChecked()]
    assert ticked == ["status_to_do", "colour_pink", "opacity_25"]
    menu.close()


def test_moving_changes_the_order_and_stops_at_the_ends(three):
    choose(three, "move_segment_up")
    assert order(three) == ["s1", "s0", "s2"]
    assert three.desk.history.undo_title == "Reorder segments"
    assert not three.dispatcher.run("move_segment_up")
    menu = opened(three)
    closed = {a.objectName() for a in menu.findChildren(QAction) if not a.isEnabled()}
    assert closed == {"move_segment_up"}
    menu.close()
    three.dispatcher.run("undo")
    choose(three, "move_segment_down")
    assert order(three) == ["s0", "s2", "s1"]
    assert not three.dispatcher.run("move_segment_down")
    three.dispatcher.run("undo")
    assert order(three) == ["s0", "s1", "s2"]


def test_renaming_and_deleting_are_one_step_each(three):
    choose(three, "rename_segment")
    edit = three.house.findChild(QLineEdit, "rename_s1")
    assert edit.isVisible()
    edit.setText("Scapula")
    edit.editingFinished.emit()
    assert three.desk.segment.name == "Scapula"
    choose(three, "delete_segment")
    assert order(three) == ["s0", "s2"]
    three.dispatcher.run("undo")
    three.dispatcher.run("undo")
    assert [s.name for s in three.desk.case.segments] == ["Bone 0", "Bone 1", "Bone 2"]


def test_a_right_click_chooses_the_row_and_opens_its_menu(three):
    row = three.house.findChild(QWidget, "segment_s2")
    at = QPoint(20, 20)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, row.mapToGlobal(at))
    QApplication.sendEvent(row, event)
    menu = shown(three)
    assert three.desk.selected == "s2"
    menu.close()


def test_only_the_chosen_row_shows_its_button_and_numbers_keep_their_column(three):
    QApplication.processEvents()
    buttons = {n: three.house.findChild(QPushButton, f"menu_s{n}") for n in range(3)}
    assert [button.isVisible() for button in buttons.values()] == [False, True, False]
    assert "Bone 1" in buttons[1].accessibleName()
    eyes = {three.house.findChild(QPushButton, f"eye_s{n}").x() for n in range(3)}
    assert len(eyes) == 1


def test_a_case_that_is_read_offers_nothing_to_change(window, tmp_path, qtbot):
    path = tmp_path / "taken.tasrif"
    with case_files.create(path, block_case(), person="somebody"):
        window.open_path(path)
        qtbot.waitUntil(lambda: window.desk.case is not None, timeout=60_000)
        menu = opened(window, "s0")
        assert not any(a.isEnabled() for a in menu.actions() if not a.isSeparator())
        menu.close()


@pytest.mark.parametrize("spoken", ["fr", "ar"])
def test_the_menu_speaks_the_window_s_language(three, spoken):
    english = [a.text() for a in opened(three).findChildren(QAction)]
    shown(three).close()
    three.rebuild(replace(Settings(), language=spoken))
    words = [a.text().strip("\u2066\u2069") for a in opened(three).findChildren(QAction)]
    same = {one for one, other in zip(english, words, strict=True) if one == other and one}
    assert same - {"Cyan"} == {"100 %", "75 %", "50 %", "25 %"}
    shown(three).close()


def row_of(window, name):
    """The row as it is now; those of before an edit go a moment later."""
    rows = window.house.findChildren(QWidget, f"segment_{name}")
    return rows[-1]


def test_status_and_lock_are_one_step_each_and_stand_in_the_row(three):
    choose(three, "status_reviewed")
    choose(three, "lock_segment")
    segment = three.desk.segment
    assert (segment.status, segment.is_locked) == (Status.REVIEWED, True)
    row = row_of(three, "s1")
    assert row.accessibleName() == "Bone 1, Locked, Reviewed"
    assert {mark.toolTip() for mark in row.findChildren(QLabel)} >= {"Locked", "Reviewed"}
    choose(three, "delete_segment")
    assert order(three) == ["s0", "s1", "s2"]
    three.dispatcher.run("undo")
    three.dispatcher.run("undo")
    assert three.desk.segment.status is Status.TO_DO
    assert row_of(three, "s1").accessibleName() == "Bone 1"


def asked(three):
    choose(three, "code_segment")
    return three.findChild(QDialog, "term_dialog")


def test_a_term_is_found_by_typing_and_chosen_with_its_side(three):
    dialog = asked(three)
    dialog.findChild(QLineEdit, "term_search").setText("FEMU")
    terms = dialog.findChild(QListWidget)
    shown_terms = [terms.item(n).text() for n in range(terms.count()) if not terms.isRowHidden(n)]
    assert shown_terms == ["Femur"]  # the vessels say "femoral"
    dialog.findChild(QPushButton, "term_side_L").click()
    dialog.findChild(QPushButton, "term_use").click()
    assert three.desk.segment.code == "71341001:272741003=7771000"
    assert three.desk.history.undo_title == "Set code"
    row = row_of(three, "s1")
    assert row.accessibleName() == "Bone 1, Femur, left"


def test_what_has_no_side_is_given_none_and_the_name_takes_over_again(three):
    dialog = asked(three)
    dialog.findChild(QPushButton, "term_use").setEnabled(False)
    dialog.findChild(QLineEdit, "term_search").setText("liver")
    assert not dialog.findChild(QPushButton, "term_side_R").isEnabled()
    dialog.findChild(QPushButton, "term_use").click()
    assert three.desk.segment.code == "10200004"
    dialog = asked(three)
    assert dialog.findChild(QListWidget).currentItem().text() == "Liver"
    dialog.findChild(QLineEdit, "term_search").setText("no such thing")
    assert not dialog.findChild(QPushButton, "term_use").isEnabled()
    dialog.findChild(QPushButton, "term_by_name").click()
    assert three.desk.segment.code == ""
