"""SEG files by highdicom, dcmqi and from the wild, held against what went in."""

import json
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, RLELossless

from segmentation.errors import Refusal
from segmentation.io import dicom_object
from segmentation.io.dicom_seg import read_seg
from tests.segmentation.io import segs

ARABIC = "عظم العضد الأيمن"


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return segs.series(tmp_path_factory.mktemp("ct") / "series")


@pytest.fixture(scope="module")
def masks():
    rng = np.random.default_rng(7)
    first, second = rng.random((2, *segs.SHAPE)) < 0.3
    first[:2] = False  # empty frames, which writers leave out
    first[4] = False
    second[:, :3] = False
    return [first, second]


def refused(path):
    with pytest.raises(Refusal) as caught:
        read_seg(path)
    return caught.value.code


@pytest.mark.hazard("HAZ-15")
def test_overlapping_segments_lie_where_highdicom_put_them(sources, masks, tmp_path):
    assert (masks[0] & masks[1]).any()
    segs.written(tmp_path / "a.dcm", sources, masks, labels=["Humérus", ARABIC])
    found = read_seg(tmp_path / "a.dcm")
    assert [one.label for one in found.segments] == ["Humérus", ARABIC]
    for one, mask in zip(found.segments, masks, strict=True):
        assert np.array_equal(segs.on_grid(one, segs.oblique()), mask)
        assert one.ml == pytest.approx(mask.sum() * segs.oblique().voxel_ml, rel=1e-9)
    assert found.frame_uid == segs.FRAME
    assert found.referenced_series_uid == "2.25.1001"
    assert found.patient_id == "P-7"
    assert found.segments[0].category_code == ("91723000", "SCT", "Anatomical Structure")
    assert found.segments[0].type_code == ("85050009", "SCT", "Humerus")


def test_the_colour_is_the_one_that_was_recommended(sources, masks, tmp_path):
    segs.written(tmp_path / "a.dcm", sources, masks)
    colours = [one.colour for one in read_seg(tmp_path / "a.dcm").segments]
    for colour, rgb in zip(colours, [(230, 90, 20), (230, 91, 20)], strict=True):
        back = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
        assert np.abs(np.array(back) - rgb).max() <= 1


def test_a_label_map_is_taken_apart_into_its_segments(sources, masks, tmp_path):
    apart = [masks[0], masks[1] & ~masks[0]]
    segs.written(tmp_path / "a.dcm", sources, apart, "LABELMAP")
    found = read_seg(tmp_path / "a.dcm")
    assert found.kind == "LABELMAP"
    for one, mask in zip(found.segments, apart, strict=True):
        assert np.array_equal(segs.on_grid(one, segs.oblique()), mask)


def test_run_length_label_maps_are_read(sources, masks, tmp_path):
    syntax = {"transfer_syntax_uid": RLELossless}
    segs.written(tmp_path / "a.dcm", sources, masks[:1], "LABELMAP", **syntax)
    (one,) = read_seg(tmp_path / "a.dcm").segments
    assert np.array_equal(segs.on_grid(one, segs.oblique()), masks[0])


def test_the_order_of_frames_says_nothing(sources, masks, tmp_path):
    made = segs.written(tmp_path / "a.dcm", sources, masks)
    order = np.random.default_rng(1).permutation(made.NumberOfFrames)
    size = made.Rows * made.Columns
    bits = np.unpackbits(np.frombuffer(made.PixelData, np.uint8), bitorder="little")
    frames = bits[: size * made.NumberOfFrames].reshape(-1, size)[order]
    made.PixelData = np.packbits(frames.ravel(), bitorder="little").tobytes()
    made.PixelData += b"\0" * (len(made.PixelData) % 2)
    groups = list(made.PerFrameFunctionalGroupsSequence)
    made.PerFrameFunctionalGroupsSequence = [groups[n] for n in order]
    made.save_as(tmp_path / "b.dcm")
    for one, mask in zip(read_seg(tmp_path / "b.dcm").segments, masks, strict=True):
        assert np.array_equal(segs.on_grid(one, segs.oblique()), mask)


def test_a_deflated_file_is_inflated_within_bounds(sources, masks, tmp_path):
    plain = segs.written(tmp_path / "a.dcm", sources, masks)
    plain.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    plain.save_as(tmp_path / "b.dcm")
    (one, _) = read_seg(tmp_path / "b.dcm").segments
    assert np.array_equal(segs.on_grid(one, segs.oblique()), masks[0])
    body = (tmp_path / "b.dcm").read_bytes()
    start = 144 + int.from_bytes(body[140:144], "little")
    engine = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    (tmp_path / "bomb.dcm").write_bytes(
        body[:start] + b"".join(engine.compress(bytes(1 << 24)) for _ in range(17)) + engine.flush()
    )
    assert refused(tmp_path / "bomb.dcm") == "dicom-object-too-large"


@pytest.mark.parametrize("is_deflated", [False, True])
def test_a_swarm_of_empty_elements_is_counted_before_any_is_made(
    is_deflated, sources, masks, tmp_path
):
    plain = segs.written(tmp_path / "a.dcm", sources, masks)
    if is_deflated:
        plain.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        plain.save_as(tmp_path / "a.dcm")
    body = (tmp_path / "a.dcm").read_bytes()
    start = 144 + int.from_bytes(body[140:144], "little")
    swarm = b"\x09\x00\x10\x00LO\x00\x00" * 3_000_001
    if is_deflated:
        engine = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
        swarm = engine.compress(swarm) + engine.flush()
    (tmp_path / "swarm.dcm").write_bytes(body[:start] + swarm)
    assert refused(tmp_path / "swarm.dcm") == "dicom-object-elements"


def changed(path, change):
    dataset = pydicom.dcmread(path)
    change(dataset)
    out = path.with_name("changed.dcm")
    dataset.save_as(out)
    return out


def _move(dataset):
    frame = dataset.PerFrameFunctionalGroupsSequence[1]
    place = frame.PlanePositionSequence[0]
    place.ImagePositionPatient = [float(v) + 0.4 for v in place.ImagePositionPatient]


def _turn(dataset):
    shared = dataset.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
    shared.ImageOrientationPatient = [1, 0, 0, 1, 0, 0]


def _twice(dataset):
    groups = dataset.PerFrameFunctionalGroupsSequence
    groups[1] = groups[0]


def _number(dataset):
    frame = dataset.PerFrameFunctionalGroupsSequence[0]
    frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber = 77


def _nan(dataset):
    frame = dataset.PerFrameFunctionalGroupsSequence[0]
    frame.PlanePositionSequence[0].ImagePositionPatient = [1e400, 0, 0]


def _drop(keyword):
    return lambda dataset: delattr(dataset, keyword)


def _put(keyword, value):
    return lambda dataset: setattr(dataset, keyword, value)


FAULTS = {
    "frames-turned": _move,
    "dicom-object-broken": _turn,
    "seg-frame-twice": _twice,
    "seg-segment-unknown": _number,
    "seg-frame-missing": _drop("FrameOfReferenceUID"),
    "seg-pixels-missing": _put("PixelData", b"\0\0"),
    "seg-not-a-seg": _put("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"),
}


@pytest.mark.parametrize("code", FAULTS)
def test_a_planted_fault_is_refused_by_name(code, sources, masks, tmp_path):
    segs.written(tmp_path / "a.dcm", sources, masks)
    assert refused(changed(tmp_path / "a.dcm", FAULTS[code])) == code


@pytest.mark.parametrize(
    "change",
    [
        _put("NumberOfFrames", 4_000_000_000), _put("Rows", 65535), _put("SegmentSequence", []),
        _put("BitsAllocated", 32), _drop("SegmentationType"), _drop("Rows"),
        _drop("PerFrameFunctionalGroupsSequence"), _put("PixelData", b""),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused_and_nothing_is_allocated(change, sources, masks, tmp_path):
    segs.written(tmp_path / "a.dcm", sources, masks)
    code = refused(changed(tmp_path / "a.dcm", change))
    assert code in {"dicom-object-broken", "seg-pixels-missing", "seg-too-large"}


def test_a_far_frame_does_not_make_a_giant(sources, masks, tmp_path):
    def far(dataset):
        place = dataset.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0]
        normal = segs.oblique().direction[:, 2]
        moved = np.array(place.ImagePositionPatient, float) + 1.25e9 * normal
        place.ImagePositionPatient = [f"{v:.10g}" for v in moved]

    segs.written(tmp_path / "a.dcm", sources, masks)
    code = refused(changed(tmp_path / "a.dcm", far))
    assert code in {"frames-turned", "frames-uneven", "seg-too-large"}


def test_every_cut_of_a_file_is_refused_or_read_as_a_whole(sources, masks, tmp_path):
    segs.written(tmp_path / "a.dcm", sources, masks)
    body = (tmp_path / "a.dcm").read_bytes()
    cut = tmp_path / "cut.dcm"
    for length in range(0, len(body) - 2, 97):
        cut.write_bytes(body[:length])
        with pytest.raises(Refusal):
            read_seg(cut)


def test_flipped_bytes_never_crash(sources, masks, tmp_path):
    segs.written(tmp_path / "a.dcm", sources, masks)
    body = bytearray((tmp_path / "a.dcm").read_bytes())
    rng = np.random.default_rng(3)
    for at in rng.integers(132, len(body), 150):
        hurt = bytearray(body)
        hurt[at] ^= 1 << int(rng.integers(8))
        (tmp_path / "hurt.dcm").write_bytes(hurt)
        try:
            read_seg(tmp_path / "hurt.dcm")
        except Refusal:
            continue


@pytest.mark.data
def test_the_liver_of_dcmqi_has_the_voxels_of_its_label_map(shared_data):
    sitk = pytest.importorskip("SimpleITK")
    folder = shared_data / "dicom_seg_dcmqi"
    truth = sitk.ReadImage(str(folder / "liver_seg.nrrd"))
    (liver,) = read_seg(folder / "liver.dcm").segments
    expected = sitk.GetArrayFromImage(truth) != 0
    kji = np.argwhere(liver.voxels)
    points = liver.grid.lps_mm(kji[:, ::-1])
    at = [truth.TransformPhysicalPointToIndex(point) for point in points[::997].tolist()]
    assert liver.voxels.sum() == expected.sum()
    assert all(expected[k, j, i] for i, j, k in at)


@pytest.mark.data
def test_the_five_overlapping_segments_of_dcmqi_have_their_voxels(shared_data):
    sitk = pytest.importorskip("SimpleITK")
    folder = shared_data / "dicom_seg_dcmqi"
    found = {one.number: one for one in read_seg(folder / "partial_overlaps.dcm").segments}
    counted = {}
    for n in (1, 2, 3):
        stored = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / f"partial_overlaps-{n}.nrrd")))
        counted |= {int(v): int((stored == v).sum()) for v in np.unique(stored) if v}
    assert counted == {number: int(one.voxels.sum()) for number, one in found.items()}


@pytest.mark.data
def test_a_fraction_is_no_mask_but_all_or_nothing_is(shared_data):
    folder = shared_data / "dicom_seg_highdicom"
    assert refused(folder / "seg_image_ct_true_fractional.dcm") == "seg-fractional"
    binary = read_seg(folder / "seg_image_ct_binary.dcm").segments[0]
    all_or_nothing = read_seg(folder / "seg_image_ct_binary_fractional.dcm").segments[0]
    assert np.array_equal(binary.voxels, all_or_nothing.voxels)


@pytest.mark.data
def test_odd_files_are_refused_with_a_code(shared_data):
    for path in sorted((shared_data / "malformed_and_odd_pydicom").iterdir()):
        if path.suffix == ".dcm":
            assert refused(path)


def by_dcmqi(folder, sources, mask, kind, compress):
    """Write a mask with dcmqi's itkimage2segimage; skip where it is missing, but not in CI."""
    sitk = pytest.importorskip("SimpleITK")
    program = Path(sys.executable).with_name("itkimage2segimage")
    if not program.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail("dcmqi is not installed")
        pytest.skip("dcmqi is not installed")
    grid = segs.oblique()
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing(grid.spacing_kji_mm[::-1])
    image.SetOrigin(grid.origin_lps_mm.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    sitk.WriteImage(image, str(folder / "mask.nrrd"))
    code = {"CodingSchemeDesignator": "SCT"}
    described = {
        "labelID": 1, "SegmentDescription": "Humerus", "SegmentLabel": "Humerus",
        "SegmentAlgorithmType": "MANUAL", "recommendedDisplayRGBValue": [10, 200, 30],
        "SegmentedPropertyCategoryCodeSequence":
            {**code, "CodeValue": "91723000", "CodeMeaning": "Anatomical Structure"},
        "SegmentedPropertyTypeCodeSequence":
            {**code, "CodeValue": "85050009", "CodeMeaning": "Humerus"},
    }  # fmt: skip
    meta = {
        "ContentCreatorName": "Doe", "ClinicalTrialSeriesID": "1", "ClinicalTrialTimePointID": "1",
        "SeriesDescription": "Seg", "SeriesNumber": "300", "InstanceNumber": "1",
        "segmentAttributes": [[described]],
    }  # fmt: skip
    (folder / "meta.json").write_text(json.dumps(meta))
    words = [
        program, "--inputImageList", folder / "mask.nrrd", "--inputDICOMDirectory",
        Path(sources[0].filename).parent, "--inputMetadata", folder / "meta.json",
        "--outputDICOM", folder / "seg.dcm", "--compress", compress, "--segmentationType", kind,
    ]  # fmt: skip
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-800:] + done.stderr[-800:]
    return folder / "seg.dcm"


@pytest.mark.hazard("HAZ-15")
@pytest.mark.parametrize(("kind", "compress"), [("binary", "deflate"), ("labelmap", "none")])
def test_what_dcmqi_writes_lies_where_it_was(kind, compress, sources, masks, tmp_path):
    (one,) = read_seg(by_dcmqi(tmp_path, sources, masks[1], kind, compress)).segments
    assert one.label == "Humerus"
    assert one.type_code.value == "85050009"
    assert np.array_equal(segs.on_grid(one, segs.oblique()), masks[1])


@pytest.mark.parametrize("has_meta", [True, False])
@pytest.mark.parametrize("is_implicit", [True, False])
def test_the_class_is_told_by_the_first_bytes_alone(has_meta, is_implicit, tmp_path):
    """The window asks it of whatever is dropped: a gigabyte was read while it stood still."""
    dataset = pydicom.Dataset()
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.66.4")
    dataset.SOPInstanceUID, dataset.PatientID = "2.25.1", "P-7"
    path = tmp_path / "a.dcm"
    if has_meta:
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = UID(
            "1.2.840.10008.1.2" if is_implicit else "1.2.840.10008.1.2.1"
        )
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
        dataset.save_as(path, enforce_file_format=True)
    else:
        dataset.save_as(path, implicit_vr=is_implicit, little_endian=True)
    os.truncate(path, dicom_object.OBJECT_BYTES_MAX + 1)  # a hole: it takes no room on the disk
    assert dicom_object.sop_class(path) == "1.2.840.10008.5.1.4.1.1.66.4"
