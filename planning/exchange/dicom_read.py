"""DICOM objects read back by pydicom's reader and plain numbers, and held against the case.

What a validator of the format doesn't look for: the frame of reference, a moved or turned frame,
units, names in another character set, numbers that are not the plan's, a surface outside the CT.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from planning.case.case import Segment
from planning.exchange.dicom_segments import numbered
from planning.exchange.dicom_study import Study, as_label
from planning.exchange.read_back import (
    ALLOWED_MM,
    differs,
    float32_allowed_mm,
    largest_mm,
    require_within,
)
from planning.model.item import Item
from segmentation.mesh import Mesh

UTF8: Final = "ISO_IR 192"
RIGHT_ANGLE: Final = 1e-6
TRACKING_NAME, TRACKING_UID = "112039", "112040"
FACET: Final = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")])
STL_HEAD_BYTES: Final = 84
Places = list[NDArray[np.float64]]


def read_object(path: Path, study: Study) -> Dataset:
    """Return an object whose study, patient, description and character set are as meant."""
    read, who = dcmread(path), study.patient()
    meant = {element.keyword: element.value for element in who}
    meant |= {"SeriesDescription": study.description, "SpecificCharacterSet": UTF8}
    for keyword, value in meant.items():
        if str(read.get(keyword)) != str(value):
            raise differs(path.name, keyword)
    frame_uid = study.case.volume.grid.frame_uid
    if read.get("FrameOfReferenceUID", frame_uid) != frame_uid:
        raise differs(path.name, "FrameOfReferenceUID")
    return read


def segmentation_error_mm(path: Path, study: Study) -> float:
    """Return how far a voxel of the object lies from the grid's, every voxel being the mask's."""
    read, case = read_object(path, study), study.case
    _require_frame(read, path.name)
    segments = numbered(case.segments)
    for number, item in zip(segments, read.SegmentSequence, strict=True):
        said = item.SegmentNumber, item.SegmentLabel, str(item.SegmentDescription)
        name = segments[number].name
        if said != (number, as_label(name), name.rstrip()):
            raise differs(path.name, f"SegmentSequence {number}")
    found = dict.fromkeys(segments, 0)
    places: set[tuple[int, int]] = set()
    error_mm = 0.0
    for at, frame in enumerate(read.PerFrameFunctionalGroupsSequence):
        number = int(frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        k, off_mm = _slice_of(read, frame, study)
        error_mm = max(error_mm, off_mm)
        plane = frame_bits(read, at)
        if not 0 <= k < len(study.slice_uids) or (number, k) in places:
            raise differs(path.name, f"frame {at + 1}")
        kji = np.array([(k, j, i) for j, i in np.argwhere(plane)]).reshape(-1, 3)
        if not segments[number].mask.holds(kji).all() or _source_of(frame) != study.slice_uids[k]:
            raise differs(path.name, f"frame {at + 1}")
        places.add((number, k))
        found[number] += len(kji)
    if found != {number: one.mask.voxels for number, one in segments.items()}:
        raise differs(path.name, "voxels")
    return require_within(path.name, error_mm, ALLOWED_MM)


def frame_bits(read: Dataset, at: int) -> NDArray[np.bool_]:
    """Return one frame of a BINARY object, [j, i]; frames may begin within a byte."""
    shape = int(read.Rows), int(read.Columns)
    size = shape[0] * shape[1]
    first, last = at * size, (at + 1) * size
    raw = np.frombuffer(read.PixelData[first // 8 : -(-last // 8)], np.uint8)
    bits = np.unpackbits(raw, bitorder="little")[first % 8 :][:size]
    return bits.reshape(shape).astype(bool)


def _require_frame(read: Dataset, name: str) -> None:
    """Refuse an object without frame of reference and axes that are not two at a right angle."""
    if not read.get("FrameOfReferenceUID"):
        raise differs(name, "FrameOfReferenceUID")
    axes = _axes(read)
    if np.abs(axes @ axes.T - np.eye(3)).max() > RIGHT_ANGLE or np.linalg.det(axes) < 0.0:
        raise differs(name, "ImageOrientationPatient")


def _axes(read: Dataset) -> NDArray[np.float64]:
    """Return the directions of a row, a column and the slices, in LPS, as rows."""
    shared = read.SharedFunctionalGroupsSequence[0]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, np.float64)
    row, column = cosines.reshape(2, 3)
    return np.stack([row, column, np.cross(row, column)])


def _slice_of(read: Dataset, frame: Dataset, study: Study) -> tuple[int, float]:
    """Return the slice at which a frame lies, and how far its corners lie from the slice's."""
    grid, axes = study.case.volume.grid, _axes(read)
    measures = read.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    down_mm, across_mm = (float(one) for one in measures.PixelSpacing)
    origin = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, np.float64)
    right, bottom = read.Columns - 1, read.Rows - 1
    corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)]
    stated = [origin + i * across_mm * axes[0] + j * down_mm * axes[1] for i, j in corners]
    k = round(float(grid.ijk(origin)[2]))
    meant = grid.lps_mm(np.array([(i, j, k) for i, j in corners]))
    return k, largest_mm(meant, stated)


def _source_of(frame: Dataset) -> str:
    """Return the instance UID of the image that a frame says it was made from, "" for none."""
    derivations = frame.get("DerivationImageSequence")
    if not derivations:
        return ""
    return str(derivations[0].SourceImageSequence[0].ReferencedSOPInstanceUID)


def surface_error_mm(path: Path, study: Study, mesh: Mesh) -> tuple[float, float]:
    """Return how far a corner of an encapsulated surface lies off, and what is allowed, in mm."""
    read, grid = read_object(path, study), study.case.volume.grid
    if "FrameOfReferenceUID" not in read or read.MeasurementUnitsCodeSequence[0].CodeValue != "mm":
        raise differs(path.name, "MeasurementUnitsCodeSequence")
    body = read.EncapsulatedDocument[: read.EncapsulatedDocumentLength]
    if len(body) != STL_HEAD_BYTES + FACET.itemsize * len(mesh.triangles):
        raise differs(path.name, f"{len(body)} bytes")
    corners = np.frombuffer(body, FACET, offset=STL_HEAD_BYTES)["corners"].astype(np.float64)
    ijk = grid.ijk(corners.reshape(-1, 3))
    if (ijk < -1.0).any() or (ijk > np.array(grid.shape_kji[::-1])).any():
        raise differs(path.name, "outside the CT")
    allowed_mm = float32_allowed_mm(mesh.points_lps_mm)
    error_mm = largest_mm(mesh.points_lps_mm[mesh.triangles], corners)
    return require_within(path.name, error_mm, allowed_mm), allowed_mm


def report_bytes_of(path: Path, study: Study) -> bytes:
    """Return the PDF that an object encapsulates."""
    read = read_object(path, study)
    return bytes(read.EncapsulatedDocument[: read.EncapsulatedDocumentLength])


def report_error_mm(path: Path, study: Study, meant: Sequence[Places]) -> tuple[float, float]:
    """Return how far a point of the SR document lies off, and what is allowed, in mm.

    `meant` are the points of each item, in the order of the plan. Groups go by their order too,
    items first: an item may bear a segment's name.
    """
    read = read_object(path, study)
    state = "COMPLETE" if study.document["seal"] else "PARTIAL"
    verified = "VERIFIED" if study.is_verified else "UNVERIFIED"
    if (read.CompletionFlag, read.VerificationFlag) != (state, verified):
        raise differs(path.name, "VerificationFlag")
    groups = list(_groups(read, study, path.name))
    things: list[Item | Segment] = [
        *study.case.plan.items,
        *numbered(study.case.segments).values(),
    ]
    if [name for name, _ in groups] != [one.name.rstrip() for one in things]:
        raise differs(path.name, "names")
    error_mm, everything = 0.0, [np.zeros(3)]
    places = [*meant, *([] for _ in range(len(things) - len(meant)))]
    for (name, group), thing, wanted in zip(groups, things, places, strict=True):
        if _numbers_in(group) != _numbers_of(thing, study):
            raise differs(path.name, name)
        points = [point for item in group for point in points_of(item)]
        error_mm = max(error_mm, largest_mm(np.array(wanted), np.array(points)))
        everything += wanted
    allowed_mm = float32_allowed_mm(everything)
    return require_within(path.name, error_mm, allowed_mm), allowed_mm


def points_of(item: Dataset) -> Places:
    """Return the points of a content item in patient coordinates; none for any other."""
    if item.ValueType != "SCOORD3D":
        return []
    flat: ArrayLike = item.GraphicData
    return list(np.array(flat, np.float64).reshape(-1, 3))


def walked(item: Dataset) -> Iterator[Dataset]:
    """Yield all items below a content item."""
    for inner in item.get("ContentSequence", ()):
        yield inner
        yield from walked(inner)


def concept(item: Dataset) -> str:
    """Return the code of what a content item is about."""
    code = item.ConceptNameCodeSequence[0]
    return str(code.get("CodeValue") or code.get("LongCodeValue"))


def _groups(read: Dataset, study: Study, file: str) -> Iterator[tuple[str, Sequence[Dataset]]]:
    """Yield each group of measurements: the name it is known by, and all that it holds."""
    frame_uid = study.case.volume.grid.frame_uid
    for outer in read.ContentSequence:
        for group in outer.get("ContentSequence", ()):
            names = [
                one for one in group.get("ContentSequence", ()) if concept(one) == TRACKING_NAME
            ]
            if not names:
                continue
            items = list(walked(group))
            for item in items:
                if points_of(item) and item.ReferencedFrameOfReferenceUID != frame_uid:
                    raise differs(file, "ReferencedFrameOfReferenceUID")
            yield str(names[0].TextValue), items


def _numbers_of(thing: Item | Segment, study: Study) -> list[float]:
    """Return the plan's numbers of an item or a segment, as a group holds them."""
    rows = study.document["measures"]
    stated = [
        float(row["value"])
        for row in rows
        if row["item"] == str(thing.id) and row["value"] is not None
    ]
    own = (getattr(thing, name, None) for name in ("margin_mm", "diameter_mm"))
    return stated + [float(one) for one in own if one is not None]


def _numbers_in(group: Sequence[Dataset]) -> list[float]:
    """Return the numbers that a group holds."""
    return [
        float(one.MeasuredValueSequence[0].FloatingPointValue)
        for one in group
        if one.ValueType == "NUM" and one.RelationshipType == "CONTAINS"
    ]
