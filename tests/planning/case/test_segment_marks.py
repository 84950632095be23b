"""Status, lock and code of a segment: what they keep from happening, and what they leave alone."""

from dataclasses import replace

import pytest

from planning.case.case import Status
from planning.case.edits import (
    AddSegment,
    LockSegment,
    RemoveSegment,
    RenameSegment,
    ReorderSegments,
    ReplaceMask,
    SetSegmentCode,
    SetSegmentLook,
    SetSegmentStatus,
    coalesced,
)
from planning.case.history import History
from segmentation.errors import Refusal
from tests.planning.case.making import random_mask, segment, state, tiny_case

BONE, SKIN = segment("bone", 1), segment("skin", 2)
LEFT_FEMUR = "71341001:272741003=7771000"


@pytest.fixture
def locked():
    return tiny_case(segments=(replace(BONE, is_locked=True), SKIN))


@pytest.mark.parametrize(
    "edit",
    [
        ReplaceMask(BONE.id, random_mask(9)),
        RemoveSegment(BONE.id),
        RenameSegment(BONE.id, "humerus"),
        SetSegmentCode(BONE.id, LEFT_FEMUR),
    ],
    ids=lambda edit: type(edit).__name__,
)
def test_a_locked_segment_refuses_every_change_of_what_it_is(locked, edit):
    with pytest.raises(Refusal) as refused:
        edit.apply(locked)
    assert (refused.value.code, refused.value.values) == ("segment-locked", {"segment": "bone"})
    unlocked = LockSegment(BONE.id, is_locked=False).apply(locked)
    assert state(edit.apply(unlocked)) != state(unlocked)


@pytest.mark.parametrize(
    "edit",
    [
        SetSegmentLook(BONE.id, opacity_ratio=0.5),
        SetSegmentStatus(BONE.id, Status.REVIEWED),
        ReorderSegments((SKIN.id, BONE.id)),
        ReplaceMask(SKIN.id, random_mask(9)),
        LockSegment(BONE.id, is_locked=False),
    ],
    ids=lambda edit: type(edit).__name__,
)
def test_a_locked_segment_may_be_looked_at_and_judged(locked, edit):
    assert state(edit.apply(locked)) != state(locked)


def test_a_step_that_meets_a_lock_is_taken_back_whole(locked):
    history = History(locked)

    def step():
        with history.gesture("Split"):
            history.do(ReplaceMask(SKIN.id, random_mask(9)))
            history.do(ReplaceMask(BONE.id, random_mask(9)))

    with pytest.raises(Refusal, match="segment-locked"):
        step()
    assert history.case is locked
    assert history.undo_title is None


def test_a_review_is_of_the_mask_that_was_reviewed():
    case = tiny_case(segments=(replace(BONE, status=Status.REVIEWED), SKIN))
    after = ReplaceMask(BONE.id, random_mask(9)).apply(case)
    assert after.segments[0].status is Status.DONE
    history = History(case)
    history.do(ReplaceMask(BONE.id, random_mask(9)))
    history.undo()
    assert history.case.segments[0].status is Status.REVIEWED
    kept = ReplaceMask(SKIN.id, random_mask(9)).apply(after)
    assert kept.segments[1].status is Status.TO_DO


@pytest.mark.parametrize("code", ["", "10200004", LEFT_FEMUR])
def test_a_code_of_the_terminology_is_taken_and_nothing_happens_twice(code):
    case = tiny_case(segments=(replace(BONE, code="272673000"),))
    after = SetSegmentCode(BONE.id, code).apply(case)
    assert after.segments[0].code == code
    assert SetSegmentCode(BONE.id, code).apply(after) is after


@pytest.mark.parametrize("code", ["1", "liver", "10200004:272741003=7771000", LEFT_FEMUR + "0"])
def test_a_code_that_the_terminology_does_not_hold_is_refused(code):
    case = tiny_case(segments=(BONE,))
    with pytest.raises(Refusal, match="segment-code-unknown"):
        SetSegmentCode(BONE.id, code).apply(case)
    with pytest.raises(Refusal, match="segment-code-unknown"):
        AddSegment(replace(SKIN, code=code)).apply(case)


def test_marks_of_an_unknown_segment_are_refused_and_the_same_ones_change_nothing(locked):
    for edit in (
        SetSegmentStatus("x", Status.DONE),
        LockSegment("x", is_locked=True),
        SetSegmentCode("x", ""),
    ):
        with pytest.raises(Refusal, match="segment-unknown"):
            edit.apply(locked)
    assert LockSegment(BONE.id, is_locked=True).apply(locked) is locked
    assert SetSegmentStatus(BONE.id, Status.TO_DO).apply(locked) is locked


def test_of_marks_in_a_row_the_last_of_a_kind_stays():
    one, two = SetSegmentStatus(BONE.id, Status.DONE), SetSegmentStatus(BONE.id, Status.REVIEWED)
    first, last = SetSegmentCode(BONE.id, ""), SetSegmentCode(BONE.id, LEFT_FEMUR)
    other = SetSegmentStatus(SKIN.id, Status.DONE)
    assert coalesced([one, two, first, last, other]) == (two, last, other)
