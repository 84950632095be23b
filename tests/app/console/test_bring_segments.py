"""`segment --from`: segments of a file as one step of a case."""

import json

import numpy as np
import pytest

from app.cli import main
from app.language import catalogue
from planning.case.file import create, open_case
from planning.case.history import History
from segmentation.io.meshes import write_mesh
from segmentation.surface import iso_surface
from tests.app.conftest import BLOCK, block_case
from tests.segmentation.io import structures

SQUARE = [(-10.5, -8.5), (9.5, -8.5), (9.5, 7.5), (-10.5, 7.5)]


@pytest.fixture
def case_path(tmp_path):
    path = tmp_path / "case.tasrif"
    create(path, block_case()).close()
    return path


@pytest.fixture
def rtstruct(tmp_path):
    contours = [
        ("CLOSED_PLANAR", np.array([(*point, 100.0 + 2.0 * k) for point in SQUARE]))
        for k in range(BLOCK[0].start, BLOCK[0].stop)
    ]
    rois = [("Tête", (255, 0, 0), contours), ("ورم", (0, 255, 0), contours[:3])]
    structures.rtstruct(tmp_path / "rs.dcm", "1.2.3", rois, patient_id="P-1", study_uid="1.2.3")
    return tmp_path / "rs.dcm"


def asked(capsys, *words):
    code = main([*map(str, words)])
    return code, capsys.readouterr()


def test_a_file_of_two_is_one_step(case_path, rtstruct, capsys):
    code, said = asked(capsys, "--json", "segment", case_path, "--from", rtstruct)
    assert code == 0
    told = json.loads(said.out)
    assert (told["segment"], told["voxels"]) == ("Tête", 12 * 16 * 20)
    assert told["ml"] == pytest.approx(7.68)
    assert [row["segment"] for row in told["segments"]] == ["Tête", "ورم"]
    with open_case(case_path) as file:
        history = History(file)
        assert [one.name for one in history.case.segments] == ["Bone 0", "Tête", "ورم"]
        assert history.case.segments[1].colour == "#FF0000"
        assert history.undo_title == "Import segments"
        history.undo()
        assert [one.name for one in history.case.segments] == ["Bone 0"]


def test_one_label_goes_into_a_segment_that_is_there(case_path, rtstruct, capsys):
    words = ("segment", case_path, "--from", rtstruct, "--only", "ورم", "--into", "Bone 0")
    assert asked(capsys, *words)[0] == 0
    with open_case(case_path) as file:
        (one,) = file.case.segments
        assert (one.name, one.mask.voxels) == ("Bone 0", 3 * 16 * 20)
        assert one.recipe.startswith('[{"set":')


@pytest.mark.hazard("HAZ-17")
def test_a_wrong_unit_is_asked_about_in_one_sentence(case_path, tmp_path, capsys):
    case = block_case()
    mesh = iso_surface(case.volume, case.segments[0].mask, None)
    write_mesh(mesh, tmp_path / "a.stl")
    data = bytearray((tmp_path / "a.stl").read_bytes())
    data[:80] = bytes(80)
    points = np.frombuffer(data, np.uint8)[84:].reshape(-1, 50)[:, 12:48].copy().view("<f4")
    points /= 1000.0
    np.frombuffer(memoryview(data)[84:], np.uint8).reshape(-1, 50)[:, 12:48] = points.view(np.uint8)
    (tmp_path / "a.stl").write_bytes(data)
    code, said = asked(capsys, "segment", case_path, "--from", tmp_path / "a.stl")
    assert code == 3
    last = said.err.strip().splitlines()[-1]
    assert "which unit" in last
    assert last.endswith("Say the unit: mm, cm or m.")
    words = ("segment", case_path, "--from", tmp_path / "a.stl", "--unit", "m")
    assert asked(capsys, *words)[0] == 0


@pytest.mark.parametrize(
    "words", [("--unit", "mm"), ("--only", "x"), ("--from", "a.stl", "--tool", "threshold")]
)
def test_options_that_do_not_fit_are_usage(words, case_path, capsys):
    assert asked(capsys, "segment", case_path, *words)[0] == 2


def test_every_sentence_is_said_in_both_languages_with_the_same_values():
    import polib

    from resources import FOLDER

    said = {}
    for language in ("en", "fr"):
        entries = polib.pofile(str(FOLDER / "locale" / language / "bring_in.po"))
        said[language] = {(e.msgctxt, e.msgid): e.msgstr for e in entries if e.msgctxt}
    assert said["en"].keys() == said["fr"].keys()
    for key, text in said["en"].items():
        fields = {part.split("}")[0] for part in text.split("{")[1:]}
        other = {part.split("}")[0] for part in said["fr"][key].split("{")[1:]}
        assert fields == other, key
    assert catalogue("fr").pgettext("message", "mesh-open") == said["fr"]["message", "mesh-open"]
