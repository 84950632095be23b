"""A phantom as a case to practise on: segments are its true labels, and it stays a simulation."""

import uuid
from typing import Final

from planning.case.case import (
    Case,
    CaseId,
    Identity,
    Kind,
    Outcome,
    Segment,
    SegmentId,
    Side,
    Source,
)
from planning.phantoms.phantom import NAMESPACE, Phantom
from planning.phantoms.write import series_header

# order of use; ivory stays for the bone in question
COLOURS: Final = (
    "#E6D3A8",
    "#47D7D9",
    "#D8AA00",
    "#0A975E",
    "#DD3B10",
    "#F36AA2",
    "#586FDB",
    "#FAFF65",
)
SEGMENTS: Final[dict[str, tuple[int, ...]]] = {
    "shoulder": (1, 2, 3, 4, 5, 6),
    "lumbar": (24, 23, 22, 21, 20, 30, 25, 31),
    "abdomen": (40, 41, 42, 43, 50, 55, 10, 18),
}
SIDES: Final = {"shoulder": Side.LEFT, "lumbar": Side.NONE, "abdomen": Side.LEFT}


def practice_case(phantom: Phantom) -> Case:
    """Return the case of a phantom; the same phantom gives the same ids."""
    header = series_header(phantom)
    labels = {label.index: label for label in phantom.labels}
    wanted = [labels[index] for index in SEGMENTS[phantom.name] if index in labels]
    segments = tuple(
        Segment(SegmentId(_id(phantom, label.name)), label.name, label.mask, colour)
        for label, colour in zip(wanted, COLOURS, strict=False)
    )
    patient = header.patient
    code = f"PHANTOM-{phantom.name.upper()}"
    return Case(
        id=CaseId(_id(phantom, "case")),
        kind=Kind.SIMULATION,
        identity=Identity(code, patient.patient_id, patient.issuer, patient.name, "", patient.sex),
        side=SIDES[phantom.name],
        source=Source(
            series_uid=header.series_uid,
            study_uid=header.study_uid,
            study_date=header.study_date,
            modality=header.modality,
            description=header.description,
            outcome=Outcome.PLAN_GRADE,
        ),
        volume=phantom.volume,
        segments=segments,
    )


def _id(phantom: Phantom, role: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{phantom.uid('case')}/{role}"))
