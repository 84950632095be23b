"""From a loaded series to a case: who, which side, clinical or practice."""

import uuid
from dataclasses import replace
from typing import Final, Protocol

from planning.case.case import Case, CaseId, Identity, Kind, Outcome, Side, Source
from planning.case.deidentify import (
    mapped_source,
    mapped_volume,
    nameless,
    new_key,
    require_silent_code,
)
from segmentation.errors import Refusal
from segmentation.face import may_show_face
from segmentation.finding import Finding, Severity
from segmentation.io.header import ImageReferences, PatientHeader, SeriesHeader
from segmentation.volume import Volume

PHANTOM_ISSUER: Final = "TASRIF-PHANTOM"
CODE_LENGTH_MAX: Final = 64


class LoadedSeries(Protocol):
    """What `segmentation.io.load` gives and a case is made of."""

    @property
    def volume(self) -> Volume:
        """The voxels."""

    @property
    def header(self) -> SeriesHeader:
        """What the series says about its patient and its making."""

    @property
    def outcome(self) -> str:
        """`plan_grade`, `view_only` or `refused`."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found on loading."""

    @property
    def regularised_mm(self) -> float | None:
        """The largest shift of a resampled volume, None for an untouched one."""

    @property
    def images(self) -> ImageReferences | None:
        """How the DICOM images of the series are named, None where there are none to name."""


def case_from_loaded(
    loaded: LoadedSeries, side: Side, code: str | None = None, *, is_deidentified: bool = False
) -> Case:
    """Return the case that begins with a loaded series.

    Parameters
    ----------
    loaded
        As the loader gave it; its outcome and findings go into the case.
    side
        The side to operate, declared by a person.
    code
        What the case is called on screen and on paper; None takes the patient id.
    is_deidentified
        Keep nothing of the person: `planning.case.deidentify` says what stays. The code must be
        given then, and may not speak of the patient.

    Returns
    -------
    Case
        Of kind simulation exactly when the patient's issuer is the phantoms' reserved one.

    Raises
    ------
    Refusal
        `case-from-refused`, `code-missing`, `code-unusable`, `privacy-code`.
    """
    outcome = Outcome(str(loaded.outcome))
    if outcome is Outcome.REFUSED:
        raise Refusal("case-from-refused")
    patient = loaded.header.patient
    if code is None and not is_deidentified:
        code = patient.patient_id
    code = usable_code(code or "")
    identity = _identity(patient, code)
    source, volume = _source(loaded, outcome), loaded.volume
    if is_deidentified:
        require_silent_code(code, identity)
        source = mapped_source(_with_face(source, loaded), source.uid_key)
        identity, volume = Identity(code), mapped_volume(volume, source.uid_key)
    is_phantom = patient.issuer == PHANTOM_ISSUER
    return Case(
        CaseId(str(uuid.uuid4())),
        Kind.SIMULATION if is_phantom else Kind.CLINICAL,
        identity,
        side,
        source,
        volume,
    )


def usable_code(code: str) -> str:
    """Return `code` without outer blanks.

    Raises
    ------
    Refusal
        `code-missing` when nothing is left, `code-unusable` beyond 64 printable characters.
    """
    code = code.strip()
    if not code:
        raise Refusal("code-missing")
    if len(code) > CODE_LENGTH_MAX or not code.isprintable():
        raise Refusal("code-unusable", length_max=CODE_LENGTH_MAX)
    return code


def _identity(patient: PatientHeader, code: str) -> Identity:
    return Identity(
        code, patient.patient_id, patient.issuer, patient.name, patient.birth_date, patient.sex
    )


def _source(loaded: LoadedSeries, outcome: Outcome) -> Source:
    header = loaded.header
    return Source(
        header.series_uid,
        header.study_uid,
        header.study_date,
        header.modality,
        header.description,
        outcome,
        tuple(nameless(finding) for finding in loaded.findings),
        loaded.regularised_mm,
        loaded.images,
        new_key(),
    )


def _with_face(source: Source, loaded: LoadedSeries) -> Source:
    """Return the source with a warning where the voxels themselves may show who it is."""
    if not may_show_face(loaded.volume, loaded.header.body_part):
        return source
    face = Finding("privacy-face", Severity.WARN)
    return replace(source, findings=(*source.findings, face))
