"""The journal: what was done, when and by whom, each row bound to the one before by its hash.

It is autosave, undo beyond memory and audit trail in one. Undo and redo are rows too; nothing is
ever taken out.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from planning.case.bricks import Unreadable
from planning.case.case import Case
from planning.case.codec import Json, MaskOf, canonical, parse, unpack, unpack_edit
from planning.case.edits import Edit, done
from planning.case.timeline import Timeline
from segmentation.errors import Refusal

NO_ROW = "0" * 64


class Act(StrEnum):
    """What a row records."""

    CREATE = "create"
    DO = "do"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal.

    Attributes
    ----------
    row
        Its number, from 1 without gaps.
    previous
        SHA-256 of the row before in hex, 64 zeros for the first.
    at
        When, ISO 8601 in UTC.
    person, program, version
        Who did it, with which release of the program, in which version of the schema.
    act, title
        What happened; the title is the step's, in English.
    edits
        For `do`: each edit's type and fields, units in the field names, masks as keys.
    hashes
        For `create`: the SHA-256 of each record and of the list of voxel slabs.
    """

    row: int
    previous: str
    at: str
    person: str
    program: str
    version: int
    act: Act
    title: str
    edits: tuple[dict[str, Json], ...] = ()
    hashes: dict[str, Json] | None = None

    def body(self) -> bytes:
        """Return the row as canonical JSON: what is stored and hashed."""
        data: dict[str, Json] = {
            name: getattr(self, name)
            for name in ("row", "previous", "at", "person", "program", "version", "act", "title")
        }
        data["edits"] = list(self.edits)
        data["hashes"] = self.hashes or {}
        return canonical(data)

    @property
    def sha256(self) -> str:
        """The hash of the row's bytes, in hex."""
        return hashlib.sha256(self.body()).hexdigest()


def read_entry(body: bytes) -> Entry:
    """Return the row in `body`; Unreadable when it is none."""
    data = parse(body)
    edits, hashes = data.pop("edits", None), data.pop("hashes", None)
    if not isinstance(edits, list) or not isinstance(hashes, dict):
        raise Unreadable("not a row")
    if not all(isinstance(edit, dict) for edit in edits):
        raise Unreadable("not a row")
    head = unpack(Entry, data)
    return Entry(
        head.row,
        head.previous,
        head.at,
        head.person,
        head.program,
        head.version,
        head.act,
        head.title,
        tuple(edits),
        hashes,
    )


def chained(rows: Iterable[tuple[int, bytes, bytes]]) -> Iterator[Entry]:
    """Give the entries of (row, sha256, body) in order, each checked against the one before.

    Raises
    ------
    Unreadable
        At the first row that was changed, moved, cut out or put in.
    """
    previous = NO_ROW
    for number, (row, sha256, body) in enumerate(rows, start=1):
        entry = read_entry(body)
        own = hashlib.sha256(body).hexdigest()
        if (row, entry.row, entry.previous, own) != (number, number, previous, sha256.hex()):
            raise Unreadable(f"row {number}")
        if (entry.act is Act.CREATE) != (number == 1):
            raise Unreadable(f"row {number}")
        previous = own
        yield entry


def edits_of(entry: Entry, mask_of: MaskOf) -> tuple[Edit, ...]:
    """Return the entry's edits; Unreadable when one is not of the closed set."""
    return tuple(unpack_edit(edit, mask_of) for edit in entry.edits)


def replayed(timeline: Timeline, entry: Entry, mask_of: MaskOf) -> Timeline:
    """Return the timeline after `entry`.

    Raises
    ------
    Unreadable
        When the entry cannot follow what came before it.
    """
    if entry.act is Act.CREATE:
        return timeline
    if entry.act is Act.DO:
        edits = edits_of(entry, mask_of)
        try:
            case = applied(timeline.case, edits)
        except Refusal as error:
            raise Unreadable(f"row {entry.row}") from error
        return timeline.did(entry.title, edits, case)
    step = timeline.done if entry.act is Act.UNDO else timeline.undone
    if step is None:
        raise Unreadable(f"row {entry.row}")
    return timeline.undid() if entry.act is Act.UNDO else timeline.redid()


def applied(case: Case, edits: Iterable[Edit]) -> Case:
    """Return the case after all edits."""
    for edit in edits:
        case = done(edit, case)
    return case
