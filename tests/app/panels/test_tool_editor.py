"""The open tool's fields: nothing of them stays when the tool is closed (UI-5)."""

import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app.panels.tool_editor import ToolEditor
from app.parts.rail import Step
from app.tool_faces import FACES

pytestmark = [pytest.mark.qt, pytest.mark.gl]


def gone():
    """Let Qt delete what was put away, and Python what nothing holds any more."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()


@pytest.mark.parametrize("name", [face.name for face in FACES])
def test_nothing_of_a_closed_tool_stays(full_window, name):
    full_window.show_step(Step.SEGMENT)
    tooling = full_window.tooling
    for _turn in range(2):  # the first may make what stays for good
        gone()
        before = len(QApplication.allWidgets())
        tooling.open(name)
        editor = weakref.ref(full_window.findChild(ToolEditor, "tool_editor"))
        tooling.close()
        gone()
    assert editor() is None
    assert len(QApplication.allWidgets()) == before
