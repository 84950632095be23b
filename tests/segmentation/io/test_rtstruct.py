"""Structure sets: names, colours, contours, and what is broken in them."""

import numpy as np
import pydicom
import pytest

from segmentation.errors import Refusal
from segmentation.io.load import load
from segmentation.io.rtstruct import read_rtstruct
from segmentation.io.scan import scan
from segmentation.progress import silent
from segmentation.rasterise import rasterised
from tests.segmentation.io import structures

ARABIC = "ورم العضد"
SQUARE = np.array([(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10, 5)], float)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rs.dcm"
    rois = [
        ("Tumeur réséquée", (255, 0, 128), [("CLOSED_PLANAR", SQUARE)]),
        (ARABIC, (0, 1, 2), [("POINT", SQUARE[:1]), ("CLOSED_PLANAR", SQUARE + 1.0)]),
        ("empty", (9, 9, 9), []),
    ]
    structures.rtstruct(path, "1.2.3", rois)
    return path


def refused(path):
    with pytest.raises(Refusal) as caught:
        read_rtstruct(path)
    return caught.value.code


def changed(path, change):
    dataset = pydicom.dcmread(path)
    change(dataset)
    out = path.with_name("changed.dcm")
    dataset.save_as(out)
    return out


def test_names_colours_and_points_are_those_of_the_file(file):
    first, second, third = read_rtstruct(file).rois
    assert [first.name, second.name] == ["Tumeur réséquée", ARABIC]
    assert [first.colour, second.colour] == ["#FF0080", "#000102"]
    assert first.frame_uid == "1.2.3"
    assert np.array_equal(first.contours[0], SQUARE)
    assert np.array_equal(second.contours[0], SQUARE + 1.0)
    assert dict(second.left_out) == {"POINT": 1}
    assert third.contours == ()


def _contour(dataset):
    return dataset.ROIContourSequence[0].ContourSequence[0]


def _short(dataset):
    _contour(dataset).ContourData = _contour(dataset).ContourData[:-1]


def _declared(dataset):
    _contour(dataset).NumberOfContourPoints = 900_000_000


def _endless(dataset):
    _contour(dataset).ContourData = ["1e400", *_contour(dataset).ContourData[1:]]


def _stranger(dataset):
    dataset.ROIContourSequence[0].ReferencedROINumber = 99


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_short, "rtstruct-contour-broken"), (_declared, "rtstruct-contour-broken"),
        (_endless, "rtstruct-contour-broken"), (_stranger, "dicom-object-broken"),
    ],
)  # fmt: skip
def test_a_broken_contour_is_refused(change, code, file):
    assert refused(changed(file, change)) == code


def test_cuts_and_flipped_bits_end_in_a_refusal_or_in_finite_contours(file):
    body = file.read_bytes()
    rng = np.random.default_rng(1)
    hurt_file = file.with_name("hurt.dcm")
    for n in range(200):
        hurt = bytearray(body[: len(body) if n % 2 else int(rng.integers(1, len(body)))])
        hurt[int(rng.integers(len(hurt)))] ^= 1 << int(rng.integers(8))
        hurt_file.write_bytes(hurt)
        try:
            found = read_rtstruct(hurt_file)
        except Refusal:
            continue
        assert all(np.isfinite(points).all() for roi in found.rois for points in roi.contours)


@pytest.mark.data
def test_the_sarcoma_has_every_voxel_of_its_published_mask(shared_data):
    """Its 43 references to images all lead nowhere; frame of reference and position do not."""
    sitk = pytest.importorskip("SimpleITK")
    folder = shared_data / "ct_shoulder_tumour_rtstruct_sts037"
    grid = load(scan(folder / "ct", silent).series[0], silent).volume.grid
    (roi,) = read_rtstruct(folder / "RS.dcm").rois
    assert (roi.name, len(roi.contours)) == ("GTV_Mass_CT", 43)
    assert roi.frame_uid == grid.frame_uid
    mask = rasterised(roi.contours, grid).mask
    truth = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "CT_mask.nii.gz"))) > 0
    assert mask.voxels == 237_704
    assert np.array_equal(mask.to_bool(), truth)


@pytest.mark.data
def test_the_small_valid_structure_set_is_read(shared_data):
    found = read_rtstruct(shared_data / "malformed_and_odd_pydicom" / "rtstruct.dcm")
    assert found.rois
    assert refused(shared_data / "malformed_and_odd_pydicom" / "rtplan.dcm") == "rtstruct-not-one"
