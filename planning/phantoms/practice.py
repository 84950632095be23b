"""A phantom as a case to practise on: segmented by its true labels, planned, a simulation for ever.

A segment's mask has no recipe, for no tool made it: the planner measures it as what it is, voxels
whose surface is known to half a voxel.
"""

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
from planning.model.item import ItemId
from planning.model.plan import Plan
from planning.phantoms.phantom import NAMESPACE, Label, Phantom
from planning.phantoms.practice_plan import practice_plan
from planning.phantoms.practice_plan_nerve import NERVE, nerve_mask
from planning.phantoms.write import series_header
from segmentation.io.dicom_writer import references

IVORY, DARK_IVORY, CYAN, GREY = "#E6D3A8", "#CDB98A", "#47D7D9", "#7C8490"
ARTERY, VEIN, HEPATIC, URETER = "#D9423A", "#4A74D9", "#586FDB", "#E0C04A"
NERVOUS: Final = "#E8D24F"
LIVER, KIDNEY, TUMOUR = "#B9745E", "#C98A6B", "#F36AA2"
GLASS: Final = 0.25
# What the operation is about has a colour of its own; what only lies beside it is grey.
# Index of the label, colour, opacity, in the order of the list.
SEGMENTS: Final[dict[str, tuple[tuple[int, str, float], ...]]] = {
    "shoulder": (
        (1, IVORY, 1.0), (2, CYAN, 1.0),
        (3, GREY, 1.0), (4, GREY, 1.0), (5, GREY, 1.0), (6, GREY, 1.0),
    ),
    "lumbar": (
        (24, IVORY, 1.0), (23, DARK_IVORY, 1.0), (22, IVORY, 1.0), (21, DARK_IVORY, 1.0),
        (20, IVORY, 1.0),
        (17, NERVOUS, 1.0), (10, ARTERY, GLASS), (18, VEIN, GLASS),
        (30, GREY, 1.0), (25, GREY, 1.0), (31, GREY, 1.0),
    ),
    "abdomen": (
        (40, LIVER, GLASS), (41, TUMOUR, 1.0), (42, VEIN, 1.0), (43, HEPATIC, 1.0),
        (50, KIDNEY, 0.5), (55, TUMOUR, 1.0), (10, ARTERY, 1.0), (18, VEIN, 1.0),
        (53, ARTERY, 1.0), (54, VEIN, 1.0), (52, URETER, 1.0), (24, GREY, 1.0),
        (23, GREY, 1.0), (22, GREY, 1.0), (4, GREY, 1.0),
    ),
}  # fmt: skip
SIDES: Final = {"shoulder": Side.LEFT, "lumbar": Side.NONE, "abdomen": Side.LEFT}


def practice_case(phantom: Phantom) -> Case:
    """Return the case of a phantom, segmented and planned; the same phantom gives the same ids."""
    header = series_header(phantom)
    segments = _segments(phantom)
    by_name = {segment.name: segment.id for segment in segments}
    items = practice_plan(phantom, by_name, lambda name: ItemId(_id(phantom, name)))
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
            images=references(phantom.volume, header),
        ),
        volume=phantom.volume,
        segments=segments,
        plan=Plan(items),
    )


def _segments(phantom: Phantom) -> tuple[Segment, ...]:
    labels = {label.index: label for label in phantom.labels}
    segments = [
        _segment(phantom, labels[index], colour, opacity_ratio)
        for index, colour, opacity_ratio in SEGMENTS[phantom.name]
        if index in labels
    ]
    if phantom.name == "shoulder":
        id_ = SegmentId(_id(phantom, NERVE))
        segments.insert(2, Segment(id_, NERVE, nerve_mask(phantom), NERVOUS))
    return tuple(segments)


def _segment(phantom: Phantom, label: Label, colour: str, opacity_ratio: float) -> Segment:
    id_ = SegmentId(_id(phantom, label.name))
    return Segment(id_, label.name, label.mask, colour, opacity_ratio=opacity_ratio)


def _id(phantom: Phantom, role: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{phantom.uid('case')}/{role}"))
