"""Segments of other programs into a case: bound by frame of reference and position.

Images that a file refers to may not exist any more; they are not asked for. What keeps a file out
is a frame of reference or a patient that is another one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from planning.case.case import Case, Identity
from planning.case.deidentify import is_silent, mapped_uid
from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.io.incoming_segments import (
    NAME_LENGTH_MAX,
    NO_FRAME,
    Candidate,
    SegmentFile,
    open_segments,
)
from segmentation.io.mesh_units import MM_PER_UNIT, Reading
from segmentation.mask import BitMask
from segmentation.progress import Progress, share, silent

TOOL: Final = "bring-in"
NAMELESS: Final = "segment"
CANCELLING: Final = frozenset({"mesh-shells", "contours-crossing"})
LEFT_OUT: Final = {
    "mesh-open": "brought-left-open",
    "brought-empty": "brought-left-empty",
    "brought-cancelled": "brought-left-empty",
    "mesh-elsewhere": "brought-left-elsewhere",
    "mesh-size-asked": "brought-left-size",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for: which labels (none: all), under which name, in which unit.

    Attributes
    ----------
    only
        The labels of the file that are wanted.
    into
        The name of the segment to make, or whose mask is replaced; for one segment only.
    unit
        `mm`, `cm` or `m` for surfaces, empty to take what the file says.
    """

    only: tuple[str, ...] = ()
    into: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """One segment on the case's grid, with the recipe (JSON) that says where it came from."""

    name: str
    colour: str
    mask: BitMask
    recipe: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Brought:
    """What came in; `findings` are about the file as a whole."""

    arrivals: tuple[Arrival, ...]
    findings: tuple[Finding, ...]

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Every finding once, the file's first."""
        every = [*self.findings]
        for arrival in self.arrivals:
            every += [finding for finding in arrival.findings if finding not in every]
        return tuple(every)


def bring(case: Case, path: Path, wish: Wish, progress: Progress = silent) -> Brought:
    """Return the segments of a file on the case's grid; the case stays as it is.

    Of several surfaces those that are open, elsewhere or of an unlikely size are left out with a
    finding; alone, or asked for by name, they are refused. A case without the person takes no name
    that is the file's own or speaks of the patient the file names. Refused: what `open_segments`
    refuses; `brought-label-unknown`, `brought-into-many`, `brought-unit`, `brought-frame`,
    `brought-frame-missing`, `brought-patient`, `brought-empty`, `brought-cancelled`,
    `brought-nothing`.
    """
    if wish.unit and wish.unit not in MM_PER_UNIT:
        raise Refusal("brought-unit", unit=wish.unit, known=", ".join(MM_PER_UNIT))
    file = open_segments(path, Reading(wish.unit))
    chosen = _chosen(file, wish, path.name)
    _expect_frame(chosen, case, path.name)
    findings = [*_identity(file, case, path.name)]
    is_lenient = len(chosen) > 1 and not wish.only
    arrivals: list[Arrival] = []
    taken = {segment.name for segment in case.segments} - {wish.into}
    for n, candidate in enumerate(chosen):
        part = share(progress, n / len(chosen), (n + 1) / len(chosen))
        try:
            arrival = _arrived(candidate, case, file, wish, part)
        except Refusal as refusal:
            if not is_lenient or refusal.code not in LEFT_OUT:
                raise
            values = {"name": candidate.name}
            findings.append(Finding(LEFT_OUT[refusal.code], Severity.WARN, values))
            continue
        name = _free_name(arrival.name, taken)
        taken.add(name)
        arrivals.append(replace(arrival, name=name))
    if not arrivals:
        raise Refusal("brought-nothing", file=path.name)
    return Brought(tuple(arrivals), tuple(findings))


def _chosen(file: SegmentFile, wish: Wish, name: str) -> Sequence[Candidate]:
    """Return the candidates that are wanted."""
    known = ", ".join(file.names)[:200] or "-"
    for label in wish.only:
        if label not in file.names:
            raise Refusal("brought-label-unknown", label=label, file=name, known=known)
    chosen = [one for one in file.candidates if not wish.only or one.name in wish.only]
    if not chosen:
        raise Refusal("brought-nothing", file=name)
    if wish.into and len(chosen) > 1:
        raise Refusal("brought-into-many", count=len(chosen), known=known)
    return chosen


def _expect_frame(chosen: Sequence[Candidate], case: Case, name: str) -> None:
    """Refuse segments of another frame of reference; a surface may name none."""
    for candidate in chosen:
        uid = candidate.frame_uid
        if uid == NO_FRAME:
            raise Refusal("brought-frame-missing", file=name, name=candidate.name)
        if uid and not _is_same(uid, case.volume.grid.frame_uid, case):
            raise Refusal("brought-frame", file=name, name=candidate.name)


def _is_same(uid: str, own: str, case: Case) -> bool:
    """Return whether a file's UID is the case's, or was it before the case lost its identity."""
    key = case.source.uid_key
    return uid == own or bool(key and mapped_uid(uid, key) == own)


def _identity(file: SegmentFile, case: Case, name: str) -> Sequence[Finding]:
    """Return what differs in patient and study; refuse where both do.

    The frame of reference is the same, or the file names none. One of them differing is what a
    copy without identity, or a second study in one frame, looks like: it is told. Both differing
    is another patient.
    """
    own_id = case.identity.patient_id
    is_other_patient = bool(file.patient_id and own_id and file.patient_id != own_id)
    study_uid = file.study_uid
    is_other_study = bool(study_uid and not _is_same(study_uid, case.source.study_uid, case))
    if is_other_patient and is_other_study:
        raise Refusal("brought-patient", file=name)
    findings = []
    if is_other_patient:
        findings.append(Finding("brought-other-id", Severity.WARN))
    if is_other_study:
        findings.append(Finding("brought-other-study", Severity.WARN))
    return findings


def _arrived(
    candidate: Candidate, case: Case, file: SegmentFile, wish: Wish, progress: Progress
) -> Arrival:
    """Return one segment on the case's grid; refuse one without a voxel there."""
    made = candidate.place(case.volume.grid, progress)
    if made.mask.is_empty:
        is_cancelled = any(finding.code in CANCELLING for finding in made.findings)
        raise Refusal("brought-cancelled" if is_cancelled else "brought-empty", name=candidate.name)
    name, findings = wish.into or candidate.name, made.findings
    if not wish.into and not _may_keep_its_name(candidate, case, file):
        name = NAMELESS
        findings = (*findings, Finding("brought-name-withheld", Severity.WARN))
    settings: dict[str, object] = {
        "format": file.format,
        "shift_mm": round(made.shift_mm, 4),
        "findings": [finding.code for finding in made.findings],
    }
    if not case.source.is_deidentified:
        settings["sha256"] = file.sha256  # would lead back to the file, and so to the patient
    if wish.unit:
        settings["unit"] = wish.unit
    recipe = json.dumps([{"tool": TOOL, "set": settings}], sort_keys=True, separators=(",", ":"))
    return Arrival(name, candidate.colour, made.mask, recipe, findings)


def _may_keep_its_name(candidate: Candidate, case: Case, file: SegmentFile) -> bool:
    """Return whether a label says nothing of a person whom the case does not know."""
    if not case.source.is_deidentified:
        return True
    name, born = file.person
    who = Identity("", file.patient_id, "", name, born)
    return candidate.is_named and is_silent(candidate.name, who)


def _free_name(name: str, taken: set[str]) -> str:
    """Return `name`, with a number behind it when a segment is called so already."""
    n, free = 1, name
    while free in taken:
        n += 1
        free = f"{name[: NAME_LENGTH_MAX - 6]} {n}"
    return free
