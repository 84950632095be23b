"""Models on the command line: listed, checked, run; what they make says so."""

import json

import numpy as np
import pytest

from app import cli
from planning.case.case import Status
from planning.case.edits import SetSegmentStatus
from planning.case.file import create, open_case
from planning.case.history import History
from segmentation.models import shelf
from segmentation.recipe import made_by
from tests.planning.case.making import segment, tiny_case
from tests.segmentation.models.tiny import place, pointwise

TWO = [{"channel": 1, "name": "Soft"}, {"channel": 2, "name": "Bone", "code": "272673000"}]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TASRIF_LANGUAGE", "en")
    yield
    shelf.use(None)


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    place(folder, pointwise(100), spacing_mm=[2.0, 2.0, 2.0])
    place(folder, pointwise(-300, 100), name="two", title="Two", labels=TWO)
    return folder


@pytest.fixture
def case(tmp_path):
    with create(tmp_path / "case.tasrif", tiny_case(segments=(segment("mine", 1),))):
        pass
    return tmp_path / "case.tasrif"


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    out, _ = capsys.readouterr()
    return code, json.loads(out)


def segments(path):
    with open_case(path, read_only=True) as file:
        return {one.name: one for one in file.case.segments}


def test_models_are_listed_with_licence_and_what_they_find(models, capsys):
    code, told = call(capsys, "models", "--models", models)
    assert code == 0
    assert [(row["name"], row["licence"]) for row in told["models"]] == [
        ("bone", "CC0-1.0"), ("two", "CC0-1.0"),
    ]  # fmt: skip
    assert told["models"][1]["finds"][1] == {"name": "Bone", "code": "272673000"}


def test_a_changed_file_fails_the_check_and_is_named(models, capsys):
    assert call(capsys, "models", "--models", models, "--check")[0] == 0
    (models / "two" / "model.onnx").write_bytes(pointwise(7))
    assert call(capsys, "models", "--models", models)[0] == 0
    code, told = call(capsys, "models", "--models", models, "--check")
    assert code == 1
    assert told["models"][0]["checked"]
    assert told["models"][1]["code"] == "model-checksum-differs"
    cli.main(["models", "--models", str(models), "--check"])
    said = capsys.readouterr().out
    assert "Two, CC0-1.0\n  Soft, Bone\n" in said
    assert "checksums differ" in said


def test_without_a_folder_nothing_is_listed_or_run(case, capsys, tmp_path):
    assert call(capsys, "models")[1]["error"]["code"] == "models-folder-unnamed"
    words = ("segment", case, "--tool", "model", "--set", "model=bone", "--into", "new")
    assert call(capsys, *words)[1]["error"]["code"] == "model-folder-unset"
    (tmp_path / "empty").mkdir()
    assert cli.main(["models", "--models", str(tmp_path / "empty")]) == 0
    assert "No model lies in this folder" in capsys.readouterr().out


@pytest.mark.hazard("HAZ-29")
def test_what_a_model_makes_says_so_and_is_accepted_by_nobody(case, models, capsys):
    mine = segments(case)["mine"]
    with open_case(case) as file:
        history = History(file)
        history.do(SetSegmentStatus(mine.id, Status.REVIEWED))
        history.flush()
    words = ("segment", case, "--models", models, "--tool", "model", "--into", "mine", "--set")
    code, told = call(capsys, *words, "model=two")
    assert code == 0
    assert [part["segment"] for part in told["parts"]] == ["Soft", "Bone"]
    assert told["made_by"]["version"] == "1.0.0"
    assert [one["code"] for one in told["findings"]] == ["model-proposal"]
    there = segments(case)
    assert there["Bone"].code == "272673000"
    assert there["Bone"].status is Status.TO_DO
    assert made_by(there["Bone"].recipe)["model"] == "two"
    assert there["mine"].recipe == mine.recipe  # the model found nothing for it
    assert there["mine"].status is Status.REVIEWED
    assert call(capsys, *words, "model=bone")[0] == 0
    there = segments(case)
    assert made_by(there["mine"].recipe)["model"] == "bone"
    assert there["mine"].status is Status.TO_DO


def test_a_recipe_runs_its_model_again_elsewhere(case, models, capsys, tmp_path):
    words = ("segment", case, "--models", models, "--tool", "model", "--set", "model=two")
    assert call(capsys, *words, "--into", "mine")[0] == 0
    bone = segments(case)["Bone"].mask.to_bool()
    recipe = tmp_path / "bone.json"
    assert call(capsys, "segment", case, "--recipe-of", "Bone", "--out", recipe)[0] == 0
    other = tmp_path / "other.tasrif"
    with create(other, tiny_case()):
        pass
    assert call(capsys, "segment", other, "--models", models, "--recipe", recipe)[0] == 0
    assert np.array_equal(segments(other)["Bone"].mask.to_bool(), bone)
