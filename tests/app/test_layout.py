"""No word is cut in any language: each label has the room that its text needs (LOOK section 10)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.message import Message
from app.parts.banner import Elided
from app.parts.rail import Step
from app.settings import Settings
from app.tool_faces import FACES
from planning.case.case import Kind
from tests.app.conftest import block_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]
LANGUAGES = ("en", "fr", "ar")


def settle():
    """Let layouts ask and answer until nobody asks again."""
    for _ in range(8):
        QApplication.processEvents()


def cut(window):
    """Yield visible words that have less room than they need."""
    for label in window.house.findChildren(QLabel):
        if not label.isVisible() or not label.text() or isinstance(label, Elided):
            continue
        metrics, room = label.fontMetrics(), label.contentsRect()
        if label.wordWrap():
            box = metrics.boundingRect(
                0, 0, room.width(), 10_000, Qt.TextFlag.TextWordWrap, label.text()
            )
            if box.height() > room.height() + 1 or box.width() > room.width() + 1:
                yield label.text(), (box.width(), box.height()), (room.width(), room.height())
        elif metrics.horizontalAdvance(label.text()) > room.width() + 1:
            yield label.text(), metrics.horizontalAdvance(label.text()), room.width()
    for button in window.house.findChildren(QPushButton):
        if button.isVisible() and button.text():
            icon = 24 if not button.icon().isNull() else 0
            need = button.fontMetrics().horizontalAdvance(button.text().strip()) + icon
            if need > button.contentsRect().width():
                yield button.text(), need, button.contentsRect().width()


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_no_word_is_cut_in_any_panel(window, qtbot, spoken):
    window.rebuild(Settings(language=spoken))
    window.resize(1280, 800)
    faults = []
    for step in Step:
        window.show_step(step)
        settle()
        faults += [(spoken, step, *fault) for fault in cut(window)]
    window.desk.lay_case(block_case(Kind.SIMULATION, segments=3))
    for step in Step:
        window.show_step(step)
        settle()
        faults += [(spoken, step, *fault) for fault in cut(window)]
    assert not faults, "\n".join(map(str, faults))


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_no_word_is_cut_in_any_tool(window, qtbot, spoken):
    window.rebuild(Settings(language=spoken))
    window.resize(1280, 800)
    window.desk.lay_case(block_case())
    faults = []
    for face in FACES:
        window.dispatcher.run(f"open_{face.name}")
        window.desk.bridge.say(Message("x" * 20 + " y" * 60, "block", "some-code"))
        qtbot.waitUntil(lambda: window.desk.tasks.is_idle, timeout=60_000)
        settle()
        faults += [(face.name, *fault) for fault in cut(window)]
    assert not faults, "\n".join(map(str, faults))


def test_the_measure_sees_a_word_that_is_cut(full_window):
    full_window.show_step(Step.OPEN)
    labels = full_window.house.panels[Step.OPEN].findChildren(QLabel)
    label = next(one for one in labels if one.isVisible() and one.text() == "Open")
    label.setFixedWidth(4)
    label.setText("a planted fault")
    settle()
    assert any("planted" in fault[0] for fault in cut(full_window))
