"""From a loaded series to a case: who, which side, clinical or practice."""

import uuid
from typing import Final, Protocol

from planning.case.case import Case, CaseId, Identity, Kind, Outcome, Side, Source
from segmentation.errors import Refusal
from segmentation.finding import Finding
from segmentation.io.header import PatientHeader, SeriesHeader
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
        Keep no name, patient id, issuer, birth date, sex nor free text of the series; then the
        code must be given.

    Returns
    -------
    Case
        Of kind simulation exactly when the patient's issuer is the phantoms' reserved one.

    Raises
    ------
    Refusal
        `case-from-refused`, `code-missing`, `code-unusable`.
    """
    outcome = Outcome(str(loaded.outcome))
    if outcome is Outcome.REFUSED:
        raise Refusal("case-from-refused")
    patient = loaded.header.patient
    identity = _identity(patient, code, is_deidentified=is_deidentified)
    is_phantom = patient.issuer == PHANTOM_ISSUER
    return Case(
        CaseId(str(uuid.uuid4())),
        Kind.SIMULATION if is_phantom else Kind.CLINICAL,
        identity,
        side,
        _source(loaded, outcome, is_deidentified=is_deidentified),
        loaded.volume,
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


def _identity(patient: PatientHeader, code: str | None, *, is_deidentified: bool) -> Identity:
    if is_deidentified:
        return Identity(usable_code(code or ""))
    return Identity(
        usable_code(patient.patient_id if code is None else code),
        patient.patient_id,
        patient.issuer,
        patient.name,
        patient.birth_date,
        patient.sex,
    )


def _source(loaded: LoadedSeries, outcome: Outcome, *, is_deidentified: bool) -> Source:
    header = loaded.header
    return Source(
        header.series_uid,
        header.study_uid,
        header.study_date,
        header.modality,
        # A free text may hold a name.
        "" if is_deidentified else header.description,
        outcome,
        tuple(loaded.findings),
        loaded.regularised_mm,
    )
