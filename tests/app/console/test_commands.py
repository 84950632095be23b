"""The command line as a person or a script uses it: answers, shapes, exit codes, one sentence."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from app import cli
from app.console.found import ignored_words
from segmentation.io.files import Ignored
from tests.segmentation.io.series import MARK_HU, Recipe, make_series, save

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TASRIF_LANGUAGE", "en")


@pytest.fixture
def folder(tmp_path):
    return save(make_series(), tmp_path / "ct")


@pytest.fixture
def case(folder, tmp_path, capsys):
    path = tmp_path / "case.tasrif"
    assert call(capsys, "import", folder, "--out", path, "--side", "L")[0] == 0
    return path


def call(capsys, *words):
    """Run one command with --json; return exit code, the object and standard error."""
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out), err


def refused(capsys, *words):
    """Run a command that must be refused; return exit code and error code."""
    code, answer, err = call(capsys, *words)
    error = answer["error"]
    assert set(error) == {"code", "message", "fix", "details"}
    assert error["message"] != error["code"], f"no sentence for {error['code']}"
    assert error["message"] in err.splitlines()[-1]
    assert "Traceback" not in err
    return code, error["code"]


def test_scan_lists_series_in_the_published_shape(folder, capsys):
    code, answer, _ = call(capsys, "scan", folder)
    assert code == 0
    assert set(answer) == {"series", "ignored"}
    (series,) = answer["series"]
    assert series["outcome"] == "plan_grade"
    assert series["slices"] == Recipe().slices
    assert {"uid", "rank", "modality", "findings"} <= set(series)
    assert all({"code", "message", "files", "mm"} <= set(f) for f in series["findings"])


def test_scan_says_in_words_why_each_file_was_left_aside(folder, capsys):
    for n in range(23):
        (folder / f"letter{n:02d}.txt").write_text("Dear colleague")
    code, answer, _ = call(capsys, "scan", folder)
    assert code == 0
    told = {Path(one["path"]).name: one["message"] for one in answer["ignored"]}
    assert len(told) == 23
    assert told["letter07.txt"].endswith("letter07.txt is not an image that can be read here.")
    assert cli.main(["scan", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("is not an image that can be read here." in line for line in lines) == 20
    assert lines[-1].strip() == "and 3 more files"
    assert not any("{" in line for line in lines)


def test_a_file_whose_sentence_needs_more_than_its_name_is_told_with_its_code(folder):
    found = ignored_words(Ignored("a.nii", "image-too-large"))
    assert found == "a.nii is left out (image-too-large)."


def test_a_name_from_a_foreign_medium_steers_no_terminal_and_stops_no_answer(folder, capsys):
    (folder / "\x1b[2Jgone").write_text("x")
    odd = os.fsencode(folder) + b"/\xc9paule"
    Path(os.fsdecode(odd)).write_text("x")
    code, answer, _ = call(capsys, "scan", folder)
    assert (code, len(answer["ignored"])) == (0, 2)
    assert cli.main(["scan", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\N{REPLACEMENT CHARACTER}paule is not an image" in said
    assert cli.main(["scan", os.fsdecode(odd)]) == 3
    assert "\udcc9" not in capsys.readouterr().err


def test_import_makes_a_case_with_side_and_code(case, capsys):
    code, answer, _ = call(capsys, "info", case)
    assert code == 0
    assert (answer["side"], answer["code"], answer["kind"]) == ("L", "P-1", "clinical")
    assert answer["outcome"] == "plan_grade"


def test_a_segment_counts_the_voxels_of_its_range(case, capsys):
    code, answer, _ = call(
        capsys, "segment", case, "--tool", "threshold", "--set", "lower_hu=250", "--into", "marks"
    )
    assert code == 0
    assert answer["voxels"] == len(MARK_HU)
    assert answer["ml"] == pytest.approx(len(MARK_HU) * 2.0 * 1.1 * 0.9 / 1000)


def test_a_tool_tells_the_range_that_it_found(case, capsys):
    words = ["--tool", "otsu", "--set", "lower_hu=290", "upper_hu=1010", "--into", "marks"]
    code, answer, _ = call(capsys, "segment", case, *words)
    assert code == 0
    lower_hu, upper_hu = answer["found_hu"]
    assert upper_hu == 1010
    assert answer["voxels"] == sum(lower_hu <= hu <= upper_hu for hu in MARK_HU)
    assert 0 < answer["voxels"] < len(MARK_HU)


def test_undo_and_redo_survive_between_commands(case, capsys):
    call(capsys, "segment", case, "--tool", "threshold", "--into", "bone")
    assert call(capsys, "undo", case)[1]["moved"]
    assert call(capsys, "info", case)[1]["segments"] == []
    assert call(capsys, "redo", case)[1]["moved"]
    assert call(capsys, "info", case)[1]["segments"] == ["bone"]
    acts = [row["act"] for row in call(capsys, "history", case)[1]["edits"]]
    assert acts == ["create", "do", "undo", "redo"]


@pytest.mark.parametrize("ending", ["stl", "ply", "obj", "glb"])
def test_a_mesh_is_read_by_another_library_where_the_mark_is(case, tmp_path, capsys, ending):
    call(capsys, "segment", case, "--tool", "threshold", "--set", "lower_hu=950", "--into", "m")
    path = tmp_path / f"m.{ending}"
    code, answer, _ = call(capsys, "mesh", case, "--segment", "m", "--out", path)
    assert code == 0
    assert answer["closed"]
    mesh = trimesh.load(path, force="mesh")
    centre = mesh.bounds.mean(axis=0)
    if ending == "glb":  # glTF is Y-up in metres
        centre = np.array([centre[0], -centre[2], centre[1]]) * 1000
    truth = Recipe().mark_lps_mm()[MARK_HU[7]]
    assert centre == pytest.approx(truth, abs=0.05)


def test_a_finished_mesh_says_how_far_it_lies_from_what_is_measured(case, tmp_path, capsys):
    call(capsys, "segment", case, "--tool", "threshold", "--set", "lower_hu=-500", "--into", "m")
    path, whole = tmp_path / "m.stl", tmp_path / "whole.stl"
    plain = call(capsys, "mesh", case, "--segment", "m", "--out", whole)[1]
    asked = ("--smooth", "0.2", "--deviation", "0.6")
    code, said, _ = call(capsys, "mesh", case, "--segment", "m", "--out", path, *asked)
    assert code == 0
    assert (plain["deviation_mm"], plain["surface"]) == (0.0, "hu")
    assert said["triangles"] < plain["triangles"]
    assert 0.0 < said["deviation_mm"] <= 0.6
    faults = ("open_edges", "crowded_edges", "crossing_triangles")
    assert [said[name] for name in faults] == [0, 0, 0]
    assert trimesh.load(path).is_watertight
    both = ("--triangles", "500", "--deviation", "0.6")
    out = tmp_path / "x.stl"
    code, _ = refused(capsys, "mesh", case, "--segment", "m", "--out", out, *both)
    assert code == 3
    assert not out.exists()


def test_a_recipe_runs_its_steps(case, tmp_path, capsys):
    steps = [
        {"tool": "threshold", "set": {"lower_hu": 250}, "into": "marks"},
        {"tool": "islands", "set": {"keep": "largest"}, "into": "marks"},
    ]
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps(steps))
    code, answer, _ = call(capsys, "segment", case, "--recipe", recipe)
    assert (code, answer["voxels"]) == (0, 1)


BAD = [
    (["scan", "{tmp}/nowhere"], 3),
    (["scan", "{tmp}/empty"], 3),
    (["scan"], 2),
    (["import", "{ct}", "--out", "{tmp}/x.tasrif"], 2),
    (["import", "{ct}", "--out", "{case}", "--side", "L"], 3),
    (["import", "{ct}", "--out", "{tmp}/x.tasrif", "--side", "up"], 2),
    (["import", "{ct}", "--out", "{tmp}/x.tasrif", "--side", "L", "--series", "1.2"], 3),
    (["info", "{tmp}/nowhere.tasrif"], 3),
    (["info", "{ct}/slice000.dcm"], 3),
    (["segment", "{case}", "--tool", "wand", "--into", "a"], 2),
    (["segment", "{case}", "--tool", "threshold"], 2),
    (["segment", "{case}", "--tool", "threshold", "--set", "colour=3", "--into", "a"], 2),
    (["segment", "{case}", "--tool", "threshold", "--set", "lower_hu=1,5", "--into", "a"], 3),
    (["segment", "{case}", "--tool", "threshold", "--set", "lower_hu=nan", "--into", "a"], 3),
    (["segment", "{case}", "--tool", "threshold", "--set", "lower_hu=99999", "--into", "a"], 3),
    (["segment", "{case}", "--tool", "threshold", "--set", "lower_hu", "--into", "a"], 2),
    (["segment", "{case}", "--recipe", "{tmp}/empty.json"], 3),
    (["mesh", "{case}", "--segment", "none", "--out", "{tmp}/x.stl"], 3),
    (["render", "{case}", "--view", "oblique", "--out", "{tmp}/x.png"], 2),
    (["phantom", "knee", "--out", "{tmp}/x"], 2),
    (["phantom", "shoulder", "--out", "{ct}"], 3),
    (["whatever"], 2),
]


@pytest.mark.parametrize(("words", "expected"), BAD, ids=[" ".join(b[0])[:50] for b in BAD])
def test_bad_calls_get_one_sentence_and_their_code(words, expected, case, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.json").write_text("[]")
    places = {"tmp": tmp_path, "ct": tmp_path / "ct", "case": case}
    code, _ = refused(capsys, *(word.format(**places) for word in words))
    assert code == expected


def test_a_surface_of_nothing_or_of_no_format_is_refused(case, tmp_path, capsys):
    call(capsys, "segment", case, "--tool", "threshold", "--set", "lower_hu=3000", "--into", "no")
    assert refused(capsys, "mesh", case, "--segment", "no", "--out", tmp_path / "x.stl")[0] == 3
    call(capsys, "segment", case, "--tool", "threshold", "--into", "no")
    code, _ = refused(capsys, "mesh", case, "--segment", "no", "--out", tmp_path / "x.docx")
    assert code in (2, 3)
    assert not list(tmp_path.glob("x.*"))


def test_force_replaces_a_case(folder, case, capsys):
    words = ["import", folder, "--out", case, "--side", "R"]
    assert call(capsys, *words, "--force")[0] == 0
    assert call(capsys, "info", case)[1]["side"] == "R"


def test_deidentified_cases_hold_no_name(folder, tmp_path, capsys):
    path = tmp_path / "anonymous.tasrif"
    words = ["import", folder, "--out", path, "--side", "L", "--code", "C7", "--deidentify"]
    assert call(capsys, *words)[0] == 0
    raw = path.read_bytes()
    assert b"Doe" not in raw
    assert b"19700102" not in raw
    assert b"1970-01-02" not in raw


def test_json_comes_before_or_after_the_command(folder, capsys):
    before = cli.main(["--json", "scan", str(folder)])
    first = capsys.readouterr().out
    after = cli.main(["scan", str(folder), "--json"])
    assert (before, after) == (0, 0)
    assert first == capsys.readouterr().out


def test_a_fault_of_the_program_shows_no_traceback(capsys):
    assert cli.admit(ZeroDivisionError("x"), wants_json=False) == 70
    assert "Traceback" not in capsys.readouterr().err


def program(*words, **env):
    """Run the real program as its own process."""
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *map(str, words)],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "TASRIF_LANGUAGE": "en", **env},
    )  # fmt: skip


def test_words_go_to_standard_output_and_the_error_is_the_last_line(folder, tmp_path):
    good = program("scan", folder)
    assert good.returncode == 0
    assert "plan_grade" in good.stdout
    bad = program("scan", tmp_path / "nowhere")
    assert (bad.returncode, bad.stdout) == (3, "")
    assert "Traceback" not in bad.stderr


def test_without_a_screen_the_window_says_so():
    env = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    answer = program(**env)
    assert answer.returncode == 4
    assert "screen" in answer.stderr


def test_the_language_follows_the_environment(tmp_path):
    answer = program("scan", tmp_path / "nowhere", TASRIF_LANGUAGE="fr")
    assert "dossier" in answer.stderr or "chemin" in answer.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a closed folder")
def test_a_closed_folder_is_the_environments_fault(folder, tmp_path, capsys):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(stat.S_IRUSR | stat.S_IXUSR)
    words = ["import", folder, "--out", closed / "x.tasrif", "--side", "L"]
    assert refused(capsys, *words)[0] == 4
