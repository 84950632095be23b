"""What anybody may add to a DICOM object beside the plan: each word of it is found out."""

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from planning.case.case import Kind
from planning.exchange.verify.dicom import dicom
from planning.exchange.verify.dicom_codes import is_cut, is_named, is_side_of, meanings
from planning.exchange.verify.rebuilt import rebuilt
from planning.exchange.verify.verdict import Fault
from tests.planning.exchange import dicoms
from tests.planning.exchange.making import bytes_of, exported, plan
from tests.planning.exchange.verify.test_dicom import MARK, NAMES, payload_of, rewritten


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("words") / "out"
    exported(dicoms.case(Kind.SIMULATION), out, names=NAMES, surfaces=dicoms.SURFACES)
    return out


@pytest.fixture(scope="module")
def known(folder):
    document, bodies = plan(folder), bytes_of(folder)
    return document, bodies, rebuilt(document, payload_of(bodies)).value


def judged(folder, known, changes):
    document, bodies, built = known
    changed = {f"data/dicom/{MARK}{n}.dcm": rewritten(folder, n, c) for n, c in changes.items()}
    return dicom(payload_of(bodies | changed), document, built)


def code(value, scheme, meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def says(**words):
    def change(dataset):
        for name, word in words.items():
            setattr(dataset, name, word)

    return change


def groups_of(dataset):
    return dataset.ContentSequence[-1].ContentSequence


def comment(dataset):
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "TEXT"
    item.ConceptNameCodeSequence = Items([code("121106", "DCM", "Comment")])
    item.TextValue = "Operate on the right."
    groups_of(dataset)[0].ContentSequence.append(item)


def second_name(dataset):
    group = groups_of(dataset)[0].ContentSequence
    group[3].add_new(0x0040A160, "UT", "Right")


def each_number(dataset):
    for group in groups_of(dataset):
        yield from (one for one in group.ContentSequence if one.ValueType == "NUM")


def unit_meaning(dataset):
    for one in each_number(dataset):
        one.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeMeaning = "cm"


def concept_meaning(dataset):
    next(each_number(dataset)).ConceptNameCodeSequence[0].CodeMeaning = "Depth to drill"


def site(dataset):
    for group in groups_of(dataset):
        for one in group.ContentSequence:
            if one.ConceptNameCodeSequence[0].get("CodeValue") == "363698007":
                one.ConceptCodeSequence = Items([code("85050009", "SCT", "Humerus")])


def organisation(dataset):
    dataset.ContentSequence[1].ConceptCodeSequence[0].CodeMeaning = "Surgeon"


def modifier(dataset):
    kind = dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
    right = code("24028007", "SCT", "Right")
    kind.SegmentedPropertyTypeModifierCodeSequence = Items([right])


def other_kind(dataset):
    vein = code("29092000", "SCT", "Vein")
    dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence = Items([vein])


def known_other_kind(dataset):
    bone = code("85050009", "SCT", "Humerus")
    dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence = Items([bone])


def frame_axes(dataset):
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        plane = Dataset()
        plane.ImageOrientationPatient = [-1, 0, 0, 0, 1, 0]
        frame.PlaneOrientationSequence = Items([plane])


def thicker(dataset):
    measures = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.SpacingBetweenSlices = "7"


def other_index(dataset):
    content = dataset.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0]
    content.DimensionIndexValues = [2, 1]


def other_source(dataset):
    dataset.SourceInstanceSequence[0].ReferencedSOPInstanceUID = "1.2.3"


LIES = {
    "a comment": ("plan", comment),
    "two values in one": ("plan", second_name),
    "a unit's meaning": ("plan", unit_meaning),
    "a concept's meaning": ("plan", concept_meaning),
    "a site": ("plan", site),
    "an observer's kind": ("plan", organisation),
    "comments": ("segmentation", says(ImageComments="right shoulder")),
    "a laterality": ("segmentation", says(Laterality="R")),
    "a patient's comment": ("segmentation", says(PatientComments="operate on the right")),
    "axes of a whole image": ("segmentation", says(ImageOrientationPatient=[-1, 0, 0, 0, 1, 0])),
    "black for white": ("segmentation", says(PhotometricInterpretation="MONOCHROME1")),
    "a side": ("segmentation", modifier),
    "a kind of its own": ("segmentation", other_kind),
    "another known kind": ("segmentation", known_other_kind),
    "a frame's axes": ("segmentation", frame_axes),
    "a slice's step": ("segmentation", thicker),
    "a frame's index": ("segmentation", other_index),
    "a mirrored model": ("surface-omoplate-gauche", says(ModelMirroring="YES")),
    "a model's title": ("surface-omoplate-gauche", says(ContentDescription="right")),
    "another maker": ("report", says(Manufacturer="Another")),
    "a title": ("report", says(DocumentTitle="Plan of the right side")),
    "another image": ("report", other_source),
}


@pytest.mark.parametrize("what", LIES)
def test_whatever_else_an_object_says_is_found_out(folder, known, what):
    name, change = LIES[what]
    with pytest.raises(Fault) as no:
        judged(folder, known, {name: change})
    assert no.value.code == "verify-dicom-differs"


def test_untouched_objects_hold(folder, known):
    assert judged(folder, known, {}).code == "verify-dicom-ok"


def test_the_receiver_is_told_whom_the_objects_name(folder, known):
    names = [path.stem.removeprefix(MARK) for path in folder.glob("data/dicom/*.dcm")]
    held = judged(folder, known, dict.fromkeys(names, says(PatientID="4711")))
    assert (held.code, held.values["patient"]) == ("verify-dicom-patient", "4711")


def test_a_report_without_one_beside_it_is_read(folder, known):
    def empty(dataset):
        dataset.EncapsulatedDocument = b"%PDF-1.4 of another plan"
        dataset.EncapsulatedDocumentLength = 24

    with pytest.raises(Fault) as no:
        judged(folder, known, {"report": empty})
    assert no.value.code == "verify-report-unreadable"


def test_sides_and_structures_are_the_names_own():
    scapula, left, right = ("79601000", "SCT"), ("7771000", "SCT"), ("24028007", "SCT")
    assert is_named(scapula, "Omoplate gauche")
    assert not is_named(scapula, "Humérus")
    assert is_side_of(left, "Omoplate gauche")
    assert not is_side_of(right, "Omoplate gauche")
    assert not is_side_of(left, "left and right")
    assert not is_side_of(left, "Scapula")


def test_only_a_long_definition_may_be_cut():
    whole = "Straight distance from entry to target along the axis; shown rounded up."
    assert is_cut("Straight distance from entry to target along the axis; shown...", whole)
    assert not is_cut("Straight...", whole)
    assert not is_cut("Crooked distance from entry to target along the...", whole)
    assert meanings()["mm", "UCUM"] == {"mm"}
