"""A sealed version is withdrawn through the window, and every part of it says so."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLineEdit, QPlainTextEdit, QPushButton

from app.dialogs.withdraw import WithdrawDialog
from app.language import catalogue, translate, use
from planning.case.file import create, open_case
from tests.app.panels.test_check import button, checked, known, sealed_by_hand, words
from tests.app.planned import FAR_MM, planned_case
from tests.app.test_layout import cut, settle

pytestmark = [pytest.mark.qt, pytest.mark.gl]


def shown(window, name):
    return [one for one in window.findChildren(QPushButton, name) if one.isVisible()]


def chip(window):
    return window.house.banner.findChild(QFrame, "chip_state")


def dialog_of(window):
    (dialog,) = [d for d in window.findChildren(WithdrawDialog) if d.isVisible()]
    return dialog


@pytest.fixture
def sealed(window, qtbot):
    checked(window, qtbot, planned_case(FAR_MM))
    assert not shown(window, "withdraw_version"), "a draft has nothing to withdraw"
    assert not window.dispatcher.run("withdraw_version")
    window.desk.do(sealed_by_hand(window.desk.case))
    known(window, qtbot)
    return window


def fill(dialog, text="The wrong level.", name="Dr A. Example", role="surgeon"):
    dialog.findChild(QPlainTextEdit, "withdraw_text").setPlainText(text)
    dialog.findChild(QLineEdit, "withdraw_name").setText(name)
    dialog.findChild(QLineEdit, "withdraw_role").setText(role)
    return button(dialog, "withdraw_apply")


def test_a_version_is_withdrawn_by_a_click_and_never_by_enter(sealed, qtbot):
    button(sealed, "withdraw_version").click()
    dialog = dialog_of(sealed)
    assert not button(dialog, "withdraw_apply").isEnabled()
    apply = fill(dialog)
    for widget in (dialog, apply, dialog.findChild(QLineEdit, "withdraw_role")):
        qtbot.keyClick(widget, Qt.Key.Key_Return)
    assert sealed.desk.case.withdrawals == ()
    apply.click()
    (made,) = sealed.desk.case.withdrawals
    assert (made.version, made.text, made.by) == (1, "The wrong level.", "Dr A. Example, surgeon")
    assert not dialog.isVisible()


def test_each_word_is_needed_and_the_text_has_an_end(sealed):
    button(sealed, "withdraw_version").click()
    dialog = dialog_of(sealed)
    for given, is_open in (
        ({}, True), ({"text": " "}, False), ({"name": " "}, False), ({"role": ""}, False),
        ({"text": "x" * 500}, True), ({"text": "x" * 501}, False),
    ):  # fmt: skip
        assert fill(dialog, **given).isEnabled() is is_open
    button(dialog, "withdraw_cancel").click()
    assert sealed.desk.case.withdrawals == ()


@pytest.mark.hazard("HAZ-26")
def test_what_was_withdrawn_says_so_everywhere_and_is_not_handed_over(sealed, qtbot):
    assert chip(sealed).accessibleName() == "SEALED · version 1"
    assert button(sealed, "seal_plan").isEnabled()  # it leads to the hand-over now
    button(sealed, "withdraw_version").click()
    fill(dialog_of(sealed)).click()
    settle()
    assert sealed.reviewing.checkup is not None, "nothing that is checked has changed"
    assert chip(sealed).accessibleName() == "WITHDRAWN · version 1"
    said = words(sealed).replace("\N{FIRST STRONG ISOLATE}", "")
    said = said.replace("\N{POP DIRECTIONAL ISOLATE}", "")
    assert "This version was withdrawn. Nobody shall use it." in said
    assert "Version 1 was withdrawn by Dr A. Example, surgeon: The wrong level." in said
    assert not button(sealed, "seal_plan").isEnabled()
    assert not shown(sealed, "withdraw_version")
    assert not sealed.dispatcher.run("withdraw_version")
    sealed.desk.undo()
    assert sealed.desk.case.is_withdrawn
    assert list(cut(sealed)) == []


def test_the_next_change_begins_the_next_draft(sealed, qtbot):
    button(sealed, "withdraw_version").click()
    fill(dialog_of(sealed)).click()
    assert not sealed.desk.can_edit
    button(sealed, "new_version").click()
    assert sealed.dispatcher.run("new_segment")
    assert chip(sealed).accessibleName() == "DRAFT · version 2"
    assert [one.version for one in sealed.desk.case.withdrawals] == [1]
    known(sealed, qtbot)
    assert button(sealed, "seal_plan").isEnabled()


def test_a_version_behind_the_draft_is_withdrawn_by_the_command(sealed):
    button(sealed, "new_version").click()
    assert sealed.dispatcher.run("new_segment")
    assert not shown(sealed, "withdraw_version"), "this version is the draft"
    assert sealed.dispatcher.run("withdraw_version")
    dialog = dialog_of(sealed)
    assert "1" in dialog.windowTitle()
    fill(dialog).click()
    assert sealed.desk.case.withdrawal_of(1) is not None
    assert chip(sealed).accessibleName() == "DRAFT · version 2"


def test_what_is_open_to_be_read_only_is_not_withdrawn(window, qtbot, tmp_path):
    case = planned_case(FAR_MM)
    create(tmp_path / "a.tasrif", sealed_by_hand(case).apply(case)).close()
    window.desk.lay(open_case(tmp_path / "a.tasrif", read_only=True))
    assert window.reviewing.sealing.withdrawable == 0
    assert not window.dispatcher.run("withdraw_version")


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_dialog_has_room_for_its_words(window, qtbot, language):
    use(language)
    said = []
    dialog = WithdrawDialog(window, 12, "A", "B", lambda *given: bool(said.append(given)))
    qtbot.addWidget(dialog)
    dialog.show()
    settle()
    assert list(cut(SimpleNamespace(house=dialog))) == []
    assert dialog.findChild(QLineEdit, "withdraw_name").text() == "A"
    fill(dialog).click()
    assert said == [("The wrong level.", "Dr A. Example", "surgeon")]
    assert dialog.isVisible(), "what was not recorded stays to be read"


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_words_are_those_of_the_language(language):
    use(language)
    for msgid in (
        "WITHDRAWN · version {n}", "Withdraw this version", "Withdraw the sealed version",
        "Withdraw version {n}", "Why it is withdrawn", "Withdraw the version",
        "Version {n} was withdrawn by {by}: {reason}",
        "This version was withdrawn. Nobody shall use it.",
    ):  # fmt: skip
        assert translate(msgid) != msgid
        assert catalogue(language).gettext(msgid).count("{") == msgid.count("{")
