"""Encapsulated STL: a surface inside a DICOM object, with its unit and its frame of reference."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from segmentation.errors import Refusal
from segmentation.io.cielab import srgb
from segmentation.io.dicom_object import items, person, read_object, readable, words
from segmentation.io.meshes.incoming import Incoming, Part
from segmentation.io.meshes.source import Source
from segmentation.io.meshes.stl import decode

STL_CLASS: Final = "1.2.840.10008.5.1.4.1.1.104.3"
UNIT_OF_UCUM: Final = {"mm": "mm", "cm": "cm", "m": "m"}


@dataclass(frozen=True, slots=True, eq=False)
class StlObject:
    """What an Encapsulated STL object says; texts are empty where it is silent."""

    study_uid: str
    patient_id: str
    person: tuple[str, str]
    colour: str
    incoming: Incoming


def read_encapsulated_stl(path: Path) -> StlObject:
    """Return the surface of an Encapsulated STL object, its numbers in the unit that it codes.

    Refused: what `read_object` and `read_mesh` refuse; `stl-object-not-one`, `stl-object-frame`
    (no frame of reference), `stl-object-unit` for a unit other than mm, cm or m.
    """
    dataset = read_object(path)
    with readable(path.name):
        if str(dataset.get("SOPClassUID", "")) != STL_CLASS:
            raise Refusal("stl-object-not-one", file=path.name)
        frame_uid = words(dataset, "FrameOfReferenceUID")
        if not frame_uid:
            raise Refusal("stl-object-frame", file=path.name)
        coded = items(dataset, "MeasurementUnitsCodeSequence")
        unit = words(coded[0], "CodeValue") if coded else ""
        if unit not in UNIT_OF_UCUM:
            raise Refusal("stl-object-unit", file=path.name, unit=unit or "-")
        body = bytes(dataset.EncapsulatedDocument)
        length = int(dataset.get("EncapsulatedDocumentLength") or len(body))
        if not 0 < length <= len(body):
            raise ValueError(length)
        mesh = decode(Source(BytesIO(body[:length]), path.name, length))
        title = words(dataset, "DocumentTitle") or words(dataset, "SeriesDescription")
        lab = [int(part) for part in dataset.get("RecommendedDisplayCIELabValue") or ()]
        parts = (Part(title or path.stem, mesh, is_named=bool(title)),)
        # The standard has the points in the frame of reference: LPS.
        incoming = Incoming("dicom-stl", parts, "LPS", UNIT_OF_UCUM[unit], True, frame_uid)
        return StlObject(
            study_uid=words(dataset, "StudyInstanceUID"),
            patient_id=words(dataset, "PatientID"),
            person=person(dataset),
            colour=srgb(lab),
            incoming=incoming,
        )
