"""The Check panel through the window: cards, reasons, the closed and the open seal."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QPlainTextEdit, QPushButton

from app.dialogs.reason import ReasonDialog
from app.parts.rail import Step
from app.reviewing import Standing
from planning.case.edits import RemoveItem, SealPlan
from planning.case.seal import Seal
from segmentation.finding import Severity
from tests.app.planned import FAR_MM, NEAR_MM, planned_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


def button(window, name):
    found = [b for b in window.findChildren(QPushButton, name) if b.isVisible()]
    assert len(found) == 1, (name, len(found))
    return found[0]


def words(window):
    return " | ".join(one.text() for one in window.findChildren(QLabel) if one.isVisible())


def checked(window, qtbot, case):
    window.desk.lay_case(case)
    window.show_step(Step.CHECK)
    known(window, qtbot)
    return window


def known(window, qtbot):
    reviewing = window.reviewing
    qtbot.waitUntil(lambda: reviewing.standing is Standing.KNOWN, timeout=60_000)
    QApplication.processEvents()


def sealed_by_hand(case):
    seal = Seal(case.version, "A", "B", "2026-11-22T10:00:00+00:00", "0" * 64, "{}", "00", "", "ab")
    return SealPlan(seal)


def reason_dialog(window):
    (dialog,) = [d for d in window.findChildren(ReasonDialog) if d.isVisible()]
    return dialog


def test_a_block_closes_the_seal_and_says_why(window, qtbot):
    checked(window, qtbot, planned_case(NEAR_MM))
    card = window.findChild(QFrame, "check_card_0")
    assert "2.7 mm" in card.accessibleName()
    assert window.findChild(QFrame, "check_blocks").accessibleName() == "1 block"
    assert not button(window, "seal_plan").isEnabled()
    assert "Sealing opens when nothing blocks." in words(window)
    assert not window.dispatcher.run("seal_plan")


def test_what_passes_opens_the_seal(window, qtbot):
    checked(window, qtbot, planned_case(FAR_MM))
    assert window.findChild(QFrame, "check_blocks") is None
    assert button(window, "seal_plan").isEnabled()
    assert "Sealing opens" not in words(window)


@pytest.mark.hazard("HAZ-35")
def test_while_nobody_knows_nothing_reads_as_passed(window, qtbot):
    checked(window, qtbot, planned_case(FAR_MM))
    window.reviewing.stop()
    window.desk.undo()
    window.dispatcher.run("new_segment")
    assert window.reviewing.checkup is None
    assert not button(window, "seal_plan").isEnabled()
    assert (
        window.findChild(QFrame, "check_passed") is None
        or not window.findChild(QFrame, "check_passed").isVisible()
    )
    known(window, qtbot)
    assert button(window, "seal_plan").isEnabled()


def test_a_reason_is_recorded_by_a_click_and_never_by_enter(window, qtbot):
    checked(window, qtbot, planned_case(NEAR_MM))
    button(window, "check_reason_0").click()
    dialog = reason_dialog(window)
    apply = button(dialog, "reason_apply")
    assert not apply.isEnabled()
    qtbot.keyClicks(dialog.findChild(QPlainTextEdit, "reason_text"), "The nerve was moved.")
    qtbot.keyClicks(dialog.findChild(QLineEdit, "reason_name"), "Dr A. Example")
    assert apply.isEnabled()
    for widget in (dialog, apply, dialog.findChild(QLineEdit, "reason_name")):
        qtbot.keyClick(widget, Qt.Key.Key_Return)
        qtbot.keyClick(widget, Qt.Key.Key_Enter)
    assert window.desk.case.reasons == ()
    apply.click()
    (reason,) = window.desk.case.reasons
    assert (reason.text, reason.by) == ("The nerve was moved.", "Dr A. Example")
    known(window, qtbot)
    assert "The nerve was moved." in words(window)
    assert "Dr A. Example" in words(window)
    assert button(window, "seal_plan").isEnabled()


def test_a_reason_has_an_end(window, qtbot):
    checked(window, qtbot, planned_case(NEAR_MM))
    button(window, "check_reason_0").click()
    dialog = reason_dialog(window)
    dialog.findChild(QLineEdit, "reason_name").setText("Dr A. Example")
    text = dialog.findChild(QPlainTextEdit, "reason_text")
    for length, is_open in ((0, False), (1, True), (500, True), (501, False)):
        text.setPlainText("x" * length)
        assert button(dialog, "reason_apply").isEnabled() is is_open
    button(dialog, "reason_cancel").click()
    assert window.desk.case.reasons == ()


def test_take_me_there_goes_to_the_place_and_back_again(window, qtbot):
    checked(window, qtbot, planned_case(NEAR_MM))
    button(window, "check_take_0").click()
    finding = window.reviewing.checkup.findings[0]
    assert window.stage.views.scene.crosshair_lps_mm == pytest.approx(finding.place_lps_mm)
    assert window.reviewing.chosen is finding
    assert window.placing.chosen == "wire"
    window.dispatcher.run("whole_plan")
    assert window.reviewing.chosen is None


def test_ring_and_zoom_of_a_finding_stay_in_the_check_step(window, qtbot):
    checked(window, qtbot, planned_case(NEAR_MM))
    views = window.stage.views
    for step in (Step.OPEN, Step.SEGMENT, Step.PLAN, Step.HAND_OVER):
        button(window, "check_take_0").click()
        near = views.slices["axial"].plane.mm_per_px
        assert views.scene.plan.mark_lps_mm is not None
        window.show_step(step)
        assert window.reviewing.chosen is None
        assert views.scene.plan.mark_lps_mm is None
        assert views.slices["axial"].plane.mm_per_px != near, step
        assert not views.scene.pose.path
        window.show_step(Step.CHECK)
        known(window, qtbot)
        assert views.scene.plan.mark_lps_mm is None


def test_a_sealed_plan_is_read_only_until_a_new_version_is_asked_for(window, qtbot):
    checked(window, qtbot, planned_case(NEAR_MM))
    window.desk.do(sealed_by_hand(window.desk.case))
    known(window, qtbot)
    assert not [b for b in window.findChildren(QPushButton, "check_reason_0") if b.isVisible()]
    assert not window.desk.can_edit
    chip = window.house.banner.findChild(QFrame, "chip_state")
    assert chip.accessibleName() == "SEALED · version 1"
    button(window, "new_version").click()
    assert window.desk.can_edit
    assert window.dispatcher.run("new_segment")
    assert not window.desk.case.is_sealed
    assert window.desk.case.version == 2
    assert chip.accessibleName() == "DRAFT · version 2"
    assert len(window.desk.case.seals) == 1


def marks(window):
    rail = window.house.rail
    names = ("segment", "plan", "check")
    return [rail.findChild(QPushButton, f"step_{n}").accessibleDescription() for n in names]


def test_the_rail_never_ticks_a_plan_that_is_blocked(window, qtbot):
    checked(window, qtbot, planned_case(NEAR_MM))
    says = "a finding blocks the seal"
    assert marks(window) == ["done", says, says]
    tip = window.house.rail.findChild(QPushButton, "step_plan").toolTip()
    assert tip == f"Plan: {says}", "a triangle without words would be a riddle"
    window.desk.do(RemoveItem("zone"))
    assert marks(window) == ["done", "done", ""], "nothing is known of what has changed"


def test_the_rail_tells_a_warning_from_order(window, qtbot):
    checked(window, qtbot, planned_case(FAR_MM))
    assert marks(window) == ["done", "done", "has a warning"]
    for finding in window.reviewing.checkup.findings:
        if finding.severity is Severity.WARN:
            assert window.reviewing.give_reason(finding, "Seen.", "Dr A. Example")
    assert marks(window) == ["done", "done", "done"]
