"""An enhanced CT from the command line, and a scan of hostile files with images among them."""

import json
from pathlib import Path

import pytest
from pydicom.uid import JPEGLSLossless

from app import cli
from planning.case.file import open_case
from segmentation.io.load import load
from segmentation.io.scan import scan
from tests.segmentation.io import enhanced
from tests.segmentation.io import series as make
from tests.segmentation.io.test_hostile import nested


def called(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    """Run a command that must succeed; return what it answers."""
    capsys.readouterr()
    assert cli.main([*map(str, words), "--json"]) == 0
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


@pytest.mark.hazard("HAZ-13")
def test_an_enhanced_ct_is_scanned_and_imported_as_its_slices_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = make.make_series()
    whole = enhanced.make_enhanced(files, enhanced.Layout(order=enhanced.shuffled(12)))
    whole.compress(JPEGLSLossless, generate_instance_uid=False)
    path = enhanced.save(whole, tmp_path / "frames" / "one.dcm")
    found = called(capsys, "scan", path)["series"][0]
    assert (found["slices"], found["outcome"]) == (12, "plan_grade")
    called(capsys, "import", path.parent, "--out", tmp_path / "case.tasrif", "--side", "L")
    truth = load(scan(make.save(files, tmp_path / "classic")).series[0]).volume
    with open_case(tmp_path / "case.tasrif") as file:
        assert file.case.volume.sha256() == truth.sha256()


@pytest.mark.hazard("HAZ-39")
def test_a_hostile_file_in_a_folder_is_one_line_of_a_scan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make.save(make.make_series(), tmp_path)
    (tmp_path / "nested.dcm").write_bytes(nested(5_000))
    answer = called(capsys, "scan", tmp_path)
    assert [each["outcome"] for each in answer["series"]] == ["plan_grade"]
    assert [each["code"] for each in answer["ignored"]] == ["dicom-beyond-limits"]
