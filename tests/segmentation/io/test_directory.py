"""A medium's directory: what it lists and isn't there is missing; anything odd lists nothing."""

import gc
import warnings
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.fileset import FileSet

from segmentation.io.directory import listed_images
from segmentation.io.outcome import Outcome
from segmentation.io.scan import scan
from tests.segmentation.io.series import make_series, save

VARIANTS = ("DICOMDIR", "DICOMDIR-bigEnd", "DICOMDIR-implicit", "DICOMDIR-nooffset")


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """A medium written by pydicom's own file set: the second road to the same records."""
    plain = save(make_series(), tmp_path / "plain")
    files = FileSet()
    for path in sorted(plain.iterdir()):
        image = dcmread(path)
        image.StudyTime, image.StudyID, image.SeriesNumber = "120000", "1", 1
        files.add(image)
    files.write(tmp_path / "medium")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the file set leaves its staging folder to the collector
        del files
        gc.collect()
    return tmp_path / "medium"


def images(medium: Path) -> list[Path]:
    return sorted(path for path in medium.rglob("*") if path.is_file() and path.name != "DICOMDIR")


def test_a_whole_medium_stays_plan_grade(medium: Path) -> None:
    best = scan(medium).series[0]
    assert best.outcome is Outcome.PLAN_GRADE
    listed = listed_images((medium / "DICOMDIR").read_bytes())
    assert {len(uids) for uids in listed.values()} == {len(images(medium))}


@pytest.mark.hazard("HAZ-9")
@pytest.mark.parametrize("lost", [1, 4])
def test_the_last_slices_missing_from_a_medium_are_told(medium: Path, lost: int) -> None:
    by_place = sorted(images(medium), key=lambda path: dcmread(path).ImagePositionPatient[2])
    total = len(by_place)
    for path in by_place[-lost:]:
        path.unlink()
    best = scan(medium).series[0]
    assert best.outcome is Outcome.VIEW_ONLY
    (told,) = [each for each in best.findings if each.code == "series-incomplete"]
    assert (told.values["count"], told.values["total"], told.files) == (total - lost, total, lost)


@pytest.mark.parametrize("cut", [0, 130, 400, 1000, -20])
def test_a_cut_directory_lists_nothing_or_less_and_never_raises(medium: Path, cut: int) -> None:
    body = (medium / "DICOMDIR").read_bytes()
    listed = listed_images(body[:cut])
    assert sum(map(len, listed.values())) <= len(images(medium))


def test_records_that_point_in_a_circle_end(medium: Path) -> None:
    directory = dcmread(medium / "DICOMDIR")
    for record in directory.DirectoryRecordSequence:
        record.OffsetOfTheNextDirectoryRecord = (
            directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity
        )
    directory.save_as(medium / "DICOMDIR")
    listed = listed_images((medium / "DICOMDIR").read_bytes())
    assert sum(map(len, listed.values())) < len(images(medium))


@pytest.mark.data
def test_every_way_to_write_a_directory_lists_the_same(shared_data: Path) -> None:
    folder = shared_data / "dicomdir_pydicom"
    first, *others = (listed_images((folder / name).read_bytes()) for name in VARIANTS)
    assert sum(map(len, first.values())) == 31
    assert all(other == first for other in others)
