"""The closed set of edits: what can happen to a case, in one tuple.

A new edit is one dataclass and one line here. Nothing changes a case but these.
"""

from typing import Final

from planning.case.edits.edit import Edit, coalesced, done
from planning.case.edits.plan import AddItem, MovePoint, RemoveItem, ReplaceItem
from planning.case.edits.review import GiveReason, SealPlan, WithdrawPlan
from planning.case.edits.segment_marks import LockSegment, SetSegmentCode, SetSegmentStatus
from planning.case.edits.segments import (
    AddSegment,
    RemoveSegment,
    RenameSegment,
    ReorderSegments,
    ReplaceMask,
    SetSegmentLook,
    StepMask,
)
from planning.case.edits.study import SetSide

__all__ = [
    "EDITS",
    "AddItem",
    "AddSegment",
    "Edit",
    "GiveReason",
    "LockSegment",
    "MovePoint",
    "RemoveItem",
    "RemoveSegment",
    "RenameSegment",
    "ReorderSegments",
    "ReplaceItem",
    "ReplaceMask",
    "SealPlan",
    "SetSegmentCode",
    "SetSegmentLook",
    "SetSegmentStatus",
    "SetSide",
    "StepMask",
    "WithdrawPlan",
    "coalesced",
    "done",
]

EDITS: Final[tuple[type[Edit], ...]] = (
    AddSegment,
    ReplaceMask,
    StepMask,
    RemoveSegment,
    RenameSegment,
    SetSegmentLook,
    ReorderSegments,
    SetSegmentStatus,
    LockSegment,
    SetSegmentCode,
    SetSide,
    AddItem,
    ReplaceItem,
    MovePoint,
    RemoveItem,
    GiveReason,
    SealPlan,
    WithdrawPlan,
)
