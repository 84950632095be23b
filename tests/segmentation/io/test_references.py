"""How a loaded volume names its images: each slice's own, in the order of the slices."""

import numpy as np
import pydicom
import pytest

from segmentation.grid import Grid
from segmentation.io.dicom_writer import instance_uid, references, write_ct_series
from segmentation.io.header import PatientHeader, SeriesHeader
from segmentation.io.load import load
from segmentation.io.scan import scan
from segmentation.volume import Volume
from tests.segmentation.io import series
from tests.segmentation.io.enhanced import make_enhanced, save

HEADER = SeriesHeader(
    "2.25.301", "2.25.302", "2.25.303", "CT", study_date="2026-01-02",
    patient=PatientHeader("4711", name="A^B"),
)  # fmt: skip
TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])


def volume(count=6):
    hu = np.arange(count * 20, dtype=np.int16).reshape(count, 4, 5)
    return Volume(
        hu, Grid((count, 4, 5), [-310.0, 220.5, 812.0], (1.25, 0.7, 0.6), TURN, "2.25.303")
    )


@pytest.fixture
def folder(tmp_path):
    write_ct_series(volume(), HEADER, tmp_path)
    return tmp_path


def loaded(folder, **how):
    return load(scan(folder).series[0], **how)


def changed(path, change):
    read = pydicom.dcmread(path)
    change(read)
    read.save_as(path, enforce_file_format=True)


def test_each_slice_has_the_name_of_the_image_at_its_place(folder):
    for k, path in enumerate(sorted(folder.glob("*.dcm"))):
        path.rename(folder / f"{(k * 5) % 6}.ima")
    images = loaded(folder).images
    assert images == references(volume(), HEADER)
    assert images.sop_class == "1.2.840.10008.5.1.4.1.1.2"
    for k, uid in enumerate(images.instance_uids):
        assert uid == instance_uid("2.25.301", k)


def test_time_id_and_accession_of_the_study_are_kept(folder):
    for path in folder.glob("*.dcm"):
        changed(path, lambda read: read.update({
            "StudyTime": "101530.25", "StudyID": "é7", "AccessionNumber": "A-99",
        }))  # fmt: skip
    images = loaded(folder).images
    assert (images.study_time, images.study_id, images.accession) == ("101530.25", "é7", "A-99")


@pytest.mark.parametrize("time", ["10:15", "250000", "1", "x"])
def test_a_time_that_is_none_is_left_out(folder, time):
    for path in folder.glob("*.dcm"):
        body = path.read_bytes()
        old = b"\x08\x00\x30\x00TM\x06\x00000000"
        assert old in body
        path.write_bytes(body.replace(old, old[:8] + time.encode().ljust(6)))
    assert loaded(folder).images.study_time == ""


def test_a_missing_slice_has_no_name(folder):
    (folder / "0004.dcm").unlink()
    images = loaded(folder, view_only=True).images
    assert [bool(uid) for uid in images.instance_uids] == [True, True, True, False, True, True]
    assert images.instance_uids[4] == instance_uid("2.25.301", 4)


def test_a_resampled_volume_names_the_images_that_it_was_made_of(folder):
    for k, path in enumerate(sorted(folder.glob("*.dcm"))):
        changed(path, lambda read, k=k: setattr(
            read, "ImagePositionPatient", [read.ImagePositionPatient[0] + 0.3 * k,
                                           *read.ImagePositionPatient[1:]]))  # fmt: skip
    found = loaded(folder, regularise=True)
    assert found.regularised_mm is not None
    assert sorted(found.images.instance_uids) == sorted(references(volume(), HEADER).instance_uids)


def no_frame(read):
    del read.FrameOfReferenceUID


def no_study(read):
    del read.StudyInstanceUID


@pytest.mark.parametrize("change", [no_frame, no_study])
def test_images_that_nothing_can_refer_to_are_not_named(folder, change):
    for path in folder.glob("*.dcm"):
        changed(path, change)
    assert loaded(folder).images is None


def test_one_image_that_holds_all_slices_is_named_once(tmp_path):
    """An enhanced CT: its frames have no names of their own."""
    whole = make_enhanced(series.make_series())
    save(whole, tmp_path / "enhanced.dcm")
    found = loaded(tmp_path)
    assert found.volume.grid.shape_kji[0] > 1
    assert found.images.instance_uids == (whole.SOPInstanceUID,)
    assert found.images.sop_class == "1.2.840.10008.5.1.4.1.1.2.1"
