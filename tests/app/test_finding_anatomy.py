"""One button finds the anatomy: segments to look at, one step, none of them accepted."""

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton

from app.parts.rail import Step
from planning.case.case import Status

pytestmark = [pytest.mark.qt, pytest.mark.gl]


def names(window):
    return [segment.name for segment in window.desk.case.segments]


def settled(window, qtbot):
    qtbot.waitUntil(lambda: window.desk.tasks.is_idle, timeout=60_000)


def test_what_is_found_is_one_step_still_to_be_looked_at(full_window, qtbot):
    before = names(full_window)
    full_window.dispatcher.run("find_anatomy")
    settled(full_window, qtbot)
    assert full_window.step is Step.SEGMENT
    case = full_window.desk.case
    found = [segment for segment in case.segments if segment.name not in before]
    assert [segment.name for segment in found] == ["Bone"]
    bone = found[0]
    assert bone.status is Status.TO_DO
    assert '"tool":"anatomy"' in bone.recipe
    truth = case.segments[0].mask.to_bool()
    assert np.mean(bone.mask.to_bool() == truth) > 0.98
    assert full_window.desk.history.undo_title == "Find anatomy"
    full_window.desk.undo()
    assert names(full_window) == before


def test_the_empty_list_offers_the_button(full_window, qtbot):
    full_window.dispatcher.run("step_segment")
    assert full_window.findChild(QPushButton, "find_anatomy") is None
    full_window.dispatcher.run("delete_segment")
    find = full_window.findChild(QPushButton, "find_anatomy")
    assert find is not None
    find.click()
    settled(full_window, qtbot)
    assert "Bone" in names(full_window)
