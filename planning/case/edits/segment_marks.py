"""Edits of what a person notes about a segment: its status, its lock, what it is.

Status and lock don't end a seal: they change no voxel, no number and nothing that is handed over.
The code does: the plan document and the DICOM objects say it.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from planning.case.case import Case, SegmentId, Status, Touched
from planning.case.edits.edit import Edit
from planning.case.edits.segments import open_segment, segment_of, with_segment
from planning.case.terminology import coded


@dataclass(frozen=True, slots=True)
class SetSegmentStatus(Edit):
    """Note how far the work on a segment is; a locked one's status may be set too."""

    title: ClassVar[str] = "Set status"
    touches: ClassVar[Touched] = Touched.SEGMENT_LOOK
    keeps_seal: ClassVar[bool] = True
    segment_id: SegmentId
    status: Status

    def apply(self, case: Case) -> Case:
        """Return the case with the status."""
        old = segment_of(case, self.segment_id)
        if old.status is self.status:
            return case
        return with_segment(case, replace(old, status=self.status))

    def supersedes(self, earlier: Edit) -> bool:
        """Return True for an earlier status of the same segment."""
        return isinstance(earlier, SetSegmentStatus) and earlier.segment_id == self.segment_id


@dataclass(frozen=True, slots=True)
class LockSegment(Edit):
    """Lock a segment, so that nothing changes its mask, name or code, or open it again."""

    title: ClassVar[str] = "Lock or unlock"
    touches: ClassVar[Touched] = Touched.SEGMENT_LOOK
    keeps_seal: ClassVar[bool] = True
    segment_id: SegmentId
    is_locked: bool

    def apply(self, case: Case) -> Case:
        """Return the case with the lock set or taken off."""
        old = segment_of(case, self.segment_id)
        if old.is_locked == self.is_locked:
            return case
        return with_segment(case, replace(old, is_locked=self.is_locked))


@dataclass(frozen=True, slots=True)
class SetSegmentCode(Edit):
    """Say what a segment is by a term of the terminology; empty leaves it to its name."""

    title: ClassVar[str] = "Set code"
    touches: ClassVar[Touched] = Touched.SEGMENT_LOOK
    segment_id: SegmentId
    code: str

    def apply(self, case: Case) -> Case:
        """Return the case with the code; refuse one that the terminology doesn't hold."""
        if segment_of(case, self.segment_id).code == self.code:
            return case
        if self.code:
            coded(self.code)
        return with_segment(case, replace(open_segment(case, self.segment_id), code=self.code))

    def supersedes(self, earlier: Edit) -> bool:
        """Return True for an earlier code of the same segment."""
        return isinstance(earlier, SetSegmentCode) and earlier.segment_id == self.segment_id
