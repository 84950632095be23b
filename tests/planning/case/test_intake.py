"""From a loaded series to a case: identity, kind, code; nothing refused gets in."""

from dataclasses import dataclass, field, replace

import pytest

from planning.case.case import Identity, Kind, Outcome, Side
from planning.case.codec import canonical, pack
from planning.case.intake import case_from_loaded
from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.io.header import ImageReferences, PatientHeader, SeriesHeader
from segmentation.io.slice_header import is_uid
from segmentation.volume import Volume
from tests.planning.case.making import tiny_volume

PATIENT = PatientHeader("4711", "HOSPITAL", "Núñez^Ana", "1970-01-01", "F")
HEADER = SeriesHeader(
    "1.2.3#1",
    study_uid="1.2",
    modality="CT",
    description="Núñez shoulder",
    study_date="2020-02-29",
    patient=PATIENT,
)

IMAGES = ImageReferences("1.2.840.10008.5.1.4.1.1.2", ("1.2.3.1", "1.2.3.2"), "101500", "7", "A-99")


@dataclass(frozen=True, eq=False)
class Series:
    """A loaded series, without the loader."""

    volume: Volume = field(default_factory=tiny_volume)
    header: SeriesHeader = HEADER
    outcome: str = "plan_grade"
    findings: tuple[Finding, ...] = (Finding("thick-slices", Severity.WARN, {"mm": 5.0}),)
    regularised_mm: float | None = 0.5
    images: ImageReferences | None = IMAGES


def test_a_case_holds_what_was_loaded():
    series = Series()
    case = case_from_loaded(series, Side.LEFT, " C-17 ")
    assert case.identity == Identity("C-17", "4711", "HOSPITAL", "Núñez^Ana", "1970-01-01", "F")
    assert (case.kind, case.side, case.volume) == (Kind.CLINICAL, Side.LEFT, series.volume)
    assert case.source.outcome is Outcome.PLAN_GRADE
    assert (case.source.findings, case.source.regularised_mm) == (series.findings, 0.5)
    assert case.source.images == IMAGES
    assert case.segments == ()
    assert case_from_loaded(series, Side.LEFT, "C-17").id != case.id


def test_the_code_defaults_to_the_patient_id_and_is_never_empty():
    assert case_from_loaded(Series(), Side.NONE).identity.code == "4711"
    nameless = Series(header=replace(HEADER, patient=PatientHeader()))
    for code in (None, "", "  "):
        with pytest.raises(Refusal) as refused:
            case_from_loaded(nameless, Side.NONE, code)
        assert refused.value.code == "code-missing"
    for code in ("a\nb", "x" * 65, "\u202eabc"):
        with pytest.raises(Refusal) as refused:
            case_from_loaded(nameless, Side.NONE, code)
        assert refused.value.code == "code-unusable"


def test_a_deidentified_case_knows_its_code_only():
    case = case_from_loaded(Series(), Side.NONE, "R-1", is_deidentified=True)
    assert case.identity == Identity("R-1")
    uids = (case.source.series_uid, case.source.study_uid, *case.source.images.instance_uids)
    assert all(is_uid(uid) and uid.startswith("2.25.") for uid in uids)
    assert len(set(uids)) == 4
    assert case.source.images == ImageReferences(IMAGES.sop_class, uids[2:])
    nameless = replace(case.source, uid_key="", series_uid="", study_uid="", images=None)
    written = canonical(pack(case.identity)) + canonical(pack(nameless))
    for word in ("Núñez", "4711", "HOSPITAL", "1970", "2020", "A-99", "1.2.3"):
        assert word.encode() not in written
    with pytest.raises(Refusal) as refused:
        case_from_loaded(Series(), Side.NONE, is_deidentified=True)
    assert refused.value.code == "code-missing"


@pytest.mark.hazard("HAZ-38")
@pytest.mark.parametrize(
    ("issuer", "kind"),
    [
        ("TASRIF-PHANTOM", Kind.SIMULATION),
        ("tasrif-phantom", Kind.CLINICAL),
        ("TASRIF-PHANTOM ", Kind.CLINICAL),
        ("", Kind.CLINICAL),
    ],
)
def test_a_case_is_a_simulation_exactly_when_its_issuer_is_the_reserved_one(issuer, kind):
    """HAZ-38; a phantom stays one when it is de-identified."""
    header = replace(HEADER, patient=replace(PATIENT, issuer=issuer))
    for is_deidentified in (False, True):
        case = case_from_loaded(
            Series(header=header), Side.NONE, "C", is_deidentified=is_deidentified
        )
        assert case.kind is kind


def test_a_refused_series_never_becomes_a_case():
    with pytest.raises(Refusal) as refused:
        case_from_loaded(Series(outcome="refused"), Side.NONE, "C")
    assert refused.value.code == "case-from-refused"
    assert case_from_loaded(Series(outcome="view_only"), Side.NONE, "C").source.outcome is (
        Outcome.VIEW_ONLY
    )
