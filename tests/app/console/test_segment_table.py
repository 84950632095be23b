"""`measure --segments` and `--quality`: shapes, files that a spreadsheet reads, refusals."""

import csv
import io
import json

import numpy as np
import pytest

from app import cli
from planning.case.case import Segment, SegmentId
from planning.case.file import create
from segmentation.mask import BitMask
from tests.planning.case.making import SHAPE, random_mask, tiny_case


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TASRIF_LANGUAGE", "en")


@pytest.fixture
def case(tmp_path):
    masks = {"bone": random_mask(1), "=1+1": random_mask(2), "none": BitMask.empty(SHAPE)}
    segments = tuple(
        Segment(SegmentId(f"id{n}"), name, mask, "#000000")
        for n, (name, mask) in enumerate(masks.items())
    )
    path = tmp_path / "case.tasrif"
    with create(path, tiny_case(segments=segments)):
        pass
    return path


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words)])
    return code, *capsys.readouterr()


def test_statistics_are_the_mask_s_own(case, capsys):
    code, out, _ = call(capsys, "measure", case, "--segments", "--json")
    rows = {row["name"]: row for row in json.loads(out)["segments"]}
    one = tiny_case()
    voxels = random_mask(1).to_bool() & ~one.volume.padding.to_bool()
    values = one.volume.hu[voxels]
    bone, none = rows["bone"], rows["none"]
    assert code == 0
    assert bone["voxels"] == random_mask(1).voxels
    assert bone["measured_voxels"] == values.size
    assert (bone["mean_hu"], bone["median_hu"]) == (pytest.approx(values.mean()), np.median(values))
    assert bone["surface_mm2"] > 0
    assert bone["status"] == "to do"
    assert bone["low_x_lps_mm"] < bone["centroid_x_lps_mm"] < bone["high_x_lps_mm"]
    assert (none["voxels"], none["mean_hu"], none["surface_mm2"]) == (0, None, 0.0)


def test_a_table_is_safe_for_a_spreadsheet_and_has_decimal_points(case, capsys):
    _, out, _ = call(capsys, "measure", case, "--segments", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["name"] for row in rows] == ["bone", "'=1+1", "none"]
    assert float(rows[0]["ml"]) == random_mask(1).voxels * tiny_case().volume.grid.voxel_ml
    assert rows[2]["mean_hu"] == ""


def test_quality_tells_what_wants_a_look(case, capsys):
    _, out, _ = call(capsys, "measure", case, "bone", "--quality", "--json")
    (sheet,) = json.loads(out)["quality"]
    found = {one["code"] for one in sheet["findings"]}
    assert sheet["components"] > 1
    assert {"segment-in-parts", "segment-may-leak", "segment-cut-off"} <= found
    assert all(one["message"] != one["code"] for one in sheet["findings"])
    code, out, _ = call(capsys, "measure", case, "--quality", "--csv")
    assert code == 0
    assert len(list(csv.DictReader(io.StringIO(out)))) == 3


def test_words_say_both_and_what_cannot_be_is_refused(case, capsys):
    _, out, _ = call(capsys, "measure", case, "bone", "--segments", "--quality")
    assert out.count("bone: ") >= 2
    assert call(capsys, "measure", case, "--segments", "--quality", "--csv")[0] == 2
    code, _, err = call(capsys, "measure", case, "liver", "--segments")
    assert (code, "liver" in err) == (3, True)


def test_a_tree_is_answered_as_json_words_and_table(tmp_path, capsys):
    tube = np.zeros(SHAPE, bool)
    tube[SHAPE[0] // 2, SHAPE[1] // 2, 1:-1] = True
    segments = (
        Segment(SegmentId("id0"), "vessel", BitMask.from_bool(tube), "#000000"),
        Segment(SegmentId("id1"), "none", BitMask.empty(SHAPE), "#000000"),
    )
    path = tmp_path / "tube.tasrif"
    with create(path, tiny_case(segments=segments)):
        pass
    code, out, _ = call(capsys, "measure", path, "--tree", "--json")
    (tree,) = json.loads(out)["trees"]
    assert code == 0
    assert tree["graph"]["segment"] == "vessel"
    assert [finding["code"] for finding in tree["findings"]] == ["tree-found"]
    code, out, _ = call(capsys, "measure", path, "vessel", "--tree", "--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert float(row["length_mm"]) == tree["links"][0]["length_mm"]
    code, out, _ = call(capsys, "measure", path, "--tree")
    assert "order 0" in out
    assert call(capsys, "measure", path, "--tree", "--quality")[0] == 2
