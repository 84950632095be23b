"""DICOM Segmentation objects: binary (also overlapping) and label maps, placed frame by frame.

A frame lies where its PlanePositionSequence says, never where it stands in the file. pydicom only,
so that it can read back what another library wrote.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import RLELossless

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.io.cielab import srgb
from segmentation.io.dicom_object import items, person, read_object, readable, reals, words
from segmentation.io.frame_stack import FrameStack, stacked

SEG_CLASSES: Final = frozenset(
    {"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"}
)  # Segmentation Storage, Label Map Segmentation Storage
FRAMES_MAX: Final = 200_000
SIDE_MAX: Final = 16_384
SEGMENTS_MAX: Final = 4096
VOXELS_MAX: Final = 1 << 31
PLACED: Final = (
    "PixelMeasuresSequence", "PlanePositionSequence", "PlaneOrientationSequence",
    "SegmentIdentificationSequence",
)  # fmt: skip

Bools = NDArray[np.bool_]


class Code(NamedTuple):
    """A coded meaning: value, coding scheme, words."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True, slots=True, eq=False)
class SegSegment:
    """One segment of a file.

    `voxels` [k, j, i] are dense over `grid`, which is cut to the segment's own box (one voxel that
    is not set for a segment without any). `colour` is `#RRGGBB` or empty.
    """

    number: int
    label: str
    category_code: Code
    type_code: Code
    colour: str
    voxels: Bools
    grid: Grid

    @property
    def ml(self) -> float:
        """The volume of the voxels that are set, in millilitres."""
        return int(np.count_nonzero(self.voxels)) * self.grid.voxel_ml


@dataclass(frozen=True, slots=True, eq=False)
class SegFile:
    """What a SEG says; texts are empty where it is silent. `kind` is BINARY or LABELMAP."""

    kind: str
    frame_uid: str
    study_uid: str
    series_uid: str
    referenced_series_uid: str
    patient_id: str
    person: tuple[str, str]
    segments: tuple[SegSegment, ...]


class _Part(NamedTuple):
    """What is set of a frame, and the row and column where it begins."""

    j0: int
    i0: int
    voxels: Bools


@dataclass(frozen=True, slots=True)
class _Layout:
    """Frames of one size: how many, how stored, and where they lie."""

    name: str
    kind: str
    frames_n: int
    rows: int
    columns: int
    bits: int
    stack: FrameStack

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame of whole bytes."""
        return self.rows * self.columns * self.bits // 8


def read_seg(path: Path) -> SegFile:
    """Return the segments of a DICOM SEG file, each on the grid that its frames span.

    A fractional one is taken where all its values are 0 or the maximum. Refused: what
    `read_object` refuses; `seg-not-a-seg`, `seg-frame-missing` (no frame of reference),
    `seg-fractional`, `seg-too-large`, `seg-pixels-missing`, `seg-segment-unknown`,
    `seg-frame-twice`, `seg-frames-contradict` (all frames say one thing and one of them another),
    `frames-uneven`, `frames-turned`, `dicom-object-broken`.
    """
    dataset = read_object(path)
    with readable(path.name):
        if str(dataset.get("SOPClassUID", "")) not in SEG_CLASSES:
            raise Refusal("seg-not-a-seg", file=path.name)
        frame_uid = str(dataset.get("FrameOfReferenceUID") or "")
        if not frame_uid:
            raise Refusal("seg-frame-missing", file=path.name)
        layout = _layout(dataset, path.name)
        described = _described(dataset, path.name)
        pixels = _pixels(dataset, layout)
        found = _frames_by_segment(dataset, layout, pixels, described)
        segments = _segments(described, found, layout, frame_uid)
    return SegFile(
        kind=layout.kind,
        frame_uid=frame_uid,
        study_uid=words(dataset, "StudyInstanceUID"),
        series_uid=words(dataset, "SeriesInstanceUID"),
        referenced_series_uid=_referenced(dataset),
        patient_id=words(dataset, "PatientID"),
        person=person(dataset),
        segments=segments,
    )


def _referenced(dataset: Dataset) -> str:
    series = items(dataset, "ReferencedSeriesSequence")
    return words(series[0], "SeriesInstanceUID") if series else ""


def _layout(dataset: Dataset, name: str) -> _Layout:
    """Return how the frames are stored, held to caps before anything is made for them."""
    frames_n = int(dataset.get("NumberOfFrames") or 1)
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    groups = items(dataset, "PerFrameFunctionalGroupsSequence")
    is_sound = 1 <= frames_n <= FRAMES_MAX and 1 <= rows <= SIDE_MAX and 1 <= columns <= SIDE_MAX
    if not is_sound or frames_n != len(groups):
        raise Refusal("dicom-object-broken", file=name)
    shared = (items(dataset, "SharedFunctionalGroupsSequence") or [Dataset()])[0]
    for keyword in PLACED:
        said = items(shared, keyword)
        if said and any(items(group, keyword) not in ([], said) for group in groups):
            raise Refusal("seg-frames-contradict", file=name)
    stack = stacked([_placed(group, shared) for group in groups], name)
    if stack.depth * rows * columns > VOXELS_MAX:
        size = stack.depth * rows * columns
        raise Refusal("seg-too-large", file=name, voxels=size, limit=VOXELS_MAX)
    kind = str(dataset.SegmentationType)
    bits = int(dataset.BitsAllocated)
    if (kind, bits) not in {("BINARY", 1), ("FRACTIONAL", 8), ("LABELMAP", 8), ("LABELMAP", 16)}:
        raise Refusal("dicom-object-broken", file=name)
    return _Layout(name, kind, frames_n, rows, columns, bits, stack)


def _group(frame: Dataset, shared: Dataset, keyword: str) -> Dataset:
    """Return a functional group of a frame, its own before the shared one."""
    found = items(frame, keyword) or items(shared, keyword)
    if not found:
        raise ValueError(keyword)
    return found[0]


def _placed(frame: Dataset, shared: Dataset) -> tuple[NDArray[np.float64], ...]:
    """Return position, orientation, pixel spacing and the stated steps (NaN if none)."""
    measures = _group(frame, shared, "PixelMeasuresSequence")
    steps = [
        float(reals(measures, keyword, 1)[0]) if measures.get(keyword) is not None else np.nan
        for keyword in ("SpacingBetweenSlices", "SliceThickness")
    ]
    return (
        reals(_group(frame, shared, "PlanePositionSequence"), "ImagePositionPatient", 3),
        reals(_group(frame, shared, "PlaneOrientationSequence"), "ImageOrientationPatient", 6),
        reals(measures, "PixelSpacing", 2),
        np.array(steps),
    )


def _described(dataset: Dataset, name: str) -> dict[int, Dataset]:
    """Return the segments that the file describes, by number; a background is none."""
    listed = items(dataset, "SegmentSequence")
    numbers = [int(item.SegmentNumber) for item in listed]
    if not 1 <= len(listed) <= SEGMENTS_MAX or len(set(numbers)) != len(numbers):
        raise Refusal("dicom-object-broken", file=name)
    return {number: item for number, item in zip(numbers, listed, strict=True) if number > 0}


def _pixels(dataset: Dataset, layout: _Layout) -> NDArray[np.uint8]:
    """Return the stored bytes of all frames one after the other."""
    if "PixelData" not in dataset:
        raise Refusal("seg-pixels-missing", file=layout.name)
    if dataset.file_meta.TransferSyntaxUID == RLELossless:
        if layout.bits == 1:
            raise Refusal("dicom-object-syntax", file=layout.name, syntax=str(RLELossless))
        total = layout.frames_n * layout.frame_bytes
        if total > VOXELS_MAX:
            raise Refusal("seg-too-large", file=layout.name, voxels=total, limit=VOXELS_MAX)
        decoded = pixel_array(dataset, raw=True)
        return np.ascontiguousarray(decoded).reshape(-1).view(np.uint8)
    stored = np.frombuffer(dataset.PixelData, np.uint8)
    bits = layout.frames_n * layout.rows * layout.columns * layout.bits
    if not (bits + 7) // 8 <= len(stored) <= (bits + 7) // 8 + 1:
        raise Refusal("seg-pixels-missing", file=layout.name)
    return stored


def _frame(pixels: NDArray[np.uint8], layout: _Layout, n: int) -> NDArray[Any]:
    """Return frame `n` (rows, columns) as it is stored: bits as booleans, else numbers."""
    size = layout.rows * layout.columns
    if layout.bits == 1:
        first = n * size
        part = pixels[first // 8 : (first + size + 7) // 8]
        bits = np.unpackbits(part, bitorder="little")[first % 8 : first % 8 + size]
        return bits.view(np.bool_).reshape(layout.rows, layout.columns)
    part = pixels[n * layout.frame_bytes : (n + 1) * layout.frame_bytes]
    return part.view(f"<u{layout.bits // 8}").reshape(layout.rows, layout.columns)


def _frames_by_segment(
    dataset: Dataset, layout: _Layout, pixels: NDArray[np.uint8], described: dict[int, Dataset]
) -> dict[int, dict[int, _Part]]:
    """Return the frames that are not empty, by segment number and slice k of the stack."""
    found: dict[int, dict[int, _Part]] = {}
    total = 0
    for number, k, frame in _flat(dataset, layout, pixels):
        if number not in described:
            raise Refusal("seg-segment-unknown", file=layout.name, number=number)
        slices = found.setdefault(number, {})
        if k in slices:
            raise Refusal("seg-frame-twice", file=layout.name, number=number, frame=k + 1)
        slices[k] = _cropped(frame)
        # Labels that are strewn about have boxes far larger than the frames that hold them.
        total += slices[k].voxels.size
        if total > VOXELS_MAX:
            raise Refusal("seg-too-large", file=layout.name, voxels=total, limit=VOXELS_MAX)
    return found


def _flat(
    dataset: Dataset, layout: _Layout, pixels: NDArray[np.uint8]
) -> Iterator[tuple[int, int, Bools]]:
    """Give segment number, slice k and mask of each frame that says something."""
    shared = (items(dataset, "SharedFunctionalGroupsSequence") or [Dataset()])[0]
    groups = items(dataset, "PerFrameFunctionalGroupsSequence")
    padding = int(dataset.get("PixelPaddingValue") or 0)
    maximum = int(dataset.get("MaximumFractionalValue") or 0)
    seen = set[int]()
    for n, k in enumerate(layout.stack.k_of_frame):
        frame = _frame(pixels, layout, n)
        if layout.kind == "LABELMAP":
            if k in seen:
                raise Refusal("seg-frame-twice", file=layout.name, number=0, frame=n + 1)
            seen.add(k)
            for number in np.unique(frame):
                if number not in (0, padding):
                    yield int(number), k, frame == number
            continue
        if layout.kind == "FRACTIONAL":
            if maximum < 1 or not np.isin(frame, (0, maximum)).all():
                raise Refusal("seg-fractional", file=layout.name)
            frame = frame == maximum
        named = _group(groups[n], shared, "SegmentIdentificationSequence")
        yield int(named.ReferencedSegmentNumber), k, frame


def _segments(
    described: dict[int, Dataset], found: dict[int, dict[int, _Part]], layout: _Layout, uid: str
) -> tuple[SegSegment, ...]:
    """Return all segments, their boxes together held to the cap."""
    made: list[SegSegment] = []
    total = 0
    for number, item in described.items():
        made.append(_segment(item, found.pop(number, {}), layout, uid))
        total += made[-1].voxels.size
        if total > VOXELS_MAX:
            raise Refusal("seg-too-large", file=layout.name, voxels=total, limit=VOXELS_MAX)
    return tuple(made)


def _segment(
    item: Dataset, slices: dict[int, _Part], layout: _Layout, frame_uid: str
) -> SegSegment:
    """Return one segment, dense over its own box."""
    voxels, start_kji = _dense(slices, layout)
    number = int(item.SegmentNumber)
    return SegSegment(
        number=number,
        label=words(item, "SegmentLabel") or words(item, "SegmentDescription") or f"{number}",
        category_code=_code(item, "SegmentedPropertyCategoryCodeSequence"),
        type_code=_code(item, "SegmentedPropertyTypeCodeSequence"),
        colour=srgb([int(part) for part in item.get("RecommendedDisplayCIELabValue") or ()]),
        voxels=voxels,
        grid=layout.stack.grid(start_kji, voxels.shape, frame_uid),
    )


def _dense(slices: dict[int, _Part], layout: _Layout) -> tuple[Bools, tuple[int, int, int]]:
    """Return the voxels of a segment's box, and where in the stack it begins."""
    held = {k: part for k, part in slices.items() if part.voxels.size}
    if not held:
        return np.zeros((1, 1, 1), bool), (0, 0, 0)
    k0, k1 = min(held), max(held) + 1
    j0, i0 = min(part.j0 for part in held.values()), min(part.i0 for part in held.values())
    j1 = max(part.j0 + part.voxels.shape[0] for part in held.values())
    i1 = max(part.i0 + part.voxels.shape[1] for part in held.values())
    voxels = np.zeros((k1 - k0, j1 - j0, i1 - i0), bool)
    for k, part in held.items():
        rows, columns = part.voxels.shape
        voxels[k - k0, part.j0 - j0 :][:rows, part.i0 - i0 :][:, :columns] = part.voxels
    return voxels, (k0, j0, i0)


def _cropped(frame: Bools) -> _Part:
    """Return what is set of a frame, of size 0 for an empty one."""
    rows = np.flatnonzero(frame.any(axis=1)).tolist()
    if not rows:
        return _Part(0, 0, np.zeros((0, 0), bool))
    j0, j1 = rows[0], rows[-1] + 1
    columns = np.flatnonzero(frame[j0:j1].any(axis=0)).tolist()
    i0, i1 = columns[0], columns[-1] + 1
    return _Part(j0, i0, frame[j0:j1, i0:i1].copy())


def _code(item: Dataset, keyword: str) -> Code:
    """Return the first code of a sequence, empty texts where there is none."""
    found = (items(item, keyword) or [Dataset()])[0]
    value = words(found, "CodeValue") or words(found, "LongCodeValue")
    return Code(value, words(found, "CodingSchemeDesignator"), words(found, "CodeMeaning"))
