"""Areas and recipes on the command line: where voxels change, what runs again elsewhere."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from app import cli
from planning.case.case import CaseId
from planning.case.edits import LockSegment
from planning.case.file import create, open_case
from planning.case.history import History
from segmentation.volume import Volume
from tests.planning.case.making import segment, tiny_case, tiny_volume

MASKS = {name: segment(name, seed) for seed, name in enumerate(("bone", "skin", "metal"))}


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TASRIF_LANGUAGE", "en")


def made(path, seed=0, names=("bone", "skin", "metal")):
    case = tiny_case(seed=seed, segments=tuple(MASKS[name] for name in names))
    volume = case.volume
    plain = Volume(volume.hu, replace(volume.grid, direction=np.eye(3)))
    with create(path, replace(case, id=CaseId(f"case-{seed}"), volume=plain)):
        pass
    return path


@pytest.fixture
def case(tmp_path):
    return made(tmp_path / "case.tasrif")


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    out, _ = capsys.readouterr()
    return code, json.loads(out)


def voxels(path):
    with open_case(path, read_only=True) as file:
        return {one.name: one.mask.to_bool() for one in file.case.segments}


def recipes(path):
    with open_case(path, read_only=True) as file:
        return {one.name: json.loads(one.recipe or "[]") for one in file.case.segments}


RANGE = ("--tool", "threshold", "--set", "lower_hu=200", "--into", "bone")
HU = tiny_volume().hu


def test_an_area_of_the_words_is_held_and_kept_in_the_recipe(case, capsys):
    before = voxels(case)
    where = ("--inside", "skin", "--outside", "metal", "--hu", "500:", "--overlap", "take")
    code, answer = call(capsys, "segment", case, *RANGE, *where)
    after = voxels(case)
    allowed = before["skin"] & ~before["metal"] & (HU >= 500)
    assert code == 0
    assert np.array_equal(after["bone"], np.where(allowed, HU >= 200, before["bone"]))
    added = after["bone"] & ~before["bone"]
    assert np.array_equal(after["skin"], before["skin"] & ~added)
    assert answer["parts"][0]["segment"] == "skin"
    area = {"inside": "skin", "outside": ["metal"], "hu": [500, 32767], "overlap": "take"}
    assert recipes(case)["bone"][-1]["area"] == area
    assert recipes(case)["skin"][-1] == {
        **recipes(case)["skin"][-1],
        "part": "skin",
        "into": "bone",
    }
    call(capsys, "undo", case)
    assert all(np.array_equal(voxels(case)[name], before[name]) for name in before)


def test_a_box_of_the_words_is_in_millimetres(case, capsys):
    grid = replace(tiny_volume().grid, direction=np.eye(3))
    low, high = grid.lps_mm(np.array([[2, 1, 1], [40, 6, 3]]))
    text = ";".join(",".join(map(str, corner.tolist())) for corner in (low, high))
    assert call(capsys, "segment", case, *RANGE, f"--box={text}")[0] == 0
    inside = np.zeros(HU.shape, bool)
    inside[1:4, 1:7, 2:41] = True
    assert np.array_equal(
        voxels(case)["bone"], np.where(inside, HU >= 200, MASKS["bone"].mask.to_bool())
    )


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("--hu", "500"), "area-range-unreadable", 2),
        (("--hu", "a:b"), "area-range-unreadable", 2),
        (("--hu", "0:99999"), "area-range-unreadable", 2),
        (("--hu", "9:1"), "range-empty", 3),
        (("--box=1,2,3",), "area-box-unreadable", 2),
        (("--box=1,2,3;a,b,c",), "area-box-unreadable", 2),
        (("--inside", "liver"), "other-segment-unknown", 3),
    ],
)
def test_an_area_that_cannot_be_is_refused_and_changes_nothing(
    case, capsys, words, code, exit_code
):
    before = case.read_bytes()
    said, answer = call(capsys, "segment", case, *RANGE, *words)
    assert (said, answer["error"]["code"]) == (exit_code, code)
    assert answer["error"]["message"] != code
    assert case.read_bytes() == before


def test_a_locked_segment_is_refused_as_target_and_spared_as_neighbour(case, capsys):
    with open_case(case) as file:
        history = History(file)
        history.do(LockSegment(MASKS["skin"].id, is_locked=True))
        history.flush()
    said, answer = call(capsys, "segment", case, *RANGE[:-1], "skin")
    assert (said, answer["error"]["code"]) == (3, "segment-locked")
    before = voxels(case)
    call(capsys, "segment", case, *RANGE, "--overlap", "take")
    after = voxels(case)
    assert np.array_equal(after["skin"], before["skin"])
    assert not (after["bone"] & ~before["bone"] & before["skin"]).any()
    assert not (after["bone"] & ~before["bone"] & after["metal"]).any()


def steps_of(case, capsys, tmp_path, name="bone"):
    out = tmp_path / "recipe.json"
    code, answer = call(capsys, "segment", case, "--recipe-of", name, "--out", out, "--force")
    assert (code, answer["segment"]) == (0, name)
    return out


def test_a_written_recipe_makes_the_same_again_from_whatever_is_there(case, capsys, tmp_path):
    call(capsys, "segment", case, *RANGE)
    call(capsys, "segment", case, "--tool", "margin", "--set", "margin_mm=1", "--into", "bone",
         "--outside", "metal")  # fmt: skip
    wanted = voxels(case)["bone"]
    out = steps_of(case, capsys, tmp_path)
    told = json.loads(out.read_text())
    assert [(s["tool"], s["into"]) for s in told["steps"]] == [
        ("threshold", "bone"),
        ("margin", "bone"),
    ]
    with open_case(case, read_only=True) as file:
        assert told["volume_sha256"] == file.case.volume.sha256()
    call(capsys, "segment", case, "--tool", "threshold", "--set", "lower_hu=2000", "--into", "bone")
    code, answer = call(capsys, "segment", case, "--recipe", out)
    assert (code, answer["segment"]) == (0, "bone")
    assert np.array_equal(voxels(case)["bone"], wanted)


def test_a_changed_parameter_is_what_runs(case, capsys, tmp_path):
    call(capsys, "segment", case, *RANGE)
    out = steps_of(case, capsys, tmp_path)
    told = json.loads(out.read_text())
    told["steps"][0]["set"]["lower_hu"] = 900
    out.write_text(json.dumps(told))
    call(capsys, "segment", case, "--recipe", out)
    assert np.array_equal(voxels(case)["bone"], HU >= 900)


def test_a_cohort_gets_a_table_and_points_of_another_scan_a_finding(case, capsys, tmp_path):
    call(capsys, "segment", case, "--tool", "threshold", "--set", "lower_hu=0", "--into", "lung")
    kji = np.argwhere(HU >= 0)[3]
    seed = ",".join(
        map(str, replace(tiny_volume().grid, direction=np.eye(3)).lps_mm(kji[::-1]).tolist())
    )
    call(capsys, "segment", case, "--tool", "islands", "--set", "keep=clicked",
         f"seed_lps_mm={seed}", "--into", "lung")  # fmt: skip
    out = steps_of(case, capsys, tmp_path, "lung")
    second = made(tmp_path / "second.tasrif", 5)
    locked = made(tmp_path / "locked.tasrif", 6)
    call(capsys, "segment", locked, *RANGE[:-1], "lung")
    with open_case(locked) as file:
        history = History(file)
        history.do(LockSegment(file.case.segments[-1].id, is_locked=True))
        history.flush()
    code, answer = call(capsys, "segment", case, second, locked, "--recipe", out)
    rows = answer["cases"]
    assert code == 3
    assert [row["case"] for row in rows] == [str(case), str(second), str(locked)]
    assert [row["segment"] for row in rows] == ["lung"] * 3
    assert all(row["seconds"] > 0 for row in rows)
    assert (rows[0]["refusal"], rows[0]["findings"]) == (None, [])
    assert rows[0]["voxels"] == voxels(case)["lung"].sum()
    if rows[1]["refusal"] is None:
        assert rows[1]["ml"] > 0
    assert [one["code"] for one in rows[1]["findings"]] == ["recipe-points-elsewhere"]
    assert "islands" in rows[1]["findings"][0]["message"]
    assert rows[2]["refusal"]["code"] == "segment-locked"
    assert rows[2]["ml"] is None


def test_a_stopped_cohort_goes_on_and_holds_against_a_reference(case, capsys, tmp_path):
    """The table: a refused case is tried again, one that has its row is left as it is."""
    call(capsys, "segment", case, *RANGE)
    out, table = steps_of(case, capsys, tmp_path), tmp_path / "table.csv"
    second = made(tmp_path / "second.tasrif", 5, names=("metal",))
    absent = tmp_path / "absent.tasrif"
    asks = ("segment", second, absent, "--recipe", out, "--table", table, "--reference", "metal")
    code, answer = call(capsys, *asks)
    assert code == 3
    rows = list(csv.DictReader(table.read_text().splitlines()))
    bone, metal = (voxels(second)[name] for name in ("bone", "metal"))
    assert [row["case"] for row in rows] == [str(second), str(absent)]
    assert float(rows[0]["dice"]) == pytest.approx(
        2 * (bone & metal).sum() / (bone.sum() + metal.sum())
    )
    assert int(rows[0]["voxels"]) == bone.sum()
    assert int(rows[0]["components"]) >= 1
    assert rows[0]["refusal"] == ""
    assert rows[1]["refusal"].endswith(".")
    assert rows[1]["dice"] == ""

    with table.open("a", encoding="utf-8") as file:
        file.write("torn,bo")  # as a stop in the middle of a line leaves it
    made(absent, 6)
    before = recipes(second)
    code, answer = call(capsys, *asks)
    assert (code, [row["case"] for row in answer["cases"]]) == (0, [str(absent)])
    assert recipes(second) == before
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [(row["case"], row["refusal"]) for row in rows] == [(str(second), ""), (str(absent), "")]

    table.write_text("a,b\n1,2\n")
    code, answer = call(capsys, *asks)
    assert (code, answer["error"]["code"]) == (3, "cohort-table-foreign")
    assert call(capsys, *asks, "--force")[0] == 0


def test_a_recipe_without_points_is_believed_anywhere(case, capsys, tmp_path):
    call(capsys, "segment", case, *RANGE)
    out = steps_of(case, capsys, tmp_path)
    second = made(tmp_path / "second.tasrif", 5, names=())
    code, answer = call(capsys, "segment", case, second, "--recipe", out)
    assert code == 0
    assert [row["findings"] for row in answer["cases"]] == [[], []]
    with open_case(second, read_only=True) as file:
        assert np.array_equal(voxels(second)["bone"], file.case.volume.hu >= 200)
    assert recipes(second)["bone"][0]["set"]["lower_hu"] == 200


def test_what_goes_on_with_a_mask_from_elsewhere_says_so(case, capsys, tmp_path):
    before = voxels(case)["bone"]
    margin = ("--tool", "margin", "--set", "margin_mm=1", "--into", "bone")
    call(capsys, "segment", case, *margin)
    once = voxels(case)["bone"]
    out = steps_of(case, capsys, tmp_path)
    assert json.loads(out.read_text())["start"] == "mask"
    call(capsys, "undo", case)
    assert np.array_equal(voxels(case)["bone"], before)
    call(capsys, "segment", case, "--recipe", out)
    assert np.array_equal(voxels(case)["bone"], once)


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("--recipe-of", "metal", "--out", "{tmp}/r.json"), "recipe-missing", 3),
        (("--recipe-of", "bone"), "recipe-of-without-out", 2),
        (("--recipe-of", "liver", "--out", "{tmp}/r.json"), "no-such-segment", 3),
        (("{tmp}/b.tasrif", *RANGE), "cases-without-recipe", 2),
        (("--recipe", "{tmp}/bad.json"), "recipe-unreadable", 3),
        (("--recipe", "{tmp}/area.json"), "area-unreadable", 3),
        (("--recipe", "{tmp}/own.json", "--hu", "1:2"), "area-and-recipe", 2),
    ],
)
def test_words_that_do_not_fit_are_refused(case, capsys, tmp_path, words, code, exit_code):
    step = {"tool": "threshold", "into": "bone"}
    (tmp_path / "bad.json").write_text('{"format": "tasrif-recipe", "version": 2, "steps": []}')
    (tmp_path / "area.json").write_text(json.dumps([{**step, "area": {"where": 1}}]))
    (tmp_path / "own.json").write_text(json.dumps([{**step, "area": {"inside": "skin"}}]))
    said, answer = call(capsys, "segment", case, *(w.format(tmp=tmp_path) for w in words))
    assert (said, answer["error"]["code"]) == (exit_code, code)
    assert answer["error"]["message"] != code
    assert np.array_equal(voxels(case)["bone"], MASKS["bone"].mask.to_bool())


def test_a_part_of_a_split_brings_the_steps_of_what_it_was_split_from(case, capsys, tmp_path):
    few = ("--tool", "threshold", "--set", "lower_hu=2980", "--into", "bone")
    split = ("--tool", "split-islands", "--set", "min_ml=0", "--into", "bone")
    call(capsys, "segment", case, *few)
    code, answer = call(capsys, "segment", case, *split)
    assert code == 0
    assert answer["parts"]
    name = answer["parts"][0]["segment"]
    out = steps_of(case, capsys, tmp_path, name)
    told = json.loads(out.read_text())["steps"]
    assert [(s["tool"], s["into"], s.get("part", "")) for s in told] == [
        ("threshold", "bone", ""),
        ("split-islands", "bone", name),
    ]
    second = made(tmp_path / "second.tasrif", 0, names=())
    assert call(capsys, "segment", second, "--recipe", out)[0] == 0
    assert np.array_equal(voxels(second)[name], voxels(case)[name])
