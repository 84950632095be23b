"""RT Structure Sets: closed planar contours with their names and colours."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataelem import RawDataElement

from segmentation.errors import Refusal
from segmentation.io.dicom_object import items, person, read_object, readable, words

RTSTRUCT_CLASS: Final = "1.2.840.10008.5.1.4.1.1.481.3"
ROIS_MAX: Final = 4096
CONTOURS_MAX: Final = 1_000_000
POINTS_MAX: Final = 50_000_000
CLOSED: Final = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})
CONTOUR_DATA: Final = 0x30060050
NUMBER_BYTES_MAX: Final = 64
NUMBER_SIGNS: Final = b"0123456789+-.eE \\"

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Roi:
    """One structure: its closed contours, points (N, 3) in LPS mm of `frame_uid`.

    `colour` is `#RRGGBB` or empty; `left_out` counts what is no closed contour, by its kind
    (POINT, OPEN_PLANAR, ...).
    """

    number: int
    name: str
    colour: str
    frame_uid: str
    contours: tuple[Points, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class RtStruct:
    """What a structure set says; texts are empty where it is silent."""

    study_uid: str
    series_uid: str
    referenced_series_uid: str
    patient_id: str
    person: tuple[str, str]
    rois: tuple[Roi, ...]


def read_rtstruct(path: Path) -> RtStruct:
    """Return the structures of an RTSTRUCT file.

    Referenced images are not asked for: they may not exist any more, and contours lie where their
    points say. Refused: what `read_object` refuses; `rtstruct-not-one`, `rtstruct-too-large`,
    `rtstruct-contour-broken`, `rtstruct-number-twice` (which name a structure has would be a
    guess), `rtstruct-moved` (contours with an offset of their own), `dicom-object-broken`.
    """
    dataset = read_object(path)
    with readable(path.name):
        if str(dataset.get("SOPClassUID", "")) != RTSTRUCT_CLASS:
            raise Refusal("rtstruct-not-one", file=path.name)
        rois = _rois(dataset, path.name)
        return RtStruct(
            study_uid=words(dataset, "StudyInstanceUID"),
            series_uid=words(dataset, "SeriesInstanceUID"),
            referenced_series_uid=_referenced(dataset),
            patient_id=words(dataset, "PatientID"),
            person=person(dataset),
            rois=rois,
        )


def _referenced(dataset: Dataset) -> str:
    """Return the first series that a frame of reference of the file names."""
    for frame in items(dataset, "ReferencedFrameOfReferenceSequence"):
        for study in items(frame, "RTReferencedStudySequence"):
            for series in items(study, "RTReferencedSeriesSequence"):
                return words(series, "SeriesInstanceUID")
    return ""


def _rois(dataset: Dataset, name: str) -> tuple[Roi, ...]:
    """Return all structures that have something drawn."""
    listed = items(dataset, "StructureSetROISequence")
    described = {int(item.ROINumber): item for item in listed}
    if len(described) != len(listed):
        numbers = Counter(int(item.ROINumber) for item in listed)
        twice = next(number for number, count in numbers.items() if count > 1)
        raise Refusal("rtstruct-number-twice", file=name, number=twice)
    drawn = items(dataset, "ROIContourSequence")
    if len(described) > ROIS_MAX or len(drawn) > ROIS_MAX:
        raise Refusal("rtstruct-too-large", file=name, limit=ROIS_MAX)
    frames = items(dataset, "ReferencedFrameOfReferenceSequence")
    only = words(frames[0], "FrameOfReferenceUID") if len(frames) == 1 else ""
    rois, points_n = [], 0
    for item in drawn:
        number = int(item.ReferencedROINumber)
        roi = _roi(item, described[number], only, name)
        points_n += sum(len(points) for points in roi.contours)
        if points_n > POINTS_MAX:
            raise Refusal("rtstruct-too-large", file=name, limit=POINTS_MAX)
        rois.append(roi)
    return tuple(rois)


def _roi(item: Dataset, described: Dataset, only_frame_uid: str, name: str) -> Roi:
    """Return one structure."""
    drawn = items(item, "ContourSequence")
    if len(drawn) > CONTOURS_MAX:
        raise Refusal("rtstruct-too-large", file=name, limit=CONTOURS_MAX)
    kinds = [words(contour, "ContourGeometricType") for contour in drawn]
    closed = [c for c, kind in zip(drawn, kinds, strict=True) if kind in CLOSED]
    number = int(described.ROINumber)
    colour = [int(part) for part in item.get("ROIDisplayColor") or ()]
    has_colour = len(colour) == 3 and all(0 <= part <= 255 for part in colour)
    return Roi(
        number=number,
        name=words(described, "ROIName") or f"ROI {number}",
        colour="#{:02X}{:02X}{:02X}".format(*colour) if has_colour else "",
        frame_uid=words(described, "ReferencedFrameOfReferenceUID") or only_frame_uid,
        contours=tuple(_points(contour, name) for contour in closed),
        left_out=Counter(kind or "-" for kind in kinds if kind not in CLOSED),
    )


def _points(contour: Dataset, name: str) -> Points:
    """Return a contour's points (N, 3); refuse one whose numbers are not what it declares."""
    if any(float(part) for part in contour.get("ContourOffsetVector") or ()):
        raise Refusal("rtstruct-moved", file=name)
    # Raw text, as it came from the file: a list of objects takes fifty times as long.
    element: object = contour.get_item(CONTOUR_DATA)
    if not isinstance(element, RawDataElement):
        raise Refusal("rtstruct-contour-broken", file=name, numbers=0)
    text = (element.value or b"").rstrip(b" \0")
    parts = text.split(b"\\") if text else []
    # One long word would make an array of long words.
    if text.translate(None, NUMBER_SIGNS) or max(map(len, parts), default=0) > NUMBER_BYTES_MAX:
        raise Refusal("rtstruct-contour-broken", file=name, numbers=len(parts))
    numbers = np.array(parts, "S").astype(np.float64)
    declared = int(contour.get("NumberOfContourPoints") or len(numbers) // 3)
    if len(numbers) != 3 * declared or not np.isfinite(numbers).all():
        raise Refusal("rtstruct-contour-broken", file=name, numbers=len(numbers))
    return numbers.reshape(-1, 3)
