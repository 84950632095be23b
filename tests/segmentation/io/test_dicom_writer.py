"""CT series as written: decimal strings, ranges, geometry read by pydicom."""

import numpy as np
import pydicom
import pytest

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.io.dicom_writer import decimal_string, write_ct_series
from segmentation.io.header import PatientHeader, SeriesHeader
from segmentation.volume import Volume

HEADER = SeriesHeader(
    series_uid="2.25.11",
    study_uid="2.25.12",
    modality="CT",
    study_date="2000-01-02",
    patient=PatientHeader("ID-1", "", "Doe^Zoé", "1970-03-04", "F"),
)


def small(hu):
    angle = 0.3
    c, s = np.cos(angle), np.sin(angle)
    axes = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    grid = Grid(
        hu.shape, np.array([-1034.123456, 710.5, 0.000001]), (1.25, 0.7, 0.6), axes, "2.25.13"
    )
    return Volume(hu, grid)


@pytest.mark.parametrize(
    "value", [0.0, -0.0, 1.0, -1034.123456, 1 / 3, -1 / 3, 123456.789012, 1e-9, -1e-17, 0.1 + 0.2]
)
def test_decimal_strings_are_short_and_keep_a_micrometre(value):
    text = decimal_string(value)
    assert 1 <= len(text) <= 16
    assert abs(float(text) - value) <= 1e-7
    assert text not in ("-0", "")


def test_a_number_too_long_for_dicom_is_refused():
    with pytest.raises(Refusal) as refusal:
        decimal_string(-1e18)
    assert refusal.value.code == "decimal-too-long"


def test_voxels_and_geometry_come_back(tmp_path):
    hu = np.random.default_rng(1).integers(-1024, 3072, (3, 5, 4)).astype(np.int16)
    volume = small(hu)
    paths = write_ct_series(volume, HEADER, tmp_path)
    for k, path in enumerate(paths):
        image = pydicom.dcmread(path)
        assert (image.pixel_array.astype(int) - 1024 == hu[k]).all()
        row, column = np.array(image.ImageOrientationPatient, np.float64).reshape(2, 3)
        place = np.array(image.ImagePositionPatient, np.float64)
        dj, di = (float(v) for v in image.PixelSpacing)
        far = place + 3 * di * row + 4 * dj * column
        assert np.abs(far - volume.grid.lps_mm(np.array([3, 4, k]))).max() < 1e-6
        assert image.BitsStored == 12
        assert str(image.PatientName) == "Doe^Zoé"
        assert image.PatientBirthDate == "19700304"
        assert "IssuerOfPatientID" not in image
        assert image.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    uids = {pydicom.dcmread(path).SOPInstanceUID for path in paths}
    assert len(uids) == 3


def test_high_values_take_sixteen_bits(tmp_path):
    hu = np.full((1, 2, 2), 9000, np.int16)
    image = pydicom.dcmread(write_ct_series(small(hu), HEADER, tmp_path)[0])
    assert image.BitsStored == 16
    assert (image.pixel_array.astype(int) - 1024 == 9000).all()


def test_values_under_the_range_are_refused(tmp_path):
    hu = np.full((1, 2, 2), -1025, np.int16)
    with pytest.raises(Refusal) as refusal:
        write_ct_series(small(hu), HEADER, tmp_path)
    assert refusal.value.code == "ct-below-range"
    assert list(tmp_path.iterdir()) == []
