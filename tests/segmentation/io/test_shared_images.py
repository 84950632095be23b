"""Real CTs: the expected verdicts, HU as SimpleITK reads them, all lossless encodings alike."""

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from segmentation.errors import Refusal
from segmentation.io.decode import shared_pool
from segmentation.io.dicom_header import read_elements
from segmentation.io.dicom_pixels import pixel_bytes
from segmentation.io.files import FileRef, Shelf
from segmentation.io.hu import stored_values
from segmentation.io.load import load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import scan
from segmentation.io.slice_header import read_slice
from tests.segmentation.io.sentences import check_findings, check_sentence

pytestmark = pytest.mark.data

PLAN_GRADE = [
    "ct_abdomen_contrast_crlm1006",
    "ct_pelvis_visible_human_5slices/ct",
    "ct_shoulder_tumour_rtstruct_sts037/ct",
    "dicom_seg_dcmqi/ct",
    "dicomdir_pydicom/98892001/CT5N",
]


def test_every_expected_verdict_holds(shared_data: Path) -> None:
    expected = json.loads((shared_data / "expected.json").read_text())
    for name, wanted in expected["outcomes"].items():
        found = scan(shared_data / name).series
        outcomes = {each.outcome.value for each in found}
        if wanted == "not_plan_grade":
            assert "plan_grade" not in outcomes, name
        else:
            assert found[0].outcome.value == wanted, name
        for each in found:
            check_findings(each.findings)
    for name, wanted in expected["after_regularise"].items():
        loaded = load(scan(shared_data / name).series[0], regularise=True)
        assert loaded.outcome.value == wanted
        check_findings(loaded.findings)


@pytest.mark.parametrize("name", PLAN_GRADE)
def test_hu_and_grid_are_simpleitks(name: str, shared_data: Path) -> None:
    """Pixel by pixel, less what lies below -1024 HU and is padding here."""
    volume = load(scan(shared_data / name).series[0]).volume
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(shared_data / name)))
    image = reader.Execute()
    other = sitk.GetArrayFromImage(image).astype(int)
    measured = np.ones(other.shape, bool)
    if volume.padding is not None:
        measured = ~volume.padding.to_bool()
    assert np.array_equal(volume.hu[measured], other[measured])
    assert (other[~measured] < -1024).all() or volume.padding is None
    assert np.abs(volume.grid.origin_lps_mm - image.GetOrigin()).max() < 0.01
    assert np.abs(np.array(volume.grid.spacing_kji_mm[::-1]) - image.GetSpacing()).max() < 1e-3
    direction = np.array(image.GetDirection()).reshape(3, 3)
    assert np.abs(volume.grid.direction - direction).max() < 1e-6


@pytest.mark.slow
def test_the_large_series_is_simpleitks_too(shared_data: Path) -> None:
    test_hu_and_grid_are_simpleitks("ct_shoulder_thorax_lidc0314", shared_data)


@pytest.mark.parametrize("name", ["j2k_lossless", "jpeg_lossless_sv1", "jpegls_lossless", "rle"])
def test_lossless_twins_decode_to_the_same_pixels(name: str, shared_data: Path) -> None:
    folder = shared_data / "transfer_syntax_twins_ct"
    truth = pydicom.dcmread(folder / "explicit_le_UNCOMPRESSED.dcm").pixel_array
    assert np.array_equal(decoded(folder / f"{name}.dcm"), truth)


def test_the_lossy_twin_is_decoded_too(shared_data: Path) -> None:
    found = decoded(shared_data / "transfer_syntax_twins_ct" / "jpeg_extended_LOSSY.dcm")
    assert found.shape == (512, 512)
    assert np.ptp(found) > 1000


def decoded(path: Path) -> np.ndarray:
    """Return the stored values of one file through our header walk and the decoder process."""
    data = path.read_bytes()
    elements = read_elements(lambda count: data[:count], len(data))
    assert elements is not None
    pixels = read_slice(elements, FileRef(path, "", len(data))).pixels
    assert pixels is not None
    raw = shared_pool().frame(pixels, "MONOCHROME2", data[pixels.offset :], path.name)
    return stored_values(raw, pixels)


def test_the_whole_folder_of_data_is_scanned_without_a_crash(shared_data: Path) -> None:
    result = scan(shared_data)
    assert len(result.series) > 30
    for each in result.series:
        check_findings(each.findings)
    for each in result.ignored:
        check_sentence(each.code, {"file": each.path})
    codes = {each.code for each in result.ignored}
    assert {"dicom-directory", "segmentation-object", "structure-set"} <= codes


def test_a_medium_with_a_dicomdir_is_scanned_by_its_files(shared_data: Path) -> None:
    result = scan(shared_data / "dicomdir_pydicom")
    best = result.series[0]
    assert (best.slices, best.outcome) == (5, Outcome.PLAN_GRADE)
    assert "dicom-directory" in [each.code for each in result.ignored]


def test_odd_files_are_answered_never_a_crash(shared_data: Path) -> None:
    for path in sorted((shared_data / "malformed_and_odd_pydicom").iterdir()):
        try:
            found = scan(path).series
        except Refusal as refusal:
            check_sentence(refusal.code, refusal.values)
            continue
        assert all(each.outcome is not Outcome.PLAN_GRADE for each in found)


def test_one_head_in_three_axis_orders_is_one_head(shared_data: Path) -> None:
    """RAS, LAS and PIR files of the same head have the same value at the same place."""
    folder = shared_data / "nifti_orientations"
    volumes = [load(scan(folder / f"{name}.nii.gz").series[0]).volume for name in
               ("RAS", "LAS", "PIR")]  # fmt: skip
    rng = np.random.default_rng(0)
    first = volumes[0]
    nk, nj, ni = first.grid.shape_kji
    ijk = rng.integers(2, np.array([ni, nj, nk]) - 2, (400, 3))
    places = first.grid.lps_mm(ijk)
    truth = first.hu[tuple(ijk[:, ::-1].T)]
    for other in volumes[1:]:
        there = np.rint(other.grid.ijk(places)).astype(int)
        assert np.abs(other.grid.lps_mm(there) - places).max() < 0.51
        assert np.array_equal(other.hu[tuple(there[:, ::-1].T)], truth)


def test_names_in_foreign_scripts_are_read(shared_data: Path) -> None:
    names = {"chrArab": "قباني^لنزار", "chrFren": "Buc^Jérôme", "chrGerm": "Äneas^Rüdiger"}
    for file, name in names.items():
        data = (shared_data / "charsets" / f"{file}.dcm").read_bytes()
        elements = read_elements(lambda count, data=data: data[:count], len(data))
        assert elements is not None
        header = read_slice(elements, FileRef(Path(file), "", len(data)))
        assert header.series.patient.name == name


@pytest.mark.hazard("HAZ-13")
def test_a_real_enhanced_ct_is_read_frame_by_frame_as_pydicom_reads_it(shared_data: Path) -> None:
    """Pixels and place of each frame; its colours keep it from being a volume of HU."""
    path = next((shared_data / "enhanced_ct_multiframe").iterdir())
    found = scan(path).series[0]
    assert "frames-coloured" in [each.code for each in found.findings]
    assert found.stack is not None
    ds = pydicom.dcmread(path)
    truth = ds.pixel_array
    groups = ds.PerFrameFunctionalGroupsSequence
    assert sorted(each.dicom_frame.number for each in found.stack.slices) == [1, 2]
    for each in found.stack.slices:
        at = each.dicom_frame.number - 1
        assert each.position_lps_mm == tuple(groups[at].PlanePositionSequence[0][0x00200032].value)
        with Shelf() as shelf:
            payload = pixel_bytes(each, shelf)
        raw = shared_pool().frame(each.pixels, "MONOCHROME2", payload, each.name)
        assert np.array_equal(stored_values(raw, each.pixels), truth[at])
