"""Reading DICOM objects back: each planted fault is seen, also those that validators let pass."""

from dataclasses import replace

import numpy as np
import pydicom
import pytest

from planning.exchange.dicom_read import (
    concept,
    read_object,
    report_error_mm,
    segmentation_error_mm,
    surface_error_mm,
    walked,
)
from planning.exchange.dicom_report import square
from planning.exchange.dicom_segments import segmentation
from planning.exchange.dicom_study import Study, save
from planning.model.plan import Plan
from segmentation.errors import Refusal
from tests.planning.exchange import dicoms


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return dicoms.folder_of(tmp_path_factory, "draft")


def study():
    return Study.of(dicoms.handover(dicoms.case()))


def rewritten(folder, name, change, target):
    read = pydicom.dcmread(folder / name)
    change(read)
    path = target / name
    read.save_as(path, enforce_file_format=True)
    return path


def moved(mm):
    def change(read):
        place = read.PerFrameFunctionalGroupsSequence[3].PlanePositionSequence[0]
        place.ImagePositionPatient = [f"{float(one) + mm:.12f}"[:16]
                                      for one in place.ImagePositionPatient]  # fmt: skip

    return change


def flipped(read):
    body = bytearray(read.PixelData)
    body[len(body) // 2] ^= 16
    read.PixelData = bytes(body)


def mirrored(read):
    plane = read.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
    row = [-float(one) for one in plane.ImageOrientationPatient[:3]]
    plane.ImageOrientationPatient = [*row, *map(float, plane.ImageOrientationPatient[3:])]


def renamed(read):
    read.SegmentSequence[0].SegmentLabel = "Omoplate droite"


def without_frame(read):
    del read.FrameOfReferenceUID


def other_image(read):
    frames = read.PerFrameFunctionalGroupsSequence
    for one, other in ((0, 1), (1, 0)):
        uid = study().slice_uids[other]
        source = frames[one].DerivationImageSequence[0].SourceImageSequence[0]
        source.ReferencedSOPInstanceUID = uid


SEG_FAULTS = (moved(0.002), moved(5.0), flipped, mirrored, renamed, without_frame, other_image)


@pytest.mark.hazard("HAZ-27")
@pytest.mark.parametrize("fault", SEG_FAULTS)
def test_reading_a_segmentation_back_sees_what_validators_do_not(out, tmp_path, fault):
    path = rewritten(out, "DRAFT-segmentation.dcm", fault, tmp_path)
    with pytest.raises(Refusal) as refused:
        segmentation_error_mm(path, study())
    assert refused.value.code == "export-read-back-differs"


def test_a_place_within_the_tolerance_passes(out, tmp_path):
    path = rewritten(out, "DRAFT-segmentation.dcm", moved(0.0004), tmp_path)
    assert segmentation_error_mm(path, study()) == pytest.approx(0.0004 * 3**0.5, rel=1e-3)


def meant():
    return [
        list(square(item) if item.kind == "cut_plane" else np.array(item.places_lps_mm))
        for item in dicoms.case().plan.items
    ]


def first(read, kind):
    return next(one for one in walked(read) if one.ValueType == kind)


def changed_point(mm):
    def change(read):
        item = first(read, "SCOORD3D")
        item.GraphicData = [item.GraphicData[0] + mm, *item.GraphicData[1:]]

    return change


def changed_number(read):
    first(read, "NUM").MeasuredValueSequence[0].FloatingPointValue += 1e-9


def other_frame(read):
    first(read, "SCOORD3D").ReferencedFrameOfReferenceUID = "2.25.74"


def called_verified(read):
    read.VerificationFlag = "VERIFIED"


def lost_group(read):
    (measured,) = [one for one in read.ContentSequence if concept(one) == "126010"]
    del measured.ContentSequence[0]


SR_FAULTS = (changed_point(0.002), changed_number, other_frame, called_verified, lost_group)


@pytest.mark.hazard("HAZ-27")
@pytest.mark.parametrize("fault", SR_FAULTS)
def test_reading_a_document_back_sees_each_fault(out, tmp_path, fault):
    assert report_error_mm(out / "DRAFT-plan.dcm", study(), meant())[0] < 1e-4
    path = rewritten(out, "DRAFT-plan.dcm", fault, tmp_path)
    with pytest.raises(Refusal) as refused:
        report_error_mm(path, study(), meant())
    assert refused.value.code == "export-read-back-differs"


def test_an_item_may_bear_the_name_of_a_segment(tmp_path):
    made = dicoms.case()
    first_item, *others = made.plan.items
    named = replace(first_item, name=made.segments[0].name)
    one = replace(made, plan=Plan((named, *others)))
    rows = dicoms.written(one, tmp_path / "out")
    assert rows["DRAFT-plan.dcm"].error_mm < 1e-4


def in_metres(read):
    read.MeasurementUnitsCodeSequence[0].CodeValue = "m"


def shifted(read):
    body = bytearray(read.EncapsulatedDocument)
    corners = np.frombuffer(body, "<f4", 9, 96)
    corners += np.float32(1000.0)
    read.EncapsulatedDocument = bytes(body)


@pytest.mark.hazard("HAZ-17")
@pytest.mark.parametrize("fault", [in_metres, shifted, without_frame])
def test_reading_a_surface_back_sees_unit_frame_and_place(out, tmp_path, fault):
    case, name = dicoms.case(), "DRAFT-surface-omoplate-gauche.dcm"
    mesh = dicoms.SURFACES.of(case, case.segments[0]).surface.mesh
    assert surface_error_mm(out / name, study(), mesh)[0] < 1e-4
    path = rewritten(out, name, fault, tmp_path)
    with pytest.raises(Refusal) as refused:
        surface_error_mm(path, study(), mesh)
    assert refused.value.code == "export-read-back-differs"


def test_a_name_in_another_character_set_is_seen(tmp_path):
    handed = dicoms.handover(dicoms.case(), has_identity=True)
    asked, path, other = Study.of(handed), tmp_path / "a.dcm", tmp_path / "b.dcm"
    save(segmentation(asked), path)
    assert read_object(path, asked)
    other.write_bytes(path.read_bytes().replace(b"ISO_IR 192", b"ISO_IR 100", 1))
    with pytest.raises(Refusal):
        read_object(other, asked)
