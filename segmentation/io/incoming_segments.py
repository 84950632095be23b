"""Segments of other programs, whatever file they come in: named, and ready to be laid on a grid."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from segmentation.errors import Refusal, Unavailable
from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.io.dicom_object import is_dicom, sop_class
from segmentation.io.dicom_seg import SEG_CLASSES, SegSegment, read_seg
from segmentation.io.encapsulated_stl import STL_CLASS, read_encapsulated_stl
from segmentation.io.mesh_units import Reading, assumptions, in_lps_mm, told
from segmentation.io.meshes.incoming import ENDINGS, Incoming, Part, read_incoming
from segmentation.io.rtstruct import RTSTRUCT_CLASS, Roi, read_rtstruct
from segmentation.placed import Placed, placed
from segmentation.progress import Progress
from segmentation.rasterise import rasterised
from segmentation.voxelise import voxelised

CHUNK: Final = 1 << 20
NAME_LENGTH_MAX: Final = 80
NO_FRAME: Final = "-"


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One segment that a file offers.

    `name` is one line of what can be seen, and never empty; `is_named` is False where it is the
    file's own. `colour` is `#RRGGBB` or empty; `frame_uid` is empty where no frame of reference
    need be named, and `NO_FRAME` where one is missing. `place(grid, progress)` lays it on a grid of
    that frame.
    """

    name: str
    colour: str
    frame_uid: str
    place: Callable[[Grid, Progress], Placed]
    is_named: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class SegmentFile:
    """What a file offers, and whose it says it is (texts are empty where it is silent).

    `person` is what the file calls the patient: name, then date of birth (ISO 8601).
    """

    format: str
    sha256: str
    study_uid: str
    patient_id: str
    candidates: tuple[Candidate, ...]
    person: tuple[str, str] = ("", "")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the segments, in the file's order."""
        return tuple(candidate.name for candidate in self.candidates)


def offers_segments(path: Path) -> bool:
    """Return whether a file may hold segments: by its ending, or a DICOM object by its class."""
    if path.suffix.lower().removeprefix(".") in ENDINGS:
        return path.is_file()
    if not path.is_file() or not is_dicom(path):
        return False
    try:
        return sop_class(path) in {*SEG_CLASSES, RTSTRUCT_CLASS, STL_CLASS}
    except Refusal:
        return False


def open_segments(path: Path, reading: Reading) -> SegmentFile:
    """Return what a SEG, RTSTRUCT, Encapsulated STL, STL, PLY, OBJ or GLB file offers.

    A DICOM object is known by its class, a surface by its ending. Refused: `segments-format` for
    anything else, and what the reader of the format refuses.
    """
    if not is_dicom(path):
        if path.suffix.lower().removeprefix(".") not in ENDINGS:
            raise Refusal("segments-format", file=path.name)
        incoming = read_incoming(path)
        surfaces = _surfaces(incoming, reading, "")
        return SegmentFile(incoming.format, _sha256(path), "", "", surfaces)
    kind = sop_class(path)
    if kind in SEG_CLASSES:
        return _of_seg(path)
    if kind == RTSTRUCT_CLASS:
        return _of_rtstruct(path)
    if kind == STL_CLASS:
        found = read_encapsulated_stl(path)
        surfaces = _surfaces(found.incoming, reading, found.colour)
        digest = _sha256(path)
        return SegmentFile(
            "dicom-stl", digest, found.study_uid, found.patient_id, surfaces, found.person
        )
    raise Refusal("segments-format", file=path.name)


def _of_seg(path: Path) -> SegmentFile:
    found = read_seg(path)

    def laid(segment: SegSegment, grid: Grid, progress: Progress) -> Placed:
        return placed(segment.voxels, segment.grid, grid, progress)

    candidates = tuple(
        Candidate(usable(one.label), one.colour, found.frame_uid, partial(laid, one))
        for one in found.segments
    )
    return SegmentFile(
        "dicom-seg", _sha256(path), found.study_uid, found.patient_id, candidates, found.person
    )


def _of_rtstruct(path: Path) -> SegmentFile:
    found = read_rtstruct(path)

    def drawn(roi: Roi, grid: Grid, progress: Progress) -> Placed:
        made = rasterised(roi.contours, grid, progress)
        left = Finding(
            "contours-left-out",
            Severity.WARN,
            {"count": sum(roi.left_out.values()), "kinds": ", ".join(sorted(roi.left_out))[:80]},
        )
        findings = (*made.findings, left) if roi.left_out else made.findings
        return Placed(made.mask, made.shift_mm, findings)

    candidates = tuple(
        Candidate(usable(roi.name), roi.colour, roi.frame_uid or NO_FRAME, partial(drawn, roi))
        for roi in found.rois
    )
    return SegmentFile(
        "rtstruct", _sha256(path), found.study_uid, found.patient_id, candidates, found.person
    )


def _surfaces(incoming: Incoming, reading: Reading, colour: str) -> tuple[Candidate, ...]:
    def solid(part: Part, grid: Grid, progress: Progress) -> Placed:
        mesh = in_lps_mm(part.mesh, incoming, reading, grid, usable(part.name))
        made = voxelised(mesh, grid, progress)
        looked = told(mesh, grid, is_mirrored=part.is_mirrored)
        findings = (*assumptions(incoming, reading, grid), *looked, *made.findings)
        return Placed(made.mask, made.shift_mm, findings)

    parts: Sequence[Part] = incoming.parts
    return tuple(
        Candidate(
            usable(part.name), colour, incoming.frame_uid, partial(solid, part), part.is_named
        )
        for part in parts
    )


def usable(name: str) -> str:
    """Return a label as a segment may be called: one line of what can be seen."""
    shown = "".join(character if character.isprintable() else " " for character in name)
    return " ".join(shown.split())[:NAME_LENGTH_MAX].strip() or "segment"


def _sha256(path: Path) -> str:
    """Return the hash of a file, read in pieces."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
    except OSError as error:
        raise Unavailable("dicom-object-unreadable", file=path.name) from error
    return digest.hexdigest()
