"""SEC-13, SEC-15, HAZ-6: of 300 words in a patient's files none is left where it may not be."""

import json
import stat

import pytest
from pydicom import dcmread

from tests.faults import canaries
from tests.faults.conftest import block, walked
from tests.segmentation.io.series import make_series

FOLDER = "Kanari^Folder"
SCANNED = "--- scanned"  # as `road` says it
PERSON = {b"Kanari", b"KANARI", b"1931-07-29", b"19310729"}


def files(count=300):
    made = {f"Kanarifile{n:03d}.dcm": ds for n, ds in enumerate(make_series(block()).values())}
    canaries.planted(made, count)
    return made


@pytest.fixture(scope="session")
def bare_road(tmp_path_factory):
    """The road of a series full of canaries that was imported without the person."""
    folder = tmp_path_factory.mktemp("bare")
    return walked(folder, files(), "--deidentify", ct=FOLDER, reasons="scan-date-unknown")


@pytest.fixture(scope="session")
def named_road(tmp_path_factory):
    """The same with the person in the case, as a hospital plans."""
    return walked(tmp_path_factory.mktemp("named"), files(), ct=FOLDER, reasons="scan-old")


@pytest.mark.hazard("HAZ-6")
@pytest.mark.slow
def test_without_the_person_no_canary_is_in_case_package_log_or_temporary_file(bare_road):
    folder = bare_road.out.parent
    assert canaries.found_under(bare_road.out) == {}
    for place in ("home", "tmpdir", "xdg_config_home"):
        assert canaries.found_under(folder / place) == {}
    listed, said = bare_road.said.split(SCANNED)
    assert canaries.found_in(listed.encode())  # who scans a folder is told what lies in it
    assert canaries.found_in(said.replace(str(bare_road.ct), "").encode()) == set()


@pytest.mark.hazard("HAZ-6")
@pytest.mark.slow
def test_with_the_person_only_the_case_file_knows_who_it_is(named_road):
    hits = canaries.found_under(named_road.out)
    assert PERSON & hits.pop("case.tasrif")  # the search finds what is there
    study_date = {b"1961-04-11", b"19610411"}  # an export says when the scan was made
    assert {hit for found in hits.values() for hit in found} <= study_date
    folder = named_road.out.parent
    for place in ("home", "tmpdir", "xdg_config_home"):
        assert canaries.found_under(folder / place) == {}


@pytest.mark.slow
def test_no_uid_of_the_hospital_leads_back_from_a_case_without_the_person(bare_road):
    one = dcmread(next(iter(sorted(bare_road.ct.glob("*.dcm")))))
    uids = [one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID]
    uids += [path_uid(path) for path in sorted(bare_road.ct.glob("*.dcm"))]
    for path in bare_road.out.rglob("*"):
        if path.is_file():
            parts = list(canaries.unpacked(path.read_bytes()))
            assert not any(uid.encode() in part for uid in uids for part in parts), path
    plan = json.loads((bare_road.out / "package" / "data" / "plan.json").read_text())
    assert plan["volume"]["series_uid"].startswith("2.25.")
    assert plan["volume"]["study_date"] == ""


def path_uid(path):
    return dcmread(path, stop_before_pixels=True).SOPInstanceUID


@pytest.mark.slow
def test_what_the_program_kept_for_a_while_is_gone(bare_road):
    left = [path.name for path in (bare_road.out.parent / "tmpdir").iterdir()]
    assert left == []
    assert stat.S_IMODE((bare_road.out / "key.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("word", [b"Kanari", "Kanarié".encode("utf-16-le"), b"19310729"])
def test_the_search_sees_through_every_wrapping(word):
    """The negative control."""
    for body in canaries.hidden(word):
        assert canaries.found_in(body), body[:20]
    assert canaries.found_in(b"no canary here") == set()


def test_every_canary_is_in_the_series_that_is_imported(tmp_path):
    made = files()
    assert canaries.planted(make_series(block()), 300) >= 300
    path = tmp_path / "one.dcm"
    next(iter(made.values())).save_as(path, enforce_file_format=True)
    assert len(canaries.PATTERN.findall(path.read_bytes())) >= 300
