"""The Plan step's panel: what it shows of every kind of case, and what its controls do."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QWidget,
)

from app.numbers import Held, Number
from app.panels.plan_words import definition_words, limit_words, verdict_words
from app.parts.banner import Elided
from app.parts.density_plot import DensityPlot
from app.parts.rail import Step
from app.settings import Settings
from planning.case.case import Kind
from planning.case.edits import AddItem
from planning.case.seal import Seal
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import KINDS
from planning.model.trajectory import Trajectory
from planning.model.zone import ZoneRule
from tests.app.conftest import block_case
from tests.app.planned import FAR_MM, NEAR_MM, planned_case
from tests.app.test_layout import cut, settle

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def plan(window, qtbot):
    def lay(case):
        window.desk.lay_case(case)
        window.show_step(Step.PLAN)
        wait(window, qtbot)
        return window

    return lay


def wait(window, qtbot):
    numbers = window.placing.numbers
    qtbot.waitUntil(
        lambda: all(numbers.is_current(item) for item in window.placing.items), timeout=120_000
    )
    settle()


def child(window, kind, name):
    found = window.house.findChild(kind, name)
    assert found is not None, name
    return found


def shown(window, kind, name):
    found = [one for one in window.house.findChildren(kind, name) if one.isVisible()]
    return found[0] if found else None


def guide(window):
    return window.house.panels[Step.PLAN]._guide.text()


def all_kinds(case):
    items = (
        Landmark(ItemId("l"), "Coracoid", (0.0, 0.0, 120.0)),
        Distance(ItemId("d"), "Width", (0.0, 0.0, 120.0), (8.0, 0.0, 120.0)),
        Angle(ItemId("a"), "Turn", (0.0, 0.0, 120.0), (8.0, 0.0, 120.0), (8.0, 9.0, 120.0)),
        CutPlane(ItemId("c"), "Resection", (0.0, 0.0, 122.0), (0.0, 0.0, 1.0), "s0"),
    )
    plan = case.plan
    for item in items:
        plan = plan.adding(item)
    return replace(case, plan=plan)


def sealed(case):
    seal = Seal(case.version, "A", "B", "2026-11-22T10:00:00+00:00", "0" * 64, "{}", "00", "", "ab")
    return replace(case, seals=(seal,), is_sealed=True)


def test_without_a_case_the_step_leads_to_open(window):
    window.show_step(Step.PLAN)
    shown(window, QPushButton, "plan_go_open").click()
    assert window.step is Step.OPEN


def test_without_a_segment_the_step_leads_to_segment(plan):
    window = plan(block_case(segments=0))
    assert shown(window, QPushButton, "plan_add_trajectory") is None
    shown(window, QPushButton, "plan_go_segment").click()
    assert window.step is Step.SEGMENT


def test_an_empty_plan_shows_every_kind_and_folds_after_the_first(plan, qtbot):
    window = plan(block_case())
    for kind in KINDS:
        assert shown(window, QPushButton, f"plan_add_{kind.kind}"), kind.kind
    assert not shown(window, QPushButton, "plan_check").isEnabled()
    QTest.mouseClick(shown(window, QPushButton, "plan_add_no_go_zone"), Qt.MouseButton.LeftButton)
    settle()
    assert shown(window, QPushButton, "plan_add_landmark") is None
    assert shown(window, QPushButton, "plan_check").isEnabled()
    shown(window, QPushButton, "plan_add").click()
    (menu,) = [m for m in window.findChildren(QMenu, "plan_add_menu") if m.isVisible()]
    assert {a.objectName() for a in menu.actions()} == {f"plan_add_{k.kind}" for k in KINDS}
    next(a for a in menu.actions() if a.objectName() == "plan_add_angle").trigger()
    menu.close()
    assert guide(window) == "Click the end of the first leg in any slice."
    window.placing.clicking.click((0.0, 0.0, 120.0), (0.0, 0.0, 1.0))
    assert guide(window) == "Click the apex of the angle."
    wait(window, qtbot)


def test_the_step_is_ticked_and_leads_to_the_check(plan):
    window = plan(planned_case(FAR_MM))
    assert window.house.findChild(QPushButton, "step_plan").accessibleDescription() == "done"
    shown(window, QPushButton, "plan_check").click()
    assert window.step is Step.CHECK


@pytest.mark.hazard("HAZ-19")
def test_a_number_below_its_limit_is_red_with_a_sign_and_said_in_the_footer(plan):
    window = plan(planned_case(NEAR_MM))
    row = child(window, QWidget, "plan_number_zone_clearance")
    assert row._title.font().weight() == 600
    assert row._sign.isVisible()
    assert window.placing.numbers.of(window.placing.item).tone == "block"
    verdict = shown(window, QLabel, "plan_verdict")
    assert verdict.text() == "K-wire is closer to Nerve zone than its limit."
    assert row._limit.text().startswith("≥ 8.0 mm")
    assert [one.look.tone for one in window.house.panels[Step.PLAN]._items.rows][1] == "block"
    assert "beyond a limit" in child(window, QWidget, "plan_item_1").accessibleName()


def test_a_number_within_its_limit_is_calm(plan):
    window = plan(planned_case(FAR_MM))
    row = child(window, QWidget, "plan_number_zone_clearance")
    assert not row._sign.isVisible()
    # The path is near the rim of the block, as far as a mask can tell: that is said instead.
    assert (
        shown(window, QLabel, "plan_verdict").text()
        == "The wall around K-wire is thinner than its limit."
    )
    assert child(window, QLabel, "plan_number_trajectory_length_value").text() == "14.2"
    assert child(window, QLabel, "plan_mean_hu").text() == "700 HU"


@pytest.mark.hazard("HAZ-20")
def test_a_stale_number_is_faint_until_it_is_measured_again(plan, qtbot):
    window = plan(planned_case(FAR_MM))
    value = child(window, QLabel, "plan_number_trajectory_length_value")
    calm = value.styleSheet()
    window.placing.replace(window.placing.item, target_lps_mm=(5.0, 0.0, 110.0))
    assert not window.placing.numbers.is_current(window.placing.item)
    assert value.styleSheet() != calm
    assert window.house.panels[Step.PLAN]._items.rows[0].look.is_stale
    row = child(window, QWidget, "plan_number_trajectory_length")
    assert "measured again" in row.accessibleDescription()
    wait(window, qtbot)
    assert value.styleSheet() == calm
    assert value.text() == "20.1", "rounded up"


def test_a_number_that_is_none_says_why(plan, qtbot):
    window = plan(planned_case(FAR_MM))
    chooser = child(window, QComboBox, "plan_segment")
    chooser.setCurrentIndex(0)
    assert window.placing.item.segment_id is None
    wait(window, qtbot)
    assert child(window, QLabel, "plan_number_bone_margin_value").text() == "–"
    row = child(window, QWidget, "plan_number_bone_margin")
    assert "K-wire" in row.toolTip()


def test_a_click_unfolds_what_a_number_is(plan):
    window = plan(planned_case(FAR_MM))
    row = child(window, QWidget, "plan_number_zone_clearance")
    words = child(window, QLabel, "plan_number_zone_clearance_definition")
    assert not words.isVisible()
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_Space)
    settle()
    assert words.isVisible()
    assert "Smallest distance" in words.text()
    assert "Source: " in words.text()
    assert "Version 1" in words.text()


def test_a_number_s_words_hold_its_error():
    held = Held(number("5.0").shown, "≥", 0.5, "")
    sure = replace(number("5.1"), held=held, uncertainty_mm=number("0.20").shown)
    assert limit_words(sure) == "≥ 5.0 mm  (± 0.20 mm)"
    assert "± 0.20 mm" in definition_words(replace(sure, definition="Distance", source="Euclid"))


def number(text):
    from decimal import Decimal

    return Number("zone_clearance", "Clearance", shown=Decimal(text), unit="mm")


def test_the_diameter_is_one_step_a_key(plan):
    window = plan(planned_case(FAR_MM))
    edit = child(window, QLineEdit, "plan_diameter")
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_Up)
    assert window.placing.item.diameter_mm == pytest.approx(3.1)
    QTest.keyClick(edit, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert window.placing.item.diameter_mm == pytest.approx(4.1)
    assert child(window, QLabel, "status_undo").text() == "Undo: Change K-wire"
    window.dispatcher.run("undo")
    assert window.placing.item.diameter_mm == pytest.approx(3.1)
    assert edit.text() == "3.1"


def test_the_field_keeps_digits_it_does_not_show(plan):
    case = planned_case(FAR_MM)
    fine = replace(case.plan.items[0], diameter_mm=2.57)
    window = plan(replace(case, plan=case.plan.replacing(fine)))
    edit = child(window, QLineEdit, "plan_diameter")
    edit.setFocus()
    edit.editingFinished.emit()
    assert window.placing.item.diameter_mm == 2.57
    assert window.desk.history.undo_title is None


def test_the_margin_of_a_zone_and_its_segment_can_be_set(plan, qtbot):
    window = plan(planned_case(FAR_MM))
    child(window, QWidget, "plan_item_1")._on_click()
    settle()
    edit = shown(window, QLineEdit, "plan_margin")
    edit.setText("4,5")
    edit.editingFinished.emit()
    assert window.placing.item.margin_mm == 4.5
    shown(window, QComboBox, "plan_segment").setCurrentIndex(0)
    assert window.placing.item.segment_id == "s0"
    wait(window, qtbot)


@pytest.mark.hazard("HAZ-19", "HAZ-32")
def test_a_zone_warns_or_forbids_as_a_person_chooses_and_undo_brings_it_back(plan, qtbot):
    window = plan(planned_case(NEAR_MM))
    child(window, QWidget, "plan_item_1")._on_click()
    settle()
    forbid, warn = (shown(window, QPushButton, f"plan_severity_{one}") for one in ZoneRule)
    assert (forbid.isChecked(), warn.isChecked()) == (True, False)
    assert not forbid.icon().cacheKey() or forbid.text()  # words, not colours alone

    def after(act):
        act()
        settle()
        wait(window, qtbot)
        panel = window.house.panels[Step.PLAN]._items
        look = panel.rows[1].look
        buttons = forbid.isChecked(), warn.isChecked()
        return window.placing.item.severity, buttons, look.tone, look.words

    chosen = after(lambda: QTest.mouseClick(warn, Qt.MouseButton.LeftButton))
    assert chosen == (ZoneRule.WARN, (False, True), "warn", "Warn  + 8.0 mm")
    child(window, QWidget, "plan_item_0")._on_click()
    wait(window, qtbot)
    assert window.placing.numbers.of(window.placing.item).numbers
    assert clearance(window).held.tone == "warn"
    child(window, QWidget, "plan_item_1")._on_click()
    settle()
    forbid, warn = (shown(window, QPushButton, f"plan_severity_{one}") for one in ZoneRule)
    assert (forbid.isChecked(), warn.isChecked()) == (False, True)
    back = after(lambda: window.dispatcher.run("undo"))
    assert back == (ZoneRule.FORBID, (True, False), "block", "+ 8.0 mm")
    again = after(lambda: window.dispatcher.run("redo"))
    assert again[:2] == (ZoneRule.WARN, (False, True))


def clearance(window):
    reading = window.placing.numbers.of(window.placing.item)
    return next(one for one in reading.numbers if one.measure == "zone_clearance")


def test_names_change_in_the_row_and_in_the_heading(plan, qtbot):
    window = plan(planned_case(FAR_MM))
    row = window.house.panels[Step.PLAN]._items.rows[0]
    row.start_rename()
    row._edit.setText("Guide wire")
    row._edit.editingFinished.emit()
    assert window.placing.item.name == "Guide wire"
    edit = shown(window, QLineEdit, "plan_name")
    assert edit.text() == "Guide wire"
    edit.setText("Nerve zone")
    edit.editingFinished.emit()
    assert window.placing.item.name == "Guide wire", "taken by another item"
    assert window.house.panels[Step.PLAN].footer.message.code == "item-name-taken"
    wait(window, qtbot)


def test_rows_go_by_arrows_and_hide_by_their_eyes(plan):
    window = plan(all_kinds(planned_case(FAR_MM)))
    rows = window.house.panels[Step.PLAN]._items.rows
    rows[0].setFocus()
    QTest.keyClick(rows[0], Qt.Key.Key_Down)
    assert window.placing.chosen == "zone"
    QTest.keyClick(rows[1], Qt.Key.Key_Up)
    assert window.placing.chosen == "wire"
    child(window, QPushButton, "plan_eye_2").click()
    child(window, QPushButton, "plan_eye_3").click()
    assert shown(window, QLabel, "plan_hidden").text() == "2 items are hidden"
    shown(window, QPushButton, "plan_show_all").click()
    assert shown(window, QLabel, "plan_hidden") is None


def test_the_menu_of_a_row_renames_doubles_and_deletes(plan, qtbot):
    window = plan(planned_case(FAR_MM))
    row = window.house.panels[Step.PLAN]._items.rows[0]

    def choose(name):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), QPoint(5, 5))
        QApplication.sendEvent(window.house.panels[Step.PLAN]._items.rows[0], event)
        (menu,) = [m for m in window.findChildren(QMenu, "item_menu") if m.isVisible()]
        entry = next(a for a in menu.actions() if a.objectName() == name)
        menu.close()  # as it is when a person has chosen
        entry.trigger()

    choose("rename_item")
    assert row._edit.isVisible()
    choose("duplicate_item")
    assert window.placing.item.name == "K-wire (2)"
    choose("delete_item")
    assert [item.name for item in window.placing.items] == ["Nerve zone", "K-wire (2)"]
    wait(window, qtbot)


def test_the_plot_shows_the_path_and_leaves_gaps_open(plan, qtbot):
    window = plan(planned_case(FAR_MM))
    plot = child(window, DensityPlot, "plan_density")
    assert plot.isVisible()
    assert plot.hu.size == 58, "14.14 mm at no more than 0.25 mm"
    assert np.allclose(plot.hu, 700.0)
    window.dispatcher.run("plan_add_landmark")
    window.placing.clicking.click((0.0, 0.0, 120.0), (0.0, 0.0, 1.0))
    wait(window, qtbot)
    assert shown(window, DensityPlot, "plan_density") is None


def test_a_closed_plan_can_only_be_looked_at(plan):
    window = plan(sealed(planned_case(FAR_MM)))
    assert shown(window, QPushButton, "plan_add") is None
    for name, kind in (("plan_diameter", QLineEdit), ("plan_segment", QComboBox),
                       ("plan_name", QLineEdit)):  # fmt: skip
        assert not child(window, kind, name).isEnabled()
    rows = window.house.panels[Step.PLAN]._items.rows
    rows[0].start_rename()
    assert not rows[0]._edit.isVisible()
    child(window, QPushButton, "plan_eye_0").click()
    assert window.placing.hidden == {"wire"}
    shown(window, QPushButton, "plan_new_version").click()
    settle()
    assert shown(window, QPushButton, "plan_add") is not None
    assert shown(window, QPushButton, "plan_new_version") is None
    assert child(window, QLineEdit, "plan_diameter").isEnabled()


def test_the_view_bar_turns_to_the_wire_and_back(plan):
    window = plan(planned_case(FAR_MM))
    along = child(window, QPushButton, "view_along")
    assert along.text().strip() == "View along the path"
    along.click()
    assert window.placing.is_along
    assert along.text().strip() == "Back to the anatomical planes"
    along.click()
    assert not window.placing.is_along
    window.show_step(Step.SEGMENT)
    assert shown(window, QPushButton, "view_along") is None


def test_every_command_runs_on_a_full_plan(plan, qtbot):
    from tests.app.test_main_window import run_all

    window = plan(all_kinds(planned_case(FAR_MM)))
    run_all(window)
    qtbot.waitUntil(lambda: window.desk.tasks.is_idle, timeout=120_000)


@pytest.mark.parametrize("spoken", ["en", "fr", "ar"])
def test_no_word_of_the_plan_is_cut(window, qtbot, spoken):
    window.rebuild(Settings(language=spoken))
    window.resize(1280, 800)
    window.desk.lay_case(block_case(Kind.SIMULATION))
    window.show_step(Step.PLAN)
    faults = []
    for kind in KINDS:
        window.dispatcher.run(f"plan_add_{kind.kind}")
        settle()
        faults += [(kind.kind, *fault) for fault in cut(window)]
    window.dispatcher.run("escape")
    window.desk.lay_case(all_kinds(planned_case(NEAR_MM, Kind.SIMULATION)))
    wait(window, qtbot)
    for item in window.placing.items:
        window.placing.choose(item.id)
        settle()
        faults += [(item.name, *fault) for fault in cut(window)]
    window.dispatcher.run("view_along")
    window.placing.choose(ItemId("wire"))
    window.dispatcher.run("view_along")
    settle()
    faults += [("along", *fault) for fault in cut(window)]
    short = [
        title
        for title in window.house.panels[Step.PLAN].findChildren(Elided)
        if title.isVisible() and title.text() != title.accessibleName()
    ]
    faults += [("elided", title.accessibleName()) for title in short]
    assert not faults, "\n".join(map(str, faults))


def test_everything_in_the_panel_has_a_name_to_say_and_to_find(plan):
    window = plan(all_kinds(planned_case(NEAR_MM)))
    panel = window.house.panels[Step.PLAN]
    controls = [w for w in panel.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert len(controls) > 15
    for control in controls:
        if control.isVisible():
            assert control.objectName(), control
            assert control.accessibleName(), control.objectName()


def test_deleting_is_on_the_key(plan, qtbot):
    window = plan(planned_case(FAR_MM))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)  # keys are heard by the active window only
    window.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Delete)
    assert [item.name for item in window.placing.items] == ["Nerve zone"]
    assert len(window.desk.case.segments) == 2
    assert window.desk.do(AddItem(replace(planned_case().plan.items[0], name="Again")))
    assert isinstance(window.placing.items[1], Trajectory)
    wait(window, qtbot)


@pytest.mark.hazard("HAZ-19")
@pytest.mark.parametrize(
    ("shown_mm", "words"),
    [
        ("0.9", "The wall around K-wire is thinner than its limit."),
        ("1.0", "With its error, the wall around K-wire may be thinner than its limit."),
        ("-0.1", "K-wire leaves its segment."),
    ],
)
def test_a_number_that_keeps_its_limit_is_not_said_to_be_beyond_it(shown_mm, words):
    case = planned_case(FAR_MM)
    item = next(one for one in case.plan.items if one.name == "K-wire")
    held = Held(Decimal("1.0"), "≥", 0.5, "warn")
    number = Number("bone_margin", "Thinnest wall", shown=Decimal(shown_mm), held=held)
    assert verdict_words(item, number, case) == words


def test_while_the_next_item_is_placed_nothing_tells_numbers_of_the_former(plan):
    window = plan(planned_case(NEAR_MM))
    assert shown(window, QLabel, "plan_number_trajectory_length_value") is not None
    assert shown(window, QLabel, "plan_verdict") is not None
    window.dispatcher.run("plan_add_distance")
    settle()
    for name in ("plan_number_trajectory_length_value", "plan_verdict", "plan_mean_hu"):
        assert shown(window, QLabel, name) is None, name
    window.dispatcher.run("plan_add_distance")
    settle()
    assert shown(window, QLabel, "plan_number_trajectory_length_value") is not None


@pytest.mark.parametrize("name", ["plan_new_version", "new_version"])
def test_the_focus_stays_with_the_window_after_a_new_version(plan, qtbot, name):
    window = plan(sealed(planned_case(FAR_MM)))
    if name == "new_version":
        window.show_step(Step.CHECK)
        settle()
    window.activateWindow()
    pressed = shown(window, QPushButton, name)
    pressed.setFocus()
    pressed.click()
    settle()
    assert shown(window, QPushButton, name) is None
    assert QApplication.focusWidget() is window
