"""A scan opened without its patient by the window: two buttons, an answer for this scan only."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from app.opening import Phase
from app.parts.rail import Step
from tests.faults import canaries
from tests.faults.conftest import block
from tests.segmentation.io.series import make_series, save

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def ct(tmp_path):
    """A series in which every text, number and date names its patient."""
    files = make_series(block())
    canaries.planted(files)
    return save(files, tmp_path / "ct")


def found(window, kind, name):
    widget = window.house.findChild(kind, name)
    assert widget.isVisible()
    return widget


def press(window, qtbot, name):
    qtbot.mouseClick(found(window, QPushButton, name), Qt.MouseButton.LeftButton)


def scanned(window, ct, qtbot):
    window.open_path(ct)
    qtbot.waitUntil(lambda: window.opening.phase is Phase.CHOOSING, timeout=60_000)


def opened(window, qtbot):
    press(window, qtbot, "side_L")
    qtbot.mouseClick(window.house.panels[Step.OPEN].footer.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.desk.case is not None, timeout=60_000)
    return window.desk.case


@pytest.mark.hazard("HAZ-6")
def test_without_the_person_no_canary_is_in_the_case_and_the_next_scan_asks_again(
    window, ct, qtbot
):
    scanned(window, ct, qtbot)
    code = found(window, QLineEdit, "case_code")
    assert canaries.found_in(code.text().encode())
    press(window, qtbot, "leave_person_out")
    assert canaries.found_in(code.text().encode()) == set()
    assert "may still show a face" in found(window, QLabel, "person_meaning").text()
    case = opened(window, qtbot)
    assert case.source.is_deidentified
    assert (case.identity.code, case.identity.name) == (code.text(), "")
    path = window.desk.file.path
    window.desk.clear()
    assert canaries.found_under(path.parent) == {}
    window.show_step(Step.OPEN)
    scanned(window, ct, qtbot)
    assert found(window, QPushButton, "keep_person").isChecked()


def test_the_person_is_kept_unless_somebody_says_otherwise(window, ct, qtbot):
    scanned(window, ct, qtbot)
    patient_id = window.opening.code
    press(window, qtbot, "leave_person_out")
    press(window, qtbot, "keep_person")
    assert found(window, QLineEdit, "case_code").text() == patient_id
    assert "knows its patient" in found(window, QLabel, "person_meaning").text()
    case = opened(window, qtbot)
    assert canaries.found_in(case.identity.name.encode())
    assert not case.source.is_deidentified


def test_a_code_that_names_the_patient_is_refused_and_one_that_was_typed_stays(window, ct, qtbot):
    scanned(window, ct, qtbot)
    code = found(window, QLineEdit, "case_code")
    code.selectAll()
    qtbot.keyClicks(code, f"{canaries.WORD}name")
    press(window, qtbot, "leave_person_out")
    assert code.text() == f"{canaries.WORD}name"
    press(window, qtbot, "side_L")
    qtbot.mouseClick(window.house.panels[Step.OPEN].footer.action, Qt.MouseButton.LeftButton)
    message = window.house.panels[Step.OPEN].footer
    qtbot.waitUntil(lambda: window.opening.phase is Phase.CHOOSING, timeout=60_000)
    assert message.message.code == "privacy-code"
    assert window.desk.case is None
