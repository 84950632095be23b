"""`tasrif plan` and `tasrif measure` as a script uses them: there, back, and refused."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app import cli
from planning.case.file import create, open_case
from planning.measures import MEASURES
from planning.model.written import BYTES_MAX
from tests.planning.measures.making import case_of, grid_about, segment_of
from tests.planning.measures.test_clearance import block_case

ROOT = Path(__file__).resolve().parents[3]
SCREW = {
    "kind": "trajectory", "name": "screw", "segment": "bone", "diameter_mm": 4.0,
    "entry_lps_mm": [9.3, -7.1, 115.2], "target_lps_mm": [9.3, -7.1, 93.2],
}  # fmt: skip
ZONE = {"kind": "no_go_zone", "name": "zone", "segment": "bone", "margin_mm": 1.0}
CUT = {
    "kind": "cut_plane", "name": "cut", "segment": "bone",
    "point_lps_mm": [5.3, -7.1, 100.2], "normal_lps": [0, 0, 3],
}  # fmt: skip


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TASRIF_LANGUAGE", "en")


@pytest.fixture
def case(tmp_path):
    create(tmp_path / "case.tasrif", block_case(False)[0]).close()
    return tmp_path / "case.tasrif"


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, json.loads(out)


def apply(capsys, case, *items, **more):
    path = case.parent / "plan.json"
    path.write_text(json.dumps({"version": 1, "items": list(items), **more}))
    return call(capsys, "plan", case, "--apply", path)


def measures(capsys, case, *words):
    code, answer = call(capsys, "measure", case, *words)
    assert code == 0
    return {row["name"]: row for row in answer["measures"]}, answer["measures"]


def test_items_are_applied_listed_and_applied_again(case, capsys):
    code, answer = apply(capsys, case, SCREW, ZONE, CUT)
    assert code == 0
    assert len(answer["applied"]) == 3
    _, listed = call(capsys, "plan", case, "--list")
    assert [item["name"] for item in listed["items"]] == ["screw", "zone", "cut"]
    for given, kept in zip((SCREW, ZONE), listed["items"], strict=False):
        assert given.items() <= kept.items()
    assert listed["items"][2]["normal_lps"] == [0, 0, 1]
    code, again = apply(capsys, case, *listed["items"], frame_uid=listed["frame_uid"])
    assert code == 0
    assert again["items"] == listed["items"]


def test_a_zone_may_be_applied_as_one_that_only_warns(case, capsys):
    apply(capsys, case, SCREW, ZONE)
    assert call(capsys, "plan", case, "--list")[1]["items"][1]["severity"] == "forbid"
    code, answer = apply(capsys, case, {**ZONE, "severity": "warn"})
    assert code == 0
    assert answer["items"][1]["severity"] == "warn"
    assert call(capsys, "plan", case, "--list")[1]["items"] == answer["items"]
    code, answer = apply(capsys, case, {**ZONE, "severity": "slow"})
    assert (code, answer["error"]["code"]) == (3, "zone-severity-unknown")
    assert "zone" in answer["error"]["message"]


def test_an_item_with_the_name_of_one_there_replaces_it(case, capsys):
    apply(capsys, case, SCREW, ZONE)
    _, before = call(capsys, "plan", case, "--list")
    apply(capsys, case, {**SCREW, "diameter_mm": 5.0})
    _, after = call(capsys, "plan", case, "--list")
    assert after["items"][0] == {**before["items"][0], "diameter_mm": 5.0}
    assert after["items"][1:] == before["items"][1:]


def test_a_file_that_is_not_there_is_bad_input(case, tmp_path, capsys):
    code, answer = call(capsys, "plan", case, "--apply", tmp_path / "none.json")
    assert (code, answer["error"]["code"]) == (3, "path-missing")


def test_applying_is_one_step_and_all_or_nothing(case, capsys):
    apply(capsys, case, SCREW, ZONE)
    assert call(capsys, "undo", case)[1] == {
        "moved": True, "edit": "Apply plan items", "journal_head": head(case),
    }  # fmt: skip
    assert call(capsys, "plan", case, "--list")[1]["items"] == []
    before = head(case)
    far = {**SCREW, "name": "far", "target_lps_mm": [9.3, -7.1, 930.2]}
    code, answer = apply(capsys, case, SCREW, far)
    assert (code, answer["error"]["code"]) == (3, "item-outside-volume")
    assert head(case) == before
    assert call(capsys, "plan", case, "--list")[1]["items"] == []


def head(case):
    with open_case(case, read_only=True) as file:
        return file.head


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (json.dumps({"version": 1, "items": [{**ZONE, "margin": 1}]}), "plan-unit-missing"),
        ('{"version": 1, "items": [{"margin_mm": NaN}]}', "plan-number-not-finite"),
        ('{"version": 1, "items": [{"kind": "laser", "name": "x"}]}', "plan-kind-unknown"),
        (json.dumps({"version": 1, "items": [{**ZONE, "segment": "x"}]}), "item-segment-unknown"),
        ("no JSON", "plan-unreadable"),
        (" " * (BYTES_MAX + 1), "plan-too-large"),
    ],
    ids=lambda value: value[:30],
)  # fmt: skip
def test_bad_plans_get_one_sentence_and_leave_the_case_as_it_was(case, capsys, text, code):
    path = case.parent / "bad.json"
    path.write_text(text)
    before = head(case)
    exit_code, answer = call(capsys, "plan", case, "--apply", path)
    assert (exit_code, answer["error"]["code"]) == (3, code)
    assert answer["error"]["message"] != code
    assert answer["error"]["fix"]
    assert head(case) == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["plan", "{case}"], 2),
        (["plan", "{case}", "--list", "--apply", "x"], 2),
        (["plan", "{case}", "--apply", "{case}.none"], 3),
        (["measure", "{case}", "nobody"], 3),
        (["measure", "{case}.none"], 3),
    ],
)
def test_bad_calls_have_their_exit_codes(case, capsys, words, code):
    exit_code, answer = call(capsys, *(word.format(case=case) for word in words))
    assert exit_code == code
    assert answer["error"]["message"]


def test_measures_have_the_published_shape_and_the_values_of_the_phantom(case, capsys):
    apply(capsys, case, SCREW, ZONE, CUT)
    named, rows = measures(capsys, case)
    keys = {"name", "value", "unit", "definition", "version", "source", "item", "uncertainty_mm"}
    assert all(keys <= set(row) for row in rows)
    assert named["trajectory_length"]["value"] == pytest.approx(22)
    assert named["angle_to_head_foot_axis"]["value"] == pytest.approx(0)
    assert named["path_hu_mean"]["value"] == pytest.approx(1000, abs=15)
    assert named["bone_margin"]["value"] == pytest.approx(4.0, abs=0.1)  # 10 - 4 - 2
    assert named["bone_margin"]["uncertainty_mm"] == pytest.approx(0.2)
    assert named["zone_clearance"]["value"] < 0
    assert named["zone_clearance"]["other_name"] == "zone"
    whole = named["segment_volume"]["value"]
    assert whole == pytest.approx(14.4, rel=1 / 20 + 0.7 / 24 + 0.7 / 20)  # half a voxel a face
    assert named["cut_kept"]["value"] + named["cut_removed"]["value"] == whole
    assert named["cut_kept"]["value"] == pytest.approx(whole / 2, rel=1 / 30)


def test_names_choose_measures_items_and_segments(case, capsys):
    apply(capsys, case, SCREW, ZONE, CUT)
    _, rows = measures(capsys, case, "segment_volume", "cut")
    assert [row["name"] for row in rows] == ["cut_kept", "cut_removed", "segment_volume"]
    _, rows = measures(capsys, case, "bone")
    assert [row["name"] for row in rows] == ["segment_volume"]


def test_what_can_not_be_measured_says_why(tmp_path, capsys):
    grid = grid_about((9.3, -7.1, 100), (60, 30, 30))
    volume = block_case(False)[0].volume
    volume = type(volume)(np.zeros(grid.shape_kji, np.int16), grid)
    path = tmp_path / "case.tasrif"
    create(path, case_of(volume, [segment_of(volume, "bone")])).close()
    apply(capsys, path, SCREW, ZONE)
    named, _ = measures(capsys, path)
    for name in ("zone_clearance", "bone_margin"):
        assert named[name]["value"] is None
        assert named[name]["reason"]["code"] == "measure-no-surface"
        assert named[name]["reason"]["message"] != "measure-no-surface"


def test_the_table_has_a_row_a_measure_and_decimal_points_in_any_language(case, capsys):
    apply(capsys, case, SCREW, ZONE)
    _, rows = measures(capsys, case)
    for language in ("en", "fr"):
        answer = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "measure", str(case), "--csv"],
            capture_output=True, text=True, timeout=120, check=True,
            env={**os.environ, "TASRIF_LANGUAGE": language},
        )  # fmt: skip
        read = list(csv.DictReader(answer.stdout.splitlines()))
        assert [row["name"] for row in read] == [row["name"] for row in rows]
        assert [float(row["value"]) for row in read] == [row["value"] for row in rows]
        assert len({row["definition"] for row in read}) > 5


@pytest.mark.hazard("HAZ-19")
def test_people_read_margins_rounded_down_with_their_bound(case, capsys):
    apply(capsys, case, SCREW, ZONE)
    named, _ = measures(capsys, case)
    capsys.readouterr()
    assert cli.main(["measure", str(case), "bone_margin"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("screw: Thinnest bone around the path (bone): ")
    number = float(line.split(": ")[2].split(" mm")[0])
    assert number <= named["bone_margin"]["value"]
    assert line.endswith(" mm (± 0.20 mm)")
    assert {measure.name for measure in MEASURES} >= set(named)
