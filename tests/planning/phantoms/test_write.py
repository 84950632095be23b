"""A phantom's files, read back by pydicom, SimpleITK, nibabel and dciodvfy."""

import json

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK

from planning.phantoms.nifti import quaternion
from planning.phantoms.write import write_phantom
from segmentation.errors import Cancelled
from tests.planning.exchange.judges.dicom import errors_of


@pytest.fixture(scope="module")
def written(oblique_shoulder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom") / "out"
    write_phantom(oblique_shoulder, folder)
    return folder


def test_pydicom_reads_identity_and_every_voxel(oblique_shoulder, written):
    paths = sorted((written / "dicom").glob("*.dcm"))
    assert len(paths) == oblique_shoulder.volume.grid.shape_kji[0]
    for k in (0, len(paths) // 2, len(paths) - 1):
        image = pydicom.dcmread(paths[k])
        hu = image.pixel_array.astype(int) * int(image.RescaleSlope) + int(image.RescaleIntercept)
        assert (hu == oblique_shoulder.volume.hu[k]).all()
        place = np.array([float(v) for v in image.ImagePositionPatient])
        exact = oblique_shoulder.volume.grid.lps_mm(np.array([0, 0, k]))
        assert np.abs(place - exact).max() < 1e-6
        assert image.InstanceNumber == k + 1
    assert str(image.PatientName) == "PHANTOM^SHOULDER"
    assert image.PatientID == "TASRIF-SHOULDER"
    assert image.IssuerOfPatientID == "TASRIF-PHANTOM"
    assert image.FrameOfReferenceUID == oblique_shoulder.volume.grid.frame_uid
    assert image.SeriesInstanceUID.startswith("2.25.")


def test_simpleitk_puts_the_landmarks_on_the_same_voxels(oblique_shoulder, written):
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(written / "dicom")))
    image = reader.Execute()
    assert (SimpleITK.GetArrayViewFromImage(image) == oblique_shoulder.volume.hu).all()
    for point in oblique_shoulder.landmarks.values():
        place = image.TransformPhysicalPointToContinuousIndex(point.tolist())
        back = oblique_shoulder.volume.grid.lps_mm(np.array(place))
        assert np.abs(back - point).max() < 0.001


def test_nibabel_reads_the_labels_where_they_are(oblique_shoulder, written):
    image = nibabel.load(written / "truth.nii.gz")
    assert (np.asarray(image.dataobj) == oblique_shoulder.labelmap.transpose(2, 1, 0)).all()
    assert image.header["qform_code"] == image.header["sform_code"] == 1
    exact = np.diag([-1, -1, 1, 1]) @ oblique_shoulder.volume.grid.lps_from_ijk
    corners = np.array([(i, j, k, 1) for i in (0, 127) for j in (0, 127) for k in (0, 74)]).T
    for affine in (image.get_sform(), image.get_qform()):
        assert np.abs((affine - exact) @ corners).max() < 0.001


def test_the_truth_names_landmarks_angles_and_labels(oblique_shoulder, written):
    truth = json.loads((written / "truth.json").read_text())
    for name, point in oblique_shoulder.landmarks.items():
        assert truth["landmarks"][name] == point.tolist()
    assert truth["angles"]["version"] == -6.0
    scapula = truth["labels"]["1"]
    assert (scapula["name"], scapula["tissue"]) == ("Scapula", "bone")
    assert scapula["visible_ml"] <= scapula["ml"] * 1.01
    tissues = {label["tissue"] for label in truth["labels"].values()}
    assert tissues <= {"bone", "soft", "vessel", "organ", "air", "skin"}


def test_the_same_phantom_is_written_to_the_same_bytes(oblique_shoulder, written, tmp_path):
    write_phantom(oblique_shoulder, tmp_path / "again")
    for path in sorted(written.rglob("*.*")):
        assert (tmp_path / "again" / path.relative_to(written)).read_bytes() == path.read_bytes()


def test_dciodvfy_finds_no_error(written):
    for path in sorted((written / "dicom").glob("*.dcm"))[::30]:
        assert errors_of(path) == []


def test_a_stop_leaves_nothing_behind(oblique_shoulder, tmp_path):
    def stop(done, total):
        if done / total > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_phantom(oblique_shoulder, tmp_path / "out", stop)
    assert list(tmp_path.iterdir()) == []


def test_quaternions_turn_back_into_their_rotation():
    rng = np.random.default_rng(2)
    for _ in range(200):
        q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        rotation = q * np.sign(np.linalg.det(q))
        a, b, c, d = quaternion(rotation)
        back = nibabel.quaternions.quat2mat([a, b, c, d])
        assert np.abs(back - rotation).max() < 1e-9
        assert a >= 0
