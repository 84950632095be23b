"""Recipes in the window: saved from the chosen segment, run on another one as one step."""

import json

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QWidget

from app.parts.rail import Step
from app.recipe_files import run_recipe, save_recipe
from planning.case.edits import LockSegment
from tests.app.conftest import block_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def three(window, qtbot):
    window.desk.lay_case(block_case(segments=3))
    window.desk.select("s1")
    window.show_step(Step.SEGMENT)
    window.dispatcher.run("open_threshold")
    window.tooling.set(lower_hu=500, upper_hu=2000)
    qtbot.waitUntil(lambda: window.tooling.trial is not None, timeout=90_000)
    window.tooling.apply()
    qtbot.waitUntil(lambda: window.desk.history.undo_title is not None, timeout=90_000)
    return window


def test_a_saved_recipe_with_another_parameter_runs_on_another_segment_as_one_step(
    three, qtbot, tmp_path
):
    desk, path = three.desk, tmp_path / "r.json"
    assert save_recipe(desk, desk.segment, path)
    told = json.loads(path.read_text())
    assert told["steps"][0]["into"] == "Bone 1"
    told["steps"][0]["set"]["lower_hu"] = -2000
    told["steps"].append({"tool": "margin", "set": {"margin_mm": -1}, "into": "Bone 1"})
    path.write_text(json.dumps(told))
    desk.select("s2")
    before = desk.case
    run_recipe(desk, desk.segment, path)
    qtbot.waitUntil(lambda: desk.history.undo_title == "Run recipe", timeout=90_000)
    inside = desk.case.volume.hu >= -2000
    assert desk.segment.mask.voxels <= inside.sum()
    steps = json.loads(desk.segment.recipe)
    assert [s["tool"] for s in steps] == ["threshold", "margin"]
    assert [a.mask is b.mask for a, b in zip(before.segments, desk.case.segments, strict=True)] == [
        True, True, False,
    ]  # fmt: skip
    desk.undo()
    assert desk.case.segments[2].mask is before.segments[2].mask


def test_what_cannot_be_is_said_and_changes_nothing(three, qtbot, tmp_path):
    desk, path = three.desk, tmp_path / "r.json"
    said = []
    desk.bridge.said.connect(said.append)
    desk.select("s0")
    assert not save_recipe(desk, desk.segment, path)
    assert "no recipe" in said[-1].text
    assert not save_recipe(desk, desk.segment, tmp_path)
    path.write_bytes(b"\xff\xfe")
    before = desk.case
    run_recipe(desk, desk.segment, path)
    assert "can't be read" in said[-1].text
    run_recipe(desk, desk.segment, tmp_path / "none.json")
    assert said[-1] is not None
    desk.do(LockSegment("s0", is_locked=True))
    path.write_text('[{"tool": "threshold"}]')
    locked = desk.case
    run_recipe(desk, desk.segment, path)
    qtbot.waitUntil(lambda: "locked" in (said[-1].text if said[-1] else ""), timeout=90_000)
    assert desk.case is locked
    assert np.array_equal(before.segments[0].mask.words, locked.segments[0].mask.words)


def test_details_of_the_chosen_segment_come_by_themselves(three, qtbot):
    details = three.house.findChild(QWidget, "segment_details")
    qtbot.waitUntil(lambda: not details.isHidden(), timeout=90_000)
    numbers = details.findChild(QLabel, "segment_numbers").text()
    assert "HU" in numbers
    assert "island" in numbers
    three.dispatcher.run("open_threshold")
    assert details.isHidden()
