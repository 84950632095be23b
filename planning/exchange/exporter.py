"""What every exporter is: a name, how it expresses each kind of plan item, and how it writes."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol

from planning.case.case import Case, Identity, Kind, Segment
from planning.exchange.words import English, Words
from planning.measures.surfaces import Surfaces
from segmentation.progress import Progress, silent


class Need(StrEnum):
    """What costs time to make and is made only for exporters that declare it."""

    PLAN = "plan"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True, eq=False)
class Handover:
    """What an exporter may read.

    Attributes
    ----------
    case
        The case; a sealed one is handed over as it was sealed.
    plan
        The canonical bytes of the plan document that this export carries; for a draft empty
        unless an exporter of this export needs it (`Need.PLAN`).
    is_draft
        Whether it must say DRAFT: not sealed, or no key.
    surfaces
        Accepted surfaces, kept between exporters.
    pictures
        PNG bytes by name, drawn by the window's painters.
    words
        The language of what people read.
    has_identity
        Whether DICOM objects and the report shall name the patient; without it they bear the
        case's code.
    kept
        What one destination has made and another needs too, by all that it was made from; it
        lives as long as one export.
    """

    case: Case
    plan: bytes
    is_draft: bool
    surfaces: Surfaces = field(default_factory=Surfaces)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    progress: Progress = silent
    words: Words = field(default_factory=English)
    has_identity: bool = False
    kept: dict[Hashable, object] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """The word for files: `draft` or `sealed`."""
        return "draft" if self.is_draft else "sealed"

    @property
    def person(self) -> Identity | None:
        """Who shall be named; None unless that was asked for."""
        return self.case.identity if self.has_identity else None

    @property
    def marks(self) -> tuple[str, ...]:
        """What every mesh must say: DRAFT, SIM, both or neither."""
        is_simulation = self.case.kind is Kind.SIMULATION
        return ("DRAFT",) * self.is_draft + ("SIM",) * is_simulation


@dataclass(frozen=True, slots=True)
class Written:
    """One file that was written and read back by other code.

    Attributes
    ----------
    path
        Relative to the exporter's folder, with forward slashes.
    frame, unit
        Such as "LPS" and "mm"; "" for what has none.
    written_by, read_by
        The code on either side, with its version.
    error_mm, allowed_mm
        The largest difference between what was meant and what was read; None without geometry.
    """

    path: str
    frame: str
    unit: str
    written_by: str
    read_by: str
    error_mm: float | None
    allowed_mm: float | None


class Exporter(Protocol):
    """One destination; the registry is `planning.exchange.EXPORTERS`.

    `expresses` says for each kind of plan item how it gets there ("" for not at all, on purpose,
    for the reason in `left_out`); a kind that is missing refuses the export (HAZ-27). `title` and
    `purpose` are msgids. `needs` says what must be made before it writes.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    purpose: ClassVar[str]
    expresses: ClassVar[Mapping[str, str]]
    left_out: ClassVar[Mapping[str, str]]
    needs: ClassVar[frozenset[Need]]

    def require(self, case: Case) -> None:
        """Refuse a case that this destination can't be given, before anything is made for it."""
        return  # most take any case

    def segments(self, case: Case) -> tuple[Segment, ...]:
        """Return the segments that go there: those with voxels, only they have a body."""
        return tuple(segment for segment in case.segments if not segment.mask.is_empty)

    def write(self, handover: Handover, folder: Path) -> tuple[Written, ...]:
        """Write into the empty `folder`, read everything back, and return what was written.

        Raises
        ------
        Refusal
            When something can't be expressed or doesn't come back as it was meant.
        """
