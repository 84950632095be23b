"""SEC-13: `export --deidentify` on drafts and on sealed plans, from the command line."""

import json
from dataclasses import replace

import pytest

from app import cli
from planning.case.deidentify import new_key
from planning.case.file import create
from tests.app.planned import planned_case
from tests.faults import canaries

WHO = f"{canaries.WORD}^Kanarié"
pytestmark = pytest.mark.gl


@pytest.fixture
def case(tmp_path):
    """A draft of a patient with a key for UIDs, as an import makes it."""
    made = planned_case()
    person = replace(made.identity, code="C-8", name=WHO, patient_id=canaries.DIGITS,
                     birth_date="1931-07-29")  # fmt: skip
    source = replace(made.source, uid_key=new_key(), study_date="1961-04-11",
                     series_uid=f"1.2.{canaries.DIGITS}.1", study_uid=f"1.2.{canaries.DIGITS}.2",
                     description=canaries.WORD)  # fmt: skip
    grid = replace(made.volume.grid, frame_uid=f"1.2.{canaries.DIGITS}.3")
    volume = replace(made.volume, grid=grid)
    create(
        tmp_path / "c.tasrif", replace(made, identity=person, source=source, volume=volume)
    ).close()
    return tmp_path / "c.tasrif"


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_draft_goes_out_without_the_person_and_verifies(case, tmp_path, capsys):
    names = ("--to", "package,print,nav,robot", "--deidentify")
    code, told = call(capsys, "export", case, *names, "--out", tmp_path / "bare")
    assert (code, told.get("state")) == (0, "draft"), told
    assert canaries.found_under(tmp_path / "bare") == {}
    plan = json.loads((tmp_path / "bare/data/plan.json").read_text())
    assert plan["case_code"] == "C-8"
    assert plan["volume"]["series_uid"].startswith("2.25.")
    assert call(capsys, "verify", tmp_path / "bare", "--allow-draft")[0] == 0
    code, _ = call(capsys, "export", case, "--to", "package", "--out", tmp_path / "named")
    assert code == 0
    assert canaries.found_under(tmp_path / "named")  # its UIDs lead back: that is what differs


def test_the_code_may_not_speak_of_the_patient(case, tmp_path, capsys):
    words = ("--to", "print", "--deidentify", "--code", f"{canaries.WORD} 2")
    code, told = call(capsys, "export", case, *words, "--out", tmp_path / "out")
    assert (code, told["error"]["code"]) == (3, "privacy-code")
    assert not (tmp_path / "out").exists()
    assert canaries.WORD not in json.dumps(told)
