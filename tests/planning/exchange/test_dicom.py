"""The exporter `dicom`: what its objects say, held by pydicom and highdicom against the case."""

from dataclasses import replace

import highdicom
import numpy as np
import pydicom
import pytest

from planning.exchange.dicom import Dicom
from planning.exchange.dicom_documents import stl_bytes
from planning.exchange.dicom_read import (
    concept,
    points_of,
    walked,
)
from planning.exchange.dicom_report import square
from planning.exchange.dicom_segments import segmentation
from planning.exchange.dicom_study import Study, as_label
from planning.measures.surfaces import Surfaces
from planning.model.plan import Plan
from segmentation.errors import Refusal
from segmentation.io.dicom_seg import read_seg
from segmentation.io.header import ImageReferences
from tests.planning.exchange import dicoms, making

DRAFT_FILES = {
    "DRAFT-segmentation.dcm", "DRAFT-plan.dcm", "DRAFT-surface-omoplate-gauche.dcm",
    "DRAFT-surface-canal.dcm", "DRAFT-report.dcm",
}  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return dicoms.folder_of(tmp_path_factory, "draft")


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    return dicoms.folder_of(tmp_path_factory, "named")


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    return dicoms.folder_of(tmp_path_factory, "practice")


def objects(folder):
    return [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]


def study(**more):
    return Study.of(dicoms.handover(dicoms.case(), **more))


def test_all_objects_stand_in_the_ct_s_study_and_in_its_frame(out):
    case, found = dicoms.case(), objects(out)
    for one in found:
        assert one.StudyInstanceUID == case.source.study_uid
        assert (one.StudyDate, one.StudyTime) == ("20260102", "000000")
        assert one.SpecificCharacterSet == "ISO_IR 192"
        assert one.get("FrameOfReferenceUID", "2.25.73") == case.volume.grid.frame_uid
    assert sum("FrameOfReferenceUID" in one for one in found) == 3
    points = [item for one in found if one.Modality == "SR" for item in walked(one)]
    frames = {p.ReferencedFrameOfReferenceUID for p in points if p.ValueType == "SCOORD3D"}
    assert frames == {"2.25.73"}
    assert len({one.SOPInstanceUID for one in found}) == len(found)
    assert len({one.SeriesInstanceUID for one in found}) == 4
    for one in found:
        if "ReferencedSeriesSequence" in one:
            (series,) = one.ReferencedSeriesSequence
            assert series.SeriesInstanceUID == "2.25.71"
            uids = [image.ReferencedSOPInstanceUID for image in series.ReferencedInstanceSequence]
            assert uids == list(case.source.images.instance_uids)


@pytest.mark.hazard("HAZ-1")
@pytest.mark.hazard("HAZ-15")
def test_highdicom_finds_every_voxel_at_its_place(out):
    """Second road: another library's reader, through its own affine, in patient space."""
    case, read = dicoms.case(), highdicom.seg.segread(out / "DRAFT-segmentation.dcm")
    there = [one for one in case.segments if not one.mask.is_empty]
    assert read.number_of_segments == len(there) == 3
    for number, segment in enumerate(there, start=1):
        volume = read.get_volume(segment_numbers=[number], combine_segments=True)
        kji = np.argwhere(volume.array > 0)
        places = kji @ volume.affine[:3, :3].T + volume.affine[:3, 3]
        ijk = case.volume.grid.ijk(places)
        assert np.abs(ijk - np.rint(ijk)).max() < 1e-6
        assert segment.mask.holds(np.rint(ijk).astype(np.int64)[:, ::-1]).all()
        assert len(kji) == segment.mask.voxels
        said = read.get_segment_description(number)
        assert (said.SegmentDescription, said.TrackingID) == (segment.name, segment.id)


def test_our_own_importer_brings_every_segment_back(out):
    """Third road: what comes in again is what went out, mask by mask."""
    case, read = dicoms.case(), read_seg(out / "DRAFT-segmentation.dcm")
    source = read.frame_uid, read.study_uid, read.referenced_series_uid
    assert source == ("2.25.73", "2.25.72", "2.25.71")
    there = [one for one in case.segments if not one.mask.is_empty]
    for found, segment in zip(read.segments, there, strict=True):
        assert found.label == as_label(segment.name)
        places = found.grid.lps_mm(np.argwhere(found.voxels)[:, ::-1])
        ijk = case.volume.grid.ijk(places)
        assert np.abs(ijk - np.rint(ijk)).max() < 1e-6
        assert segment.mask.holds(np.rint(ijk).astype(np.int64)[:, ::-1]).all()
        assert len(places) == segment.mask.voxels


def test_french_and_arabic_names_come_back_also_the_patient_s(named):
    read = pydicom.dcmread(named / "segmentation.dcm")
    labels = [one.SegmentLabel for one in read.SegmentSequence]
    assert labels == ["Omoplate gauche", "Canal", "العظم الأيمن / (2)"]
    assert read.SegmentSequence[2].SegmentDescription == dicoms.NAMES[1]
    assert str(read.PatientName) == dicoms.WHO.name
    assert read.PatientName.phonetic == "نونييث"
    tree = pydicom.dcmread(named / "plan.dcm")
    assert dicoms.NAMES[1] in [one.get("TextValue") for one in walked(tree)]


def test_without_being_asked_no_object_names_the_patient(out, named):
    who, source = dicoms.WHO, dicoms.case().source
    words = [who.patient_id, who.issuer, "Núñez", "نونييث", "19310729", source.images.accession]
    bodies = [path.read_bytes() for path in out.glob("*.dcm")]
    for word in words[1:]:
        assert not any(word.encode() in body for body in bodies), word
    for one in objects(out):
        assert (str(one.PatientName), one.PatientID) == ("", "CASE-7")
        assert (one.PatientBirthDate, one.PatientSex, one.AccessionNumber) == ("", "", "")
        assert "IssuerOfPatientID" not in one
    for one in objects(named):
        assert (one.PatientID, one.IssuerOfPatientID) == ("4711", "HOSPITAL")
        assert (one.PatientBirthDate, one.PatientSex) == ("19310729", "F")
        assert (one.AccessionNumber, one.StudyID) == ("A-99", "77")


@pytest.mark.hazard("HAZ-25")
@pytest.mark.hazard("HAZ-38")
def test_a_draft_a_simulation_and_a_sealed_plan_say_what_they_are(out, named, practice):
    folders = (
        (out, "DRAFT", ("PARTIAL", "UNVERIFIED", "PRELIMINARY"), "20260304", "000000"),
        (practice, "SIM", ("COMPLETE", "UNVERIFIED", "PRELIMINARY"), "20260304", "100000"),
        (named, "Tasrif", ("COMPLETE", "VERIFIED", "FINAL"), "20260304", "100000"),
    )
    for folder, first, flags, day, time in folders:
        for one in objects(folder):
            assert one.SeriesDescription.split()[0] == first
            assert (one.ContentDate, one.ContentTime) == (day, time)
            assert ("QualityControlSubject" in one) == (folder is practice)
            assert one.get("IssuerOfPatientID", "") == {
                practice: "TASRIF-PHANTOM", named: "HOSPITAL",
            }.get(folder, "")  # fmt: skip
        (tree,) = [one for one in objects(folder) if one.Modality == "SR"]
        assert (tree.CompletionFlag, tree.VerificationFlag, tree.PreliminaryFlag) == flags
    (tree,) = [one for one in objects(named) if one.Modality == "SR"]
    (observer,) = tree.VerifyingObserverSequence
    assert observer.VerifyingObserverName == "A. Surgeon^"
    assert observer.VerificationDateTime == "20260304100000+0000"
    labels = [pydicom.dcmread(next(f.glob("*segmentation.dcm"))).ContentLabel
              for f in (out, practice, named)]  # fmt: skip
    assert labels == ["DRAFT_PLAN", "SIM_PLAN", "PLAN"]


@pytest.mark.hazard("HAZ-27")
def test_each_item_has_its_group_with_points_and_numbers(out):
    case, tree = dicoms.case(), pydicom.dcmread(out / "DRAFT-plan.dcm")
    (measured,) = [one for one in tree.ContentSequence if concept(one) == "126010"]
    groups = list(measured.ContentSequence)
    items = case.plan.items
    assert len(groups) == len(items) + 3
    for group, item in zip(groups, items, strict=False):
        points = [point for one in walked(group) for point in points_of(one)]
        meant = square(item) if item.kind == "cut_plane" else np.array(item.places_lps_mm)
        assert np.array_equal(np.array(points).ravel(), meant.astype(np.float32).ravel())
    numbers = {}
    for group in groups:
        (name,) = [one.TextValue for one in group.ContentSequence if concept(one) == "112039"]
        for one in group.ContentSequence:
            if one.ValueType == "NUM":
                value = one.MeasuredValueSequence[0]
                unit = value.MeasurementUnitsCodeSequence[0].CodeValue
                numbers[name, concept(one)] = value.FloatingPointValue, unit
    assert numbers["width", "410668003"] == (pytest.approx(14.0), "mm")
    assert numbers["wire", "81827009"] == (2.5, "mm")
    assert numbers["zone", "NO_GO_MARGIN"] == (1.0, "mm")
    assert numbers["tilt", "1483009"] == (pytest.approx(90.0), "deg")
    bone = case.segments[0].mask.voxels * case.volume.grid.voxel_ml
    assert numbers["Omoplate gauche", "118565006"] == (pytest.approx(bone), "ml")


@pytest.mark.parametrize(("severity", "word"), [("forbid", "FORBID"), ("warn", "WARN")])
def test_a_zone_says_what_entering_it_means(tmp_path, severity, word):
    case = dicoms.case()
    items = tuple(
        replace(one, severity=severity) if one.kind == "no_go_zone" else one
        for one in case.plan.items
    )
    dicoms.written(replace(case, plan=Plan(items)), tmp_path / "out")
    tree = pydicom.dcmread(tmp_path / "out" / "DRAFT-plan.dcm")
    (found,) = [one for one in walked(tree) if concept(one) == "NO_GO_SEVERITY"]
    (code,) = found.ConceptCodeSequence
    assert (code.CodeValue, code.CodingSchemeDesignator) == (word, "99TASRIF")


def test_the_zone_refers_to_its_segment_of_the_segmentation(out):
    seg = pydicom.dcmread(out / "DRAFT-segmentation.dcm")
    tree = pydicom.dcmread(out / "DRAFT-plan.dcm")
    found = [one.ReferencedSOPSequence[0] for one in walked(tree) if one.ValueType == "IMAGE"]
    assert {one.ReferencedSOPInstanceUID for one in found} == {seg.SOPInstanceUID}
    assert [one.ReferencedSegmentNumber for one in found] == [2, 1, 2, 3]


def test_a_square_turns_right_about_the_normal_that_points_at_the_viewer():
    """Formula: corners at half a side's diagonal, centre the point, cross product the normal."""
    item = dicoms.case().plan.named("cut")
    corners = square(item)
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[1])
    assert normal / np.linalg.norm(normal) == pytest.approx(np.array(item.normal_lps))
    assert corners[:4].mean(axis=0) == pytest.approx(np.array(item.point_lps_mm))
    assert np.linalg.norm(corners[:4] - item.point_lps_mm, axis=1) == pytest.approx(50 * 2**0.5)


def test_a_surface_is_the_accepted_one_in_lps_millimetres(out):
    case, read = dicoms.case(), pydicom.dcmread(out / "DRAFT-surface-omoplate-gauche.dcm")
    mesh = Surfaces().of(case, case.segments[0]).surface.mesh
    body = read.EncapsulatedDocument[: read.EncapsulatedDocumentLength]
    assert body == stl_bytes(mesh, ("DRAFT",))
    assert body.startswith(b"Tasrif DRAFT LPS mm ")
    (unit,) = read.MeasurementUnitsCodeSequence
    assert (unit.CodeValue, unit.CodingSchemeDesignator) == ("mm", "UCUM")
    assert read.DocumentTitle == "DRAFT Omoplate gauche"


def test_the_same_export_gives_the_same_bytes_and_another_has_other_uids(out, tmp_path):
    rows = dicoms.written(dicoms.case(), tmp_path / "again")
    assert set(rows) == DRAFT_FILES
    assert all(row.error_mm <= row.allowed_mm <= 0.001 for row in rows.values())
    for path in out.glob("*.dcm"):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    case = dicoms.case()
    segments = (replace(case.segments[0], colour="#ffffff"), *case.segments[1:])
    others = [replace(case, segments=segments), replace(case, plan=Plan(case.plan.items[:2]))]
    uids = {one.SOPInstanceUID for one in objects(out)}
    for other in others:
        theirs = Study.of(dicoms.handover(other))
        roles = ("segmentation", "plan", "surface", "report")
        assert uids == {study().uid(role, n) for role in roles for n in (0, 1)} & uids
        assert not uids & {theirs.uid(role, n) for role in roles for n in (0, 1)}
    asked = study(has_identity=True)
    assert asked.uid("plan") != study().uid("plan")


def segmented(case, **more):
    """The Segmentation object of a case that differs from `dicoms.case` in its source only."""
    plan = dicoms.drafted(dicoms.case())
    return segmentation(Study.of(dicoms.handover(case, plan=plan, **more)))


def test_a_resampled_volume_refers_to_its_series_only():
    case = dicoms.case()
    read = segmented(replace(case, source=replace(case.source, regularised_mm=0.5)))
    frames = read.PerFrameFunctionalGroupsSequence
    assert not any("DerivationImageSequence" in one for one in frames)
    (series,) = read.ReferencedSeriesSequence
    assert len(series.ReferencedInstanceSequence) == case.volume.grid.shape_kji[0]


def test_frames_name_the_image_of_their_slice_and_none_where_it_is_missing():
    case = dicoms.case()
    images = case.source.images
    uids = tuple("" if k == 10 else uid for k, uid in enumerate(images.instance_uids))
    read = segmented(dicoms.with_images(case, replace(images, instance_uids=uids)))
    grid, seen = case.volume.grid, set()
    for frame in read.PerFrameFunctionalGroupsSequence:
        place = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float)
        k = round(grid.ijk(place)[2])
        sources = frame.get("DerivationImageSequence", ())
        found = [one.SourceImageSequence[0].ReferencedSOPInstanceUID for one in sources]
        assert found == [uids[k]] * (k != 10)
        seen.add(k)
    assert 10 in seen


def test_one_image_that_holds_all_slices_is_referred_to_as_a_whole():
    images = ImageReferences("1.2.840.10008.5.1.4.1.1.2.1", ("2.25.99",))
    read = segmented(dicoms.with_images(dicoms.case(), images))
    assert len(read.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == 1
    assert "DerivationImageSequence" not in read.PerFrameFunctionalGroupsSequence[0]


def test_a_case_without_its_images_is_refused_and_nothing_is_written(tmp_path):
    bare = dicoms.without_images(dicoms.case())
    with pytest.raises(Refusal) as refused:
        making.exported(bare, tmp_path / "out", names=("dicom",))
    assert (refused.value.code, refused.value.values["case"]) == ("dicom-no-study", "CASE-7")
    assert not list(tmp_path.iterdir())


def test_a_plan_of_nothing_is_its_report(tmp_path):
    empty = replace(dicoms.case(), segments=(), plan=Plan(()))
    assert set(dicoms.written(empty, tmp_path / "out")) == {"DRAFT-report.dcm"}


def test_a_deidentified_case_says_so_and_has_no_name_to_give():
    case = dicoms.case()
    bare = replace(
        case,
        identity=replace(making.CANARY, patient_id="", issuer="", name="", birth_date="", sex=""),
        source=replace(case.source, is_deidentified=True),
    )
    one = segmented(bare, has_identity=True)
    assert (one.PatientIdentityRemoved, one.PatientID) == ("YES", "CASE-7")
    assert one.DeidentificationMethodCodeSequence[0].CodeValue == "113100"


def test_dicom_says_how_it_expresses_each_kind():
    assert all(Dicom.expresses.values())
    assert not Dicom.left_out
