"""The case: one frozen value that holds everything a restart must bring back."""

from dataclasses import dataclass, field
from enum import Flag, StrEnum, auto
from typing import NewType

from planning.case.reason import Reason
from planning.case.seal import Seal
from planning.case.withdrawal import Withdrawal
from planning.model.item import SegmentId as SegmentId  # noqa: PLC0414 - told on
from planning.model.plan import Plan
from segmentation.finding import Finding
from segmentation.io.header import ImageReferences
from segmentation.io.outcome import Outcome as Outcome  # noqa: PLC0414 - told on
from segmentation.mask import BitMask
from segmentation.volume import Volume

CaseId = NewType("CaseId", str)


class Kind(StrEnum):
    """Whether a case is a patient's or made for practice; it never changes (HAZ-38)."""

    CLINICAL = "clinical"
    SIMULATION = "simulation"


class Side(StrEnum):
    """The side to operate, as declared by a person."""

    LEFT = "L"
    RIGHT = "R"
    BOTH = "both"
    NONE = "none"


class Status(StrEnum):
    """How far the work on a segment is, as a person says it."""

    TO_DO = "to do"
    DONE = "done"
    REVIEWED = "reviewed"


class Touched(Flag):
    """What an edit changed; viewers redraw only that."""

    NOTHING = 0
    STUDY = auto()
    VOLUME = auto()
    SEGMENTS = auto()
    SEGMENT_LOOK = auto()
    PLAN = auto()
    REVIEW = auto()
    EVERYTHING = STUDY | VOLUME | SEGMENTS | SEGMENT_LOOK | PLAN | REVIEW


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the patient is. This record is the only place of a name; dates are ISO 8601 or empty."""

    code: str
    patient_id: str = ""
    issuer: str = ""
    name: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the volume came from and what was found when it was loaded.

    `regularised_mm` is the largest shift of a resampled volume, None for an untouched one;
    `images` name the DICOM images it came from, None where there are none to name.
    `uid_key` (hex, "" in older files) is what UIDs are hashed with, never handed over;
    `is_deidentified` says that all UIDs here are hashed and nothing of the person was kept.
    """

    series_uid: str
    study_uid: str
    study_date: str
    modality: str
    description: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    regularised_mm: float | None = None
    images: ImageReferences | None = None
    uid_key: str = ""
    is_deidentified: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A named mask with its look; identity is equality.

    `colour` is `#RRGGBB`, `opacity_ratio` 0 to 1. `recipe` names the tool and its parameters as
    JSON text, empty for a mask that came from elsewhere. A locked segment keeps mask, name and
    code. `code` says what it is (`planning.case.terminology`), empty where its name tells.
    """

    id: SegmentId
    name: str
    mask: BitMask
    colour: str
    is_visible: bool = True
    opacity_ratio: float = 1.0
    recipe: str = ""
    status: Status = Status.TO_DO
    is_locked: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Everything about one patient's plan. Edits make new cases; nothing is changed in place.

    `is_sealed` says that the last of `seals` is of the plan as it is now; an edit of what a seal
    covers makes the next draft. `withdrawals` name sealed versions that are not to be used.
    """

    id: CaseId
    kind: Kind
    identity: Identity
    side: Side
    source: Source
    volume: Volume
    segments: tuple[Segment, ...] = field(default=())
    plan: Plan = field(default=Plan())
    reasons: tuple[Reason, ...] = ()
    seals: tuple[Seal, ...] = ()
    is_sealed: bool = False
    withdrawals: tuple[Withdrawal, ...] = ()

    @property
    def version(self) -> int:
        """The plan's version: the sealed one, or the draft that comes after it."""
        return len(self.seals) + (0 if self.is_sealed else 1)

    @property
    def is_withdrawn(self) -> bool:
        """Whether the plan is sealed as it is now, and that version was withdrawn."""
        return self.is_sealed and self.withdrawal_of(self.version) is not None

    def withdrawal_of(self, version: int) -> Withdrawal | None:
        """Return the withdrawal of a version, None while it was not withdrawn."""
        return next((one for one in self.withdrawals if one.version == version), None)

    def segment(self, segment_id: SegmentId) -> Segment:
        """Return the segment with this id; KeyError when there is none."""
        for segment in self.segments:
            if segment.id == segment_id:
                return segment
        raise KeyError(segment_id)
