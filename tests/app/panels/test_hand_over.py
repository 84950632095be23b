"""The Hand over step through the window: a draft says so, a sealed plan is signed and verified."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QPushButton, QWidget

from app.parts.destination import Stand
from app.parts.rail import Step
from app.reviewing import Standing
from app.sealing import Signature
from app.settings import Settings
from planning.case.edits import RemoveItem
from planning.exchange import EXPORTERS
from planning.model.item import ItemId
from tests.app.planned import FAR_MM, PASSPHRASE, new_key, planned_case
from tests.app.test_layout import cut, settle

pytestmark = [pytest.mark.qt, pytest.mark.gl]


def button(window, name):
    found = [b for b in window.findChildren(QPushButton, name) if b.isVisible()]
    assert len(found) == 1, (name, len(found))
    return found[0]


def words(window):
    return " | ".join(one.text() for one in window.findChildren(QLabel) if one.isVisible())


def chip(window):
    found = [c for c in window.findChildren(QFrame, "passport_verdict") if c.isVisible()]
    return found[-1].accessibleName()


def save(window, qtbot):
    button(window, "save_package").click()
    qtbot.waitUntil(lambda: not window.sending.is_busy, timeout=120_000)
    settle()


def test_a_draft_says_that_it_is_one_and_what_was_written_stands_in_the_passport(window, qtbot):
    window.show_step(Step.HAND_OVER)
    assert "No case is open" in words(window)
    window.desk.lay_case(planned_case(FAR_MM))
    settle()
    assert "DRAFT" in words(window)
    assert "What will be handed over" in words(window)
    assert button(window, "save_package").text().strip().startswith("Save package to")
    qtbot.waitUntil(lambda: len(window.sending.pictures.shown) == 3, timeout=120_000)
    save(window, qtbot)
    n = len(window.sending.sent.exported.files)
    assert chip(window) == f"Verified: {n} of {n} files"
    rows = [w for w in window.findChildren(QWidget) if w.objectName().startswith("passport_row_")]
    assert len(rows) == n
    assert rows[0].accessibleName() == "plan.json"
    assert f"{len(EXPORTERS)} destinations · {n} files · " in words(window)
    assert "draft, not sealed" in words(window)
    cell = window.house.rail.findChild(QPushButton, "step_hand_over")
    assert cell.accessibleDescription() == "done"
    window.desk.do(RemoveItem(ItemId("zone")))
    settle()
    assert chip(window).startswith("OUTDATED")
    assert cell.accessibleDescription() == ""


def said_of(window, name):
    return window.findChild(QWidget, f"outlook_{name}").accessibleName()


def test_each_destination_says_what_it_gets_and_what_stands_against_it(window, qtbot):
    window.show_step(Step.HAND_OVER)
    case = planned_case(FAR_MM)
    window.desk.lay_case(replace(case, source=replace(case.source, images=None)))
    settle()
    assert said_of(window, "package") == "K-wire, Nerve zone, Bone 0, Nerve"
    assert said_of(window, "print") == "K-wire, Bone 0, Nerve"
    assert said_of(window, "print_out").startswith("Nerve zone: ")
    # A case that doesn't know its images keeps DICOM back, and nothing else with it.
    assert "does not know the images" in said_of(window, "dicom")
    card = window.findChild(QWidget, "send_dicom")
    assert card.accessibleName() == "DICOM, not possible"
    assert window.sending.names == tuple(one.name for one in EXPORTERS if one.name != "dicom")
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert "dicom" not in window.sending.names
    qtbot.mouseClick(window.findChild(QWidget, "send_print"), Qt.MouseButton.LeftButton)
    settle()
    assert not any(w.isVisible() for w in window.findChildren(QWidget, "outlook_print"))


def test_destinations_are_seen_one_after_the_other_while_files_are_written(window, qtbot):
    window.show_step(Step.HAND_OVER)
    window.desk.lay_case(planned_case(FAR_MM))
    window.sending.chosen = frozenset({"print", "nav"})
    seen = []

    def look():
        stands = {name: window.sending.stand(name) for name in ("print", "nav", "robot")}
        if stands not in seen:
            seen.append(stands)

    window.sending.changed.connect(look)
    save(window, qtbot)
    window.sending.changed.disconnect(look)
    turns = [(one["print"], one["nav"]) for one in seen]
    assert (Stand.WRITING, Stand.WAITING) in turns
    assert (Stand.WRITTEN, Stand.WRITING) in turns
    assert turns[-1] == (Stand.CHOSEN, Stand.CHOSEN)
    assert {one["robot"] for one in seen} == {Stand.FREE}


@pytest.mark.hazard("HAZ-25")
def test_a_sealed_plan_wants_the_passphrase_again(window, qtbot, tmp_path):
    key = new_key(tmp_path / "mine.json")
    window.desk.lay_case(planned_case(FAR_MM))
    given = Signature("CODE-7 L", "Dr A. Example", "Surgeon", key.path, PASSPHRASE)
    window.reviewing.sealing.seal(given, lambda: None, window.desk.say)
    qtbot.waitUntil(lambda: window.desk.case.is_sealed, timeout=60_000)
    window.show_step(Step.HAND_OVER)
    settle()
    assert not button(window, "save_package").isEnabled()
    field = window.findChild(QLineEdit, "send_passphrase")
    assert field.echoMode() == QLineEdit.EchoMode.Password
    qtbot.keyClicks(field, PASSPHRASE)
    assert button(window, "save_package").isEnabled()
    save(window, qtbot)
    assert chip(window).startswith("Verified")
    assert PASSPHRASE not in [f.text() for f in window.findChildren(QLineEdit)]
    button(window, "copy_fingerprint").click()
    assert QGuiApplication.clipboard().text() == key.fingerprint


def test_destinations_are_toggles(window, qtbot):
    window.desk.lay_case(planned_case(FAR_MM))
    window.show_step(Step.HAND_OVER)
    settle()

    def state(name):
        settle()
        cards = [c for c in window.findChildren(QFrame, f"send_{name}") if c.isVisible()]
        return cards[0].accessibleName().split(", ")[-1]

    assert (state("package"), state("print")) == ("chosen", "chosen")
    window.sending.toggle("print")
    assert (state("package"), state("print")) == ("chosen", "not chosen")
    for name in window.sending.names:
        window.sending.toggle(name)
    settle()
    assert not button(window, "save_package").isEnabled()


@pytest.mark.parametrize("spoken", ["fr", "ar"])
def test_no_word_is_cut_and_none_is_left_in_english(window, qtbot, spoken):
    window.rebuild(Settings(language=spoken))
    window.resize(1280, 800)
    window.desk.lay_case(replace(planned_case(8.0), seals=()))
    window.show_step(Step.CHECK)
    qtbot.waitUntil(lambda: window.reviewing.standing is Standing.KNOWN, timeout=60_000)
    settle()
    faults = list(cut(window))
    window.show_step(Step.HAND_OVER)
    settle()
    faults += list(cut(window))
    save(window, qtbot)
    faults += list(cut(window))
    assert not faults, "\n".join(map(str, faults))
    said = words(window)
    for english in ("Verified", "Read back", "Send to", "sealed", "package to"):
        assert english not in said
