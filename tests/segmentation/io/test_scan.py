"""Mixtures of files: what is grouped, split, ranked, left out, and never stacked."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from segmentation.errors import Refusal
from segmentation.finding import Severity
from segmentation.io.load import load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import scan
from tests.segmentation.io import series as make
from tests.segmentation.io.sentences import check_sentence
from tests.segmentation.io.series import Recipe


def outcomes(folder: Path) -> list[tuple[int, str]]:
    return [(each.slices, each.outcome.value) for each in scan(folder).series]


def test_a_mixture_is_sorted_and_the_rest_is_told(tmp_path: Path) -> None:
    make.save(make.make_series(Recipe(seed=1)), tmp_path / "a" / "b")
    make.save(make.make_series(Recipe(seed=2, slices=9)), tmp_path)
    plain = make.make_series(Recipe(seed=3, step=1.0))
    make.save({name.removesuffix(".dcm"): ds for name, ds in plain.items()}, tmp_path / "noname")
    (tmp_path / "empty").touch()
    (tmp_path / "notes.txt").write_text("DICM is not here")
    (tmp_path / "junk.dcm").write_bytes(np.random.default_rng(1).bytes(5000))
    (tmp_path / "zeros.dcm").write_bytes(bytes(5000))
    contours = make.make_series(Recipe(seed=4, slices=1))["slice000.dcm"]
    del contours.PixelData
    contours.SOPClassUID, contours.Modality = "1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT"
    contours.save_as(tmp_path / "rs", enforce_file_format=True)
    result = scan(tmp_path)
    assert [(each.rank, each.slices) for each in result.series] == [(1, 12), (2, 12), (3, 9)]
    assert all(each.outcome is Outcome.PLAN_GRADE for each in result.series)
    steps = [each.grid.spacing_kji_mm[0] for each in result.series if each.grid]
    assert steps == pytest.approx([1.0, 2.0, 2.0])  # of two as long the thinner first
    codes = {Path(each.path).name: each.code for each in result.ignored}
    assert codes == {
        "empty": "file-empty", "notes.txt": "not-an-image", "junk.dcm": "not-an-image",
        "zeros.dcm": "not-an-image", "rs": "structure-set",
    }  # fmt: skip
    for each in result.ignored:
        check_sentence(each.code, {"file": each.path})


@pytest.mark.hazard("HAZ-7")
def test_phases_are_split_by_acquisition_and_never_stacked(tmp_path: Path) -> None:
    recipe = Recipe()
    files = make.make_series(recipe)
    for name, ds in list(files.items()):
        twin = make.twin_of(ds, offset=20)
        twin.AcquisitionNumber = 2
        files["p" + name] = twin
    found = scan(make.save(files, tmp_path)).series
    uid = files["slice000.dcm"].SeriesInstanceUID
    assert [each.uid for each in found] == [f"{uid}#1", f"{uid}#2"]
    assert [each.slices for each in found] == [12, 12]
    volumes = [load(each).volume.hu for each in found]
    assert set(np.unique(volumes[0].astype(int) - volumes[1])) in ({20}, {-20})


def test_acquisition_numbers_that_change_in_mid_stack_split_nothing(tmp_path: Path) -> None:
    files = make.make_series()
    for n, ds in enumerate(files.values()):
        ds.AcquisitionNumber = n
    assert outcomes(make.save(files, tmp_path)) == [(12, "plan_grade")]


def test_interleaved_acquisitions_are_split_when_they_are_uneven_together(tmp_path: Path) -> None:
    files = make.make_series(Recipe())
    for name, ds in list(files.items()):
        twin = make.twin_of(ds)
        make.shift(twin, 0, 0, 0.7)
        twin.AcquisitionNumber = 2
        files["p" + name] = twin
    assert outcomes(make.save(files, tmp_path)) == [(12, "plan_grade"), (12, "plan_grade")]


@pytest.mark.parametrize(
    "values",
    [
        {"FrameOfReferenceUID": "1.2.3"},
        {"ConvolutionKernel": "BONE"},
        {"KVP": "80"},
        {"PixelSpacing": ["1.1", "0.95"]},
        {"ImageType": ["DERIVED", "SECONDARY", "MPR"]},
        {"ImageOrientationPatient": ["0", "1", "0", "0", "0", "-1"]},
    ],
)
@pytest.mark.hazard("HAZ-7")
def test_halves_that_differ_in_a_key_are_two_volumes(values: dict, tmp_path: Path) -> None:
    files = make.make_series()
    for name in sorted(files)[6:]:
        make.put(files[name], **values)
    found = scan(make.save(files, tmp_path)).series
    assert [each.slices for each in found] == [6, 6]
    assert all("series-images-apart" in [f.code for f in each.findings] for each in found)


@pytest.mark.hazard("HAZ-7")
def test_a_localiser_in_a_series_stays_apart(tmp_path: Path) -> None:
    files = make.make_series()
    scout = make.twin_of(files["slice000.dcm"])
    scout.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    scout.ImageOrientationPatient = ["0", "1", "0", "0", "0", "-1"]
    files["scout.dcm"] = scout
    assert outcomes(make.save(files, tmp_path)) == [(12, "plan_grade"), (1, "refused")]


@pytest.mark.hazard("HAZ-7")
def test_two_frames_of_reference_are_never_merged(tmp_path: Path) -> None:
    files = make.make_series()
    for name in sorted(files)[6:]:
        files[name].FrameOfReferenceUID = "1.2.3.4"
        make.shift(files[name], 9, 0, 0)
    found = scan(make.save(files, tmp_path)).series
    assert {each.grid.frame_uid for each in found if each.grid} == {
        "1.2.3.4",
        files["slice000.dcm"].FrameOfReferenceUID,
    }


def test_a_zip_is_read_without_being_unpacked(tmp_path: Path) -> None:
    folder = make.save(make.make_series(), tmp_path / "plain")
    truth = load(scan(folder).series[0]).volume.sha256()
    archive = tmp_path / "study.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path in folder.iterdir():
            target.write(path, f"deep/er/{path.name}")
        target.writestr("../../outside.dcm", b"x")
        target.writestr("/etc/outside.dcm", b"x")
        target.writestr("C:/outside.dcm", b"x")
        target.writestr("inner.zip", b"PK\3\4")
        target.writestr("readme.txt", b"hello")
    before = sorted(tmp_path.rglob("*"))
    result = scan(archive)
    assert load(result.series[0]).volume.sha256() == truth
    assert sorted(tmp_path.rglob("*")) == before
    assert [each.code for each in result.ignored].count("archive-unsafe-name") == 3
    assert "archive-in-archive" in [each.code for each in result.ignored]
    assert scan(tmp_path).series[0].outcome is not Outcome.REFUSED


def test_bombs_and_broken_archives_are_left_out_before_they_unpack(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("zeros", bytes(80 << 20))
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as target:
        for n in range(10_001):
            target.writestr(str(n), b"")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "bomb.zip").read_bytes()[:300])
    make.save(make.make_series(), tmp_path / "series")
    result = scan(tmp_path)
    codes = {Path(each.path).name: each.code for each in result.ignored}
    assert codes == {
        "bomb.zip": "archive-too-large",
        "many.zip": "archive-too-large",
        "cut.zip": "archive-broken",
    }
    assert result.series[0].outcome is Outcome.PLAN_GRADE


def test_a_flipped_byte_in_an_archive_is_refused(tmp_path: Path) -> None:
    folder = make.save(make.make_series(), tmp_path / "plain")
    archive = tmp_path / "study.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        for path in sorted(folder.iterdir()):
            target.write(path, path.name)
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 0x40
    archive.write_bytes(data)
    found = scan(archive).series[0]
    with pytest.raises(Refusal):
        load(found)


def test_nothing_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    for path, code in ((tmp_path, "no-image"), (tmp_path / "nowhere", "path-missing")):
        with pytest.raises(Refusal, match=code) as raised:
            scan(path)
        check_sentence(raised.value.code, raised.value.values)
        assert raised.value.exit_code == 3


def test_links_and_pipes_do_not_hang_a_scan(tmp_path: Path) -> None:
    import os

    make.save(make.make_series(), tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    result = scan(tmp_path)
    assert [each.slices for each in result.series] == [12]
    assert {each.code for each in result.ignored} == {"file-unreadable", "not-a-file"}


def test_hostile_text_in_headers_is_tamed(tmp_path: Path) -> None:
    files = make.make_series()
    for ds in files.values():
        ds.SpecificCharacterSet = "ISO_IR 192"
        ds.PatientName = "Evil\u202eName^\u0007Bell"
        ds.SeriesDescription = "قباني"
    header = scan(make.save(files, tmp_path)).series[0].header
    assert header.patient.name == "Evil\N{REPLACEMENT CHARACTER}Name^\N{REPLACEMENT CHARACTER}Bell"
    assert header.description == "قباني"
    assert header.patient.birth_date == "1970-01-02"
    assert header.study_date == "2026-01-01"


def test_every_finding_of_a_bad_mixture_has_its_sentence(tmp_path: Path) -> None:
    files = make.make_series(Recipe(drift=(0.3, 0)))
    files["x.dcm"] = make.twin_of(files["slice003.dcm"], offset=1)
    files["slice007.dcm"].PatientID = "P-2"
    for each in scan(make.save(files, tmp_path)).series:
        for finding in each.findings:
            check_sentence(finding.code, finding.values)
        assert any(f.severity is Severity.BLOCK for f in each.findings)
