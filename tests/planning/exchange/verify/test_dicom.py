"""The receiver and the DICOM objects: each bit and number the plan's; hostile files a Fault."""

import contextlib
import io
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from planning.case.case import Kind
from planning.exchange.dicom_read import concept, walked
from planning.exchange.verify import verify
from planning.exchange.verify.bag import Payload
from planning.exchange.verify.dicom import dicom
from planning.exchange.verify.dicom_parse import parsed
from planning.exchange.verify.dicom_tree import held_tree
from planning.exchange.verify.rebuilt import rebuilt
from planning.exchange.verify.verdict import Fault
from planning.model.plan import Plan
from tests.planning.exchange import dicoms
from tests.planning.exchange.making import bytes_of, exported, key, plan
from tests.planning.exchange.verify.packing import sha
from tests.planning.exchange.verify.test_tampering import failed

NAMES = ("package", "dicom")
MARK = "DRAFT-SIM-"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("dicom") / "out"
    exported(dicoms.case(Kind.SIMULATION), out, names=NAMES, surfaces=dicoms.SURFACES)
    return out


@pytest.fixture(scope="module")
def held(folder):
    """Returns what holds changed bodies against the plan, as after a signer's own hashes."""
    document, bodies = plan(folder), bytes_of(folder)
    built = rebuilt(document, payload_of(bodies)).value

    def hold(document=document, **changes):
        changed = dict(bodies)
        for name, body in changes.items():
            path = f"data/dicom/{MARK}{name.replace('_', '-')}.dcm"
            if body is None:
                del changed[path]
            else:
                changed[path] = body
        return dicom(payload_of(changed), document, built)

    return hold


def payload_of(bodies):
    data = {path: body for path, body in bodies.items() if path.startswith("data/")}
    sizes = {path: len(body) for path, body in data.items()}
    return Payload({path: sha(body) for path, body in data.items()}, sizes, MappingProxyType(data))


def body_of(folder, name):
    return (folder / f"data/dicom/{MARK}{name}.dcm").read_bytes()


def rewritten(folder, name, change):
    read = pydicom.dcmread(io.BytesIO(body_of(folder, name)))
    change(read)
    read.file_meta.MediaStorageSOPClassUID = read.SOPClassUID
    read.file_meta.MediaStorageSOPInstanceUID = read.SOPInstanceUID
    with io.BytesIO() as stream:
        read.save_as(stream, enforce_file_format=True)
        return stream.getvalue()


def refused(hold, code="verify-dicom-differs", **changes):
    with pytest.raises(Fault) as fault:
        hold(**changes)
    assert fault.value.code == code
    return fault.value.values.get("what")


def test_an_export_with_dicom_objects_passes(folder, held, tmp_path):
    verdict = verify(folder, allow_draft=True, allow_simulation=True)
    assert failed(verdict) == {}
    assert "verify-dicom-ok" in {one.code for one in verdict.checks}
    assert held().values == {"n": 5}
    more = {"with_key": key(), "has_identity": True, "surfaces": dicoms.SURFACES}
    exported(dicoms.sealed_one(), tmp_path / "out", names=NAMES, **more)
    assert failed(verify(tmp_path / "out", signer=key().fingerprint)) == {}


def test_a_package_without_them_has_none_to_hold(sealed_package):
    assert "dicom" not in {one.name for one in verify(sealed_package).checks}


def test_a_package_of_a_plan_of_nothing_has_a_report_only(tmp_path):
    empty = replace(dicoms.case(), segments=(), plan=Plan(()))
    exported(empty, tmp_path / "out", names=NAMES)
    assert failed(verify(tmp_path / "out", allow_draft=True)) == {}


def test_a_missing_or_foreign_file_is_a_fault(held, folder):
    for path in sorted((folder / "data/dicom").iterdir()):
        name = path.stem.removeprefix(MARK)
        refused(held, "verify-file-missing", **{name: None})
        refused(held, "verify-file-foreign", **{f"x-{name}": path.read_bytes()})


def set_(keyword, value):
    def change(read):
        setattr(read, keyword, value)

    change.__name__ = f"{keyword}={value}"
    return change


def frame(read, n=0):
    return read.PerFrameFunctionalGroupsSequence[n]


def moved(read):
    place = frame(read, 3).PlanePositionSequence[0]
    place.ImagePositionPatient = [f"{float(one) + 0.002:.9f}" for one in place.ImagePositionPatient]


def flipped(read):
    body = bytearray(read.PixelData)
    body[len(body) // 2] ^= 1
    read.PixelData = bytes(body)


def mirrored(read):
    plane = read.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
    row = [f"{-float(one):.12f}" for one in plane.ImageOrientationPatient[:3]]
    plane.ImageOrientationPatient = [*row, *plane.ImageOrientationPatient[3:]]


def spread(read):
    measures = read.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.PixelSpacing = ["0.70001", "0.6"]


def swapped(read):
    one, other = (frame(read, n).DerivationImageSequence[0].SourceImageSequence[0] for n in (0, 1))
    first, second = one.ReferencedSOPInstanceUID, other.ReferencedSOPInstanceUID
    one.ReferencedSOPInstanceUID, other.ReferencedSOPInstanceUID = second, first


def twice(read):
    frame(read, 1).PlanePositionSequence = frame(read, 0).PlanePositionSequence


def renumbered(read):
    read.SegmentSequence[1].SegmentNumber = 7


def relabelled(read):
    read.SegmentSequence[0].SegmentLabel = "Omoplate droite"


def other_tracking(read):
    read.SegmentSequence[0].TrackingUID = "2.25.123456789012345678901"


def other_scheme(read):
    code = read.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
    code.CodingSchemeDesignator = "99OTHER"


def one_frame_less(read):
    del read.PerFrameFunctionalGroupsSequence[-1]
    read.NumberOfFrames -= 1


def fewer_images(read):
    del read.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0]


def other_series(read):
    read.ReferencedSeriesSequence[0].SeriesInstanceUID = "2.25.70"


SEG_FAULTS = (
    moved, flipped, mirrored, spread, swapped, twice, renumbered, relabelled, other_tracking,
    other_scheme, one_frame_less, other_series, set_("FrameOfReferenceUID", "2.25.74"),
    set_("SegmentationType", "FRACTIONAL"), set_("Rows", 33),
)  # fmt: skip
COMMON_FAULTS = (
    set_("StudyInstanceUID", "2.25.70"), set_("StudyDate", "20260103"),
    set_("SeriesDescription", "Tasrif plan v1"), set_("ContentDate", "20260305"),
    set_("IssuerOfPatientID", "HOSPITAL"), set_("QualityControlSubject", "NO"),
    set_("SOPInstanceUID", "2.25.123"), set_("SeriesInstanceUID", "1.2.3"),
    set_("Modality", "OT"), set_("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"),
)  # fmt: skip
SURFACE_FAULTS = (
    set_("FrameOfReferenceUID", "2.25.74"), set_("DocumentTitle", "Canal"), fewer_images,
    set_("MIMETypeOfEncapsulatedDocument", "model/obj"),
    lambda read: setattr(read.MeasurementUnitsCodeSequence[0], "CodeValue", "m"),
    lambda read: setattr(read, "EncapsulatedDocument", read.EncapsulatedDocument[:-2] + b"\1\0"),
    lambda read: setattr(read, "EncapsulatedDocumentLength", read.EncapsulatedDocumentLength - 2),
)  # fmt: skip


@pytest.mark.hazard("HAZ-27")
@pytest.mark.parametrize("fault", SEG_FAULTS, ids=lambda one: one.__name__)
def test_a_segmentation_that_differs_is_a_fault(held, folder, fault):
    assert refused(held, segmentation=rewritten(folder, "segmentation", fault))


@pytest.mark.parametrize("fault", COMMON_FAULTS, ids=lambda one: one.__name__)
def test_each_object_is_held_to_study_patient_state_and_date(held, folder, fault):
    for name in ("segmentation", "plan", "surface-canal", "report"):
        assert refused(held, **{name: rewritten(folder, name, fault)})


@pytest.mark.hazard("HAZ-17")
@pytest.mark.parametrize("fault", SURFACE_FAULTS)
def test_a_surface_that_differs_is_a_fault(held, folder, fault):
    assert refused(held, surface_canal=rewritten(folder, "surface-canal", fault))


def test_one_object_of_another_patient_is_a_fault(held, folder):
    def other(read):
        read.PatientID = "CASE-8"

    assert refused(held, plan=rewritten(folder, "plan", other)) == "PatientID"


def test_a_report_that_is_none_is_a_fault(held, folder):
    body = rewritten(folder, "report", set_("EncapsulatedDocument", b"%XDF-1.7"))
    assert refused(held, report=body) == "EncapsulatedDocument"


def test_another_report_than_the_package_s_own_is_a_fault(folder):
    bodies, name = bytes_of(folder), "data/report/DRAFT-SIM-report.pdf"
    built = rebuilt(plan(folder), payload_of(bodies)).value
    read = pydicom.dcmread(io.BytesIO(body_of(folder, "report")))
    bodies[name] = read.EncapsulatedDocument[: read.EncapsulatedDocumentLength]
    assert dicom(payload_of(bodies), plan(folder), built)
    bodies[name] += b"\n"
    with pytest.raises(Fault):
        dicom(payload_of(bodies), plan(folder), built)


def leaves(item):
    """Every point, number, text, reference and code of a document that says something."""
    for one in walked(item):
        if concept(one) in ("121005", "121012", "121013", "121014", "121015", "121049", "121058",
                            "363698007", "272741003", "370129005", "260753009"):  # fmt: skip
            continue  # observers, language, procedure; site and method are words beside a number
        yield one


def spoiled(one):
    kind = one.ValueType
    if kind == "NUM":
        one.MeasuredValueSequence[0].FloatingPointValue += 1e-9
    elif kind == "SCOORD3D":
        one.GraphicData = [one.GraphicData[0] + 0.002, *one.GraphicData[1:]]
    elif kind == "TEXT":
        one.TextValue += "x"
    elif kind == "UIDREF":
        one.UID += "1"
    elif kind == "IMAGE" and "ReferencedSegmentNumber" in one.ReferencedSOPSequence[0]:
        one.ReferencedSOPSequence[0].ReferencedSegmentNumber += 1
    else:
        return False
    return True


@pytest.mark.hazard("HAZ-27")
def test_each_point_number_name_and_reference_of_the_document_is_held(folder):
    document = plan(folder)
    segmentation = pydicom.dcmread(io.BytesIO(body_of(folder, "segmentation")))
    whole_one = parsed(body_of(folder, "plan"), "plan.dcm")
    held_tree(whole_one, document, segmentation.SOPInstanceUID)
    count = len(list(leaves(pydicom.dcmread(io.BytesIO(body_of(folder, "plan"))))))
    done = 0
    for n in range(count):
        is_spoiled = []

        def change(read, n=n, told=is_spoiled):
            told.append(spoiled(list(leaves(read))[n]))

        node = parsed(rewritten(folder, "plan", change), "plan.dcm")
        if is_spoiled[0]:
            with pytest.raises(Fault):
                held_tree(node, document, segmentation.SOPInstanceUID)
            done += 1
    assert done > 50


def other_unit(read):
    one = next(one for one in walked(read) if one.ValueType == "NUM")
    one.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue = "cm"


def other_text(read):
    one = next(one for one in walked(read) if one.ValueType == "NUM")
    one.MeasuredValueSequence[0].NumericValue = "14.1"


def turned(read):
    one = next(one for one in walked(read) if one.get("GraphicType") == "POLYGON")
    one.GraphicData = list(np.array(one.GraphicData).reshape(5, 3)[::-1].ravel())


def to_warn(read):
    """The zone that nobody may enter becomes one that only warns."""
    one = next(one for one in walked(read) if concept(one) == "NO_GO_SEVERITY")
    (code,) = one.ConceptCodeSequence
    assert code.CodeValue == "FORBID"
    code.CodeValue, code.CodeMeaning = "WARN", "Slow down and tell"


def without_severity(read):
    (group,) = [
        one
        for one in walked(read)
        if any(concept(inner) == "NO_GO_SEVERITY" for inner in one.get("ContentSequence", ()))
    ]
    group.ContentSequence = Items(
        one for one in group.ContentSequence if concept(one) != "NO_GO_SEVERITY"
    )


def one_more(read):
    (measured,) = [one for one in read.ContentSequence if concept(one) == "126010"]
    group = measured.ContentSequence[0]
    group.ContentSequence.append(next(x for x in walked(group) if x.ValueType == "SCOORD3D"))


def one_outside(read):
    read.ContentSequence.append(next(x for x in walked(read) if x.ValueType == "SCOORD3D"))


def observed(read):
    observer = Dataset()
    observer.VerifyingObserverName = "B^"
    read.VerifyingObserverSequence = Items([observer])


TREE_FAULTS = (
    other_unit, other_text, turned, to_warn, without_severity, one_more, one_outside, observed,
    set_("VerificationFlag", "VERIFIED"), set_("CompletionFlag", "COMPLETE"),
    set_("PreliminaryFlag", "FINAL"),
)  # fmt: skip


@pytest.mark.hazard("HAZ-25")
@pytest.mark.parametrize("fault", TREE_FAULTS, ids=lambda one: one.__name__)
def test_a_document_that_differs_is_a_fault(held, folder, fault):
    assert refused(held, plan=rewritten(folder, "plan", fault))


@settings(max_examples=60)
@given(data=st.data())
def test_no_bytes_make_the_receiver_stumble(held, folder, data):
    """A Fault or the same verdict, never another exception: bits, cuts and runs of other bytes."""
    name = data.draw(st.sampled_from(("segmentation", "plan", "surface-canal", "report")))
    body = bytearray(body_of(folder, name))
    at = data.draw(st.integers(0, min(len(body), 20_000) - 1))
    change = data.draw(st.sampled_from(("flip", "cut", "fill", "double")))
    if change == "flip":
        body[at] ^= 1 << data.draw(st.integers(0, 7))
    elif change == "cut":
        del body[at:]
    elif change == "fill":
        body[at : at + 8] = data.draw(st.binary(min_size=8, max_size=8))
    else:
        body[at:at] = body[at : at + 64]
    with contextlib.suppress(Fault):
        held(**{name.replace("-", "_"): bytes(body)})
