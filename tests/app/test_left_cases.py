"""Cases that somebody left: a lock nobody keeps alive, edits that came back after a crash."""

import json
import os
import shutil
import time

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from app.parts.rail import Step
from app.settings import Settings
from planning.case import file as case_files
from planning.case import lock
from planning.case.case import Side
from planning.case.edits import SetSide
from planning.case.history import History
from tests.app.conftest import block_case
from tests.app.test_layout import cut, settle

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "left.tasrif"
    case_files.create(path, block_case()).close()
    return path


def hold(path, age_s):
    """Leave a lock of another machine beside the case, last heard of `age_s` ago."""
    file = lock.lock_path(path)
    file.write_text(json.dumps({"name": "Eve", "host": "far", "since": "2026-01-01T08:00:00"}))
    then = time.time() - age_s
    os.utime(file, (then, then))


def open_it(window, path, qtbot):
    window.open_path(path)
    qtbot.waitUntil(lambda: window.desk.case is not None, timeout=60_000)
    return window.house.panels[window.step].footer


def link(window):
    return window.house.panels[window.step].footer.findChild(QPushButton, "message_link")


def test_a_stale_lock_offers_to_take_the_case_over(window, written, qtbot):
    hold(written, 3600.0)
    footer = open_it(window, written, qtbot)
    assert footer.message.code == "case-lock-stale"
    assert not window.desk.can_edit
    assert link(window).isVisible()
    assert link(window).text() == "Take it over"
    link(window).click()
    qtbot.waitUntil(lambda: window.desk.can_edit, timeout=60_000)
    assert window.house.panels[window.step].footer.message is None
    assert window.desk.do(SetSide(Side.RIGHT))
    assert not window.dispatcher.run("take_over")


def test_a_fresh_lock_of_another_offers_nothing(window, written, qtbot):
    hold(written, 5.0)
    footer = open_it(window, written, qtbot)
    assert footer.message.code == "case-locked"
    assert not link(window).isVisible()
    assert not window.dispatcher.run("take_over")
    assert not window.desk.can_edit


def test_a_lock_that_came_alive_again_is_not_taken(window, written, qtbot):
    hold(written, 3600.0)
    footer = open_it(window, written, qtbot)
    hold(written, 0.0)
    link(window).click()
    assert footer.message is None
    qtbot.waitUntil(lambda: footer.message is not None, timeout=60_000)
    assert footer.message.code == "case-locked"
    assert not window.desk.can_edit
    assert not link(window).isVisible()


def test_the_next_message_has_no_link_of_the_one_before(window, written, qtbot):
    hold(written, 3600.0)
    open_it(window, written, qtbot)
    window.desk.say("something else")
    assert not link(window).isVisible()


@pytest.fixture
def crashed(written):
    """Return a case whose session ended after two edits without a close."""
    with case_files.open_case(written) as file:
        history = History(file)
        history.do(SetSide(Side.RIGHT))
        history.do(SetSide(Side.NONE))
        history.flush()
        left = written.with_name("crashed.tasrif")
        shutil.copy(written, left)
        history.close()
    return left


def recovered(window):
    panel = window.house.panels[window.step]
    return panel.recovered, panel.findChild(QLabel, "recovered_words").text()


def test_recovered_edits_stand_on_top_until_a_person_says_fine(window, crashed, qtbot):
    open_it(window, crashed, qtbot)
    for step in (Step.SEGMENT, Step.OPEN):
        window.show_step(step)
        line, words = recovered(window)
        assert line.isVisible()
        assert words == "2 edits recovered after the last stop."
    window.desk.do(SetSide(Side.LEFT))
    assert recovered(window)[0].isVisible(), "an edit does not take the line away"
    recovered(window)[0].findChild(QPushButton, "recovered_fine").click()
    for step in Step:
        window.show_step(step)
        assert not recovered(window)[0].isVisible()


def test_the_line_goes_with_its_case(window, crashed, written, qtbot):
    open_it(window, crashed, qtbot)
    window.dispatcher.run("close_case")
    assert not recovered(window)[0].isVisible()
    open_it(window, written, qtbot)
    assert not recovered(window)[0].isVisible()


@pytest.mark.parametrize("spoken", ["en", "fr", "ar"])
def test_no_word_of_both_lines_is_cut(window, crashed, qtbot, spoken):
    window.rebuild(Settings(language=spoken))
    window.resize(1280, 800)
    hold(crashed, 3600.0)
    open_it(window, crashed, qtbot)
    settle()
    assert not list(cut(window))
    link(window).click()
    qtbot.waitUntil(lambda: window.desk.can_edit, timeout=60_000)
    for step in Step:
        window.show_step(step)
        settle()
        assert recovered(window)[0].isVisible()
        assert "2" in recovered(window)[1] or spoken == "ar"
        assert not list(cut(window))
