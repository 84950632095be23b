"""Models in the window: empty state, choice, preview, Apply, a stop; and click to segment."""

import pytest
from PySide6.QtWidgets import QLabel

from app.panels.tool_foot import preview_words
from app.parts.chooser import Chooser
from app.parts.rail import Step
from app.parts.segment_row import mark_words
from planning.case.case import Kind, Status
from segmentation.models import shelf
from segmentation.recipe import made_by
from tests.app.conftest import block_case
from tests.segmentation.models.tiny import place, pointwise

pytestmark = [pytest.mark.qt, pytest.mark.gl]
WAIT_MS = 60_000


@pytest.fixture
def models(window, tmp_path):
    """A folder of models, taken into use after the desk was laid."""
    window.desk.lay_case(block_case(Kind.SIMULATION, segments=1))
    window.show_step(Step.SEGMENT)
    place(tmp_path, pointwise(226), spacing_mm=[2.0, 2.0, 2.0])
    (place(tmp_path, pointwise(3), name="broken") / "model.json").write_text("{}")
    shelf.use(tmp_path)
    yield tmp_path
    window.tooling.close()
    shelf.use(None)


def opened(window, name):
    window.dispatcher.run(f"open_{name}")
    return window.tooling


@pytest.fixture
def until(qtbot):
    return lambda seen: qtbot.waitUntil(seen, timeout=WAIT_MS)


def about(window):
    return window.findChild(QLabel, "model_about").text()


def test_without_a_folder_the_tool_says_where_models_come_from(window):
    window.desk.lay_case(block_case(Kind.SIMULATION, segments=1))
    window.show_step(Step.SEGMENT)
    shelf.use(None)
    tooling = opened(window, "model")
    assert "settings" in about(window)
    assert tooling.lacks is not None
    assert tooling.trial is None
    tooling.close()


def test_a_chosen_model_is_previewed_and_applied_as_a_proposal(window, models, until):
    tooling = opened(window, "model")
    chooser = window.findChild(Chooser, "model")
    assert [chooser.itemText(n) for n in range(chooser.count())] == ["Bone finder"]
    assert chooser.currentIndex() == -1, "a model starts to work when a person chooses it"
    assert window.findChild(QLabel, "model_faults").text().startswith("1 ")
    chooser.activated.emit(0)
    assert "CC0-1.0" in about(window)
    assert "Bone" in about(window)
    until(lambda: tooling.trial is not None or tooling.problem is not None)
    assert tooling.problem is None, tooling.problem
    (models / "bone" / "model.onnx").unlink()  # Apply takes what was previewed
    tooling.apply()
    until(lambda: not tooling.name)
    segment = window.desk.segment
    assert made_by(segment.recipe)["model"] == "bone"
    assert segment.status is Status.TO_DO
    assert "model" in mark_words(segment)[0]


def test_a_stopped_model_says_so(window, models, until):
    tooling = opened(window, "model")
    tooling.set(model="bone")
    until(lambda: bool(window.desk.tasks.running))
    window.desk.tasks.cancel(window.desk.tasks.running[0])
    words = window.findChild(QLabel, "preview_line").text()
    assert words.startswith("Stopped")
    assert tooling.trial is None
    tooling.set(model="bone")
    until(lambda: tooling.trial is not None)
    assert "Preview" in preview_words(tooling)


def test_one_click_is_enough_and_further_clicks_stay_inside(window, models, until):
    tooling = opened(window, "click")
    assert tooling.lacks.name == "inside_lps_mm"
    point = tuple(float(x) for x in window.desk.case.volume.grid.centre_lps_mm)
    tooling.place_seeds((point,))
    assert tooling.lacks is None
    assert tooling.target == "inside_lps_mm"
    until(lambda: tooling.trial is not None or tooling.problem is not None)
    assert tooling.problem is None, tooling.problem
    assert tooling.trial.ml > 0.0
    assert tooling.trial.found_hu is not None
    tooling.set(inside_lps_mm=(), box_lps_mm=(point,))
    assert tooling.lacks is not None, "one corner is no box"
