"""DICOM objects before independent judges: 0 errors, and each judge fails on a planted fault."""

from dataclasses import replace

import numpy as np
import pydicom
import pytest

from planning.case.case import Segment, SegmentId, Side
from planning.case.intake import case_from_loaded
from planning.exchange.dicom_read import walked
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from planning.phantoms.phantom import build_phantom
from planning.phantoms.practice import practice_case
from segmentation.io.load import load
from segmentation.io.scan import scan
from segmentation.mask import BitMask
from tests.planning.exchange import dicoms
from tests.planning.exchange.judges.dicom import dcmqi_groups, dcmqi_masks, dumped, errors_of


def judged(folder, case, marks=""):
    """Hold all objects in a folder against a case by every judge; return what was compared."""
    for path in sorted(folder.glob("*.dcm")):
        assert errors_of(path) == [], path.name
    is_read, words = dumped(folder / f"{marks}plan.dcm")
    assert is_read
    for item in case.plan.items:
        assert item.name in words
    there = [one for one in case.segments if not one.mask.is_empty]
    masks = dcmqi_masks(folder / f"{marks}segmentation.dcm", folder / "dcmqi")
    assert len(masks) == len(there)
    grid, voxels = case.volume.grid, 0
    for (record, places), segment in zip(masks, there, strict=True):
        ijk = grid.ijk(places)
        assert np.abs(ijk - np.rint(ijk)).max() < 1e-5
        kji = np.rint(ijk).astype(np.int64)[:, ::-1]
        assert segment.mask.holds(kji).all()
        assert len(kji) == segment.mask.voxels
        assert record["SegmentDescription"] == segment.name
        voxels += len(kji)
    groups = dcmqi_groups(folder / f"{marks}plan.dcm", folder / "dcmqi" / "sr.json")
    names = [one["TrackingIdentifier"] for one in groups]
    assert names == [one.name for one in (*case.plan.items, *there)]
    return voxels


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return dicoms.folder_of(tmp_path_factory, "draft")


def test_a_draft_far_off_on_an_oblique_grid_is_in_order(out):
    assert judged(out, dicoms.case(), "DRAFT-") == sum(
        one.mask.voxels for one in dicoms.case().segments
    )


@pytest.mark.parametrize("name", ["named", "practice"])
def test_sealed_plans_with_and_without_a_name_are_in_order(tmp_path_factory, name):
    folder = dicoms.folder_of(tmp_path_factory, name)
    assert [errors for path in folder.glob("*.dcm") for errors in errors_of(path)] == []
    assert dumped(next(folder.glob("*plan.dcm")))[0]


def gap_in_numbers(read):
    read.SegmentSequence[1].SegmentNumber = 7


def no_type(read):
    del read.SegmentSequence[0].SegmentedPropertyTypeCodeSequence


def no_units(read):
    del read.MeasurementUnitsCodeSequence


def no_frame(read):
    del read.FrameOfReferenceUID


def two_numbers(read):
    next(one for one in walked(read) if one.ValueType == "SCOORD3D").GraphicData = [1.0, 2.0]


def verified_by_nobody(read):
    read.VerificationFlag = "VERIFIED"


def leading_zero(read):
    read.SeriesInstanceUID = "2.25.0123"


def no_title(read):
    del read.EncapsulatedDocument


FAULTS = [
    ("segmentation", gap_in_numbers),
    ("segmentation", no_type),
    ("segmentation", leading_zero),
    ("surface-canal", no_units),
    ("surface-canal", no_frame),
    ("plan", two_numbers),
    ("plan", verified_by_nobody),
    ("report", no_title),
]


def changed(out, name, change, target):
    read = pydicom.dcmread(out / f"DRAFT-{name}.dcm")
    change(read)
    path = target / f"{name}.dcm"
    # the library itself would stop a bad UID here
    with pydicom.config.disable_value_validation():
        read.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
@pytest.mark.parametrize(("name", "change"), FAULTS)
def test_dciodvfy_sees_each_planted_fault(out, tmp_path, name, change):
    assert errors_of(changed(out, name, change, tmp_path))


def no_frame_of_points(read):
    item = next(one for one in walked(read) if one.ValueType == "SCOORD3D")
    del item.ReferencedFrameOfReferenceUID


def test_dsrdump_sees_points_without_a_frame(out, tmp_path):
    """The one fault of ours that dciodvfy lets through."""
    path = changed(out, "plan", no_frame_of_points, tmp_path)
    assert not dumped(path)[0]


def test_dcmqi_refuses_what_is_no_segmentation_and_no_report(out, tmp_path):
    assert dcmqi_masks(out / "DRAFT-report.dcm", tmp_path / "a") is None
    assert dcmqi_groups(out / "DRAFT-segmentation.dcm", tmp_path / "sr.json") is None


@pytest.mark.campaign
def test_the_objects_of_a_phantom_are_in_order(tmp_path):
    """Voxel by voxel; the suite has `test_all_judges.py` count those of a whole package."""
    case = practice_case(build_phantom("shoulder", detail="half"))
    scapula = case.segments[0]
    kept = [one for one in case.plan.items if set(one.segment_ids) <= {scapula.id}]
    case = replace(case, segments=(scapula,), plan=Plan(tuple(kept)))
    assert {"landmark", "trajectory"} <= {one.kind for one in kept}
    dicoms.written(case, tmp_path / "out")
    assert judged(tmp_path / "out", case, "DRAFT-SIM-") == scapula.mask.voxels > 10_000


@pytest.mark.data
@pytest.mark.slow
def test_the_objects_of_a_real_ct_are_in_order(shared_data, tmp_path):
    """They stand in its study: each frame names the image that lies at its place."""
    folder = shared_data / "ct_shoulder_thorax_lidc0314"
    case = case_from_loaded(load(scan(folder).series[0]), Side.NONE, "LIDC-0314")
    grid = case.volume.grid
    is_bone = case.volume.hu > 250
    is_bone[:, :200] = is_bone[:, :, :200] = False
    is_bone[:, 320:] = is_bone[:, :, 320:] = False
    bone = BitMask.from_bool(is_bone)
    near = tuple(grid.lps_mm(grid.ijk(grid.centre_lps_mm)).tolist())
    far = tuple((grid.centre_lps_mm + np.array([11.0, -7.0, 13.0])).tolist())
    ids = SegmentId("bone")
    items = (
        Landmark(ItemId("l"), "Repère", near),
        Distance(ItemId("d"), "Distance", near, far),
        Trajectory(ItemId("t"), "مسار", near, far, 3.0, None),
        NoGoZone(ItemId("z"), "Zone", ids, 2.0),
    )
    case = replace(case, segments=(Segment(ids, "Os", bone, "#e6d3a8"),), plan=Plan(items))
    dicoms.written(case, tmp_path / "out")
    assert judged(tmp_path / "out", case, "DRAFT-") == bone.voxels
    places = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".json":
            one = pydicom.dcmread(path, stop_before_pixels=True)
            places[one.SOPInstanceUID] = [float(x) for x in one.ImagePositionPatient]
            study = one.StudyInstanceUID, one.FrameOfReferenceUID, one.SeriesInstanceUID
    read = pydicom.dcmread(tmp_path / "out/DRAFT-segmentation.dcm")
    (series,) = read.ReferencedSeriesSequence
    assert (read.StudyInstanceUID, read.FrameOfReferenceUID, series.SeriesInstanceUID) == study
    for frame in read.PerFrameFunctionalGroupsSequence:
        uid = frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        place = [float(x) for x in frame.PlanePositionSequence[0].ImagePositionPatient]
        assert place == pytest.approx(places[uid], abs=1e-3)
