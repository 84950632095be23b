"""The seal through the window: opened by typing, pressed by a click, never by Enter."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from app.dialogs.seal import SealDialog
from app.parts.rail import Step
from app.reviewing import Standing
from app.sealing import key_file, practice_key_file
from planning.case.case import Kind
from planning.exchange.seal import holds
from tests.app.planned import FAR_MM, PASSPHRASE, new_key, planned_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def key(tmp_path):
    return new_key(tmp_path / "mine.json")


def opened(window, qtbot, kind=Kind.CLINICAL):
    window.desk.lay_case(planned_case(FAR_MM, kind))
    window.show_step(Step.CHECK)
    qtbot.waitUntil(lambda: window.reviewing.standing is Standing.KNOWN, timeout=60_000)
    QApplication.processEvents()
    window.house.panels[Step.CHECK].findChild(QPushButton, "seal_plan").click()
    return dialog_of(window)


def dialog_of(window):
    (dialog,) = [d for d in window.findChildren(SealDialog) if d.isVisible()]
    return dialog


def field(dialog, name):
    return dialog.findChild(QLineEdit, name)


def apply(dialog):
    return dialog.findChild(QPushButton, "seal_apply")


def said(dialog):
    return dialog.findChild(QLabel, "seal_message").text()


def fill(dialog, key, passphrase=PASSPHRASE, typed="CODE-7 L"):
    field(dialog, "seal_confirm").setText(typed)
    field(dialog, "seal_name").setText("Dr A. Example")
    field(dialog, "seal_role").setText("Surgeon")
    if key is not None:
        dialog._keys.show_key(key)
    field(dialog, "seal_passphrase").setText(passphrase)


def test_the_dialog_says_whose_plan_it_is(window, qtbot):
    dialog = opened(window, qtbot)
    facts = {
        key: dialog.findChild(QLabel, f"seal_fact_{key}").text()
        for key in ("code", "side", "patient", "version", "content")
    }
    assert facts == {
        "code": "CODE-7",
        "side": "LEFT side",
        "patient": "Example, Anna, born 1960-02-03",
        "version": "1",
        "content": "2 plan items · 2 segments",
    }
    dialog.reject()


@pytest.mark.hazard("HAZ-25")
def test_a_plan_is_sealed_by_typing_and_a_click(window, qtbot, key):
    dialog = opened(window, qtbot)
    fill(dialog, key)
    apply(dialog).click()
    qtbot.waitUntil(lambda: window.desk.case.is_sealed, timeout=60_000)
    (seal,) = window.desk.case.seals
    assert (seal.version, seal.by, seal.role) == (1, "Dr A. Example", "Surgeon")
    assert seal.fingerprint == key.fingerprint
    assert holds(seal)
    assert window.step is Step.HAND_OVER
    settings = window.desk.settings
    assert (settings.key_file, settings.signer_role) == (str(key.path), "Surgeon")
    assert PASSPHRASE not in (window.desk.settings.__repr__())


def test_only_code_and_side_with_every_other_field_open_the_button(window, qtbot, key):
    dialog = opened(window, qtbot)
    fill(dialog, key)
    for typed, is_right in (
        ("CODE-7 R", False), ("CODE-7 L", True), ("CODE-8 L", False), (" CODE-7 l ", True),
        ("code-7 L", False), ("CODE-7", False), ("CODE-7 L L", False), ("", False),
    ):  # fmt: skip
        field(dialog, "seal_confirm").setText(typed)
        assert apply(dialog).isEnabled() is is_right, typed
    for missing, empty in (("seal_name", "  "), ("seal_role", " "), ("seal_passphrase", "")):
        fill(dialog, key)
        assert apply(dialog).isEnabled()
        field(dialog, missing).setText(empty)
        assert not apply(dialog).isEnabled(), missing
    dialog.reject()


def test_enter_never_seals(window, qtbot, key):
    dialog = opened(window, qtbot)
    fill(dialog, key)
    qtbot.waitUntil(lambda: window.desk.tasks.is_idle, timeout=60_000)
    fields = [field(dialog, f"seal_{name}") for name in ("confirm", "name", "role", "passphrase")]
    for widget in (*fields, apply(dialog), dialog):
        widget.setFocus()
        for enter in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            qtbot.keyClick(widget, enter)
    assert dialog.isVisible()
    assert window.desk.tasks.is_idle
    assert not window.desk.case.is_sealed
    dialog.reject()


def test_a_wrong_passphrase_is_said_and_nothing_is_sealed(window, qtbot, key):
    dialog = opened(window, qtbot)
    fill(dialog, key, passphrase="not this one")
    apply(dialog).click()
    assert field(dialog, "seal_passphrase").text() == "", "the passphrase is dropped after use"
    qtbot.waitUntil(lambda: "passphrase" in said(dialog), timeout=60_000)
    assert not window.desk.case.is_sealed
    assert not apply(dialog).isEnabled()
    field(dialog, "seal_passphrase").setText(PASSPHRASE)
    apply(dialog).click()
    qtbot.waitUntil(lambda: window.desk.case.is_sealed, timeout=60_000)


def test_cancel_while_it_seals_seals_nothing(window, qtbot, key):
    dialog = opened(window, qtbot)
    fill(dialog, key)
    apply(dialog).click()
    dialog.reject()
    qtbot.waitUntil(lambda: window.desk.tasks.is_idle, timeout=60_000)
    QApplication.processEvents()
    assert not window.desk.case.is_sealed


@pytest.mark.hazard("HAZ-38")
def test_practice_has_a_key_of_its_own_that_no_patient_s_plan_takes(window, qtbot):
    dialog = opened(window, qtbot, Kind.SIMULATION)
    assert dialog.findChild(QPushButton, "seal_key") is None
    dialog.findChild(QPushButton, "seal_make_key").click()
    keep = dialog.findChild(QPushButton, "seal_keep_key")
    for first, again, is_open in (
        ("short", "short", False), (PASSPHRASE, PASSPHRASE + "x", False),
        (PASSPHRASE, PASSPHRASE, True),
    ):  # fmt: skip
        field(dialog, "seal_new_passphrase").setText(first)
        field(dialog, "seal_new_again").setText(again)
        assert keep.isEnabled() is is_open
    keep.click()
    qtbot.waitUntil(lambda: practice_key_file().is_file() and dialog._task is None, timeout=60_000)
    made = key_file(practice_key_file())
    assert len(made.fingerprint) == 64
    assert made.path.stat().st_mode & 0o077 == 0
    assert field(dialog, "seal_passphrase").text() == "", "it is asked all the same"
    fill(dialog, None)
    apply(dialog).click()
    qtbot.waitUntil(lambda: window.desk.case.is_sealed, timeout=60_000)
    assert window.desk.settings.key_file == ""
    dialog = opened(window, qtbot)
    assert not dialog.take_key(practice_key_file())
    assert "practice" in said(dialog)
    dialog.reject()


def test_a_file_that_is_no_key_does_not_open_the_button(window, qtbot, tmp_path):
    dialog = opened(window, qtbot)
    path = tmp_path / "other.json"
    path.write_text("{}")
    fill(dialog, key_file(path))
    assert not apply(dialog).isEnabled()
    dialog.reject()
