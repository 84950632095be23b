"""Reasons and seals: what ends a seal, what keeps it, and where undo stops."""

from dataclasses import replace

import pytest

from planning.case.case import Side, Status
from planning.case.edits import (
    EDITS,
    AddItem,
    AddSegment,
    GiveReason,
    LockSegment,
    MovePoint,
    RemoveItem,
    RemoveSegment,
    RenameSegment,
    ReorderSegments,
    ReplaceItem,
    ReplaceMask,
    SealPlan,
    SetSegmentCode,
    SetSegmentLook,
    SetSegmentStatus,
    SetSide,
    StepMask,
    WithdrawPlan,
    done,
)
from planning.case.edits.review import TEXT_LENGTH_MAX
from planning.case.file import create, open_case
from planning.case.history import History
from planning.case.reason import Reason
from planning.case.seal import Seal
from planning.model.plan import Plan
from segmentation.errors import Refusal
from tests.planning.case.making import items, place, random_mask, segment, state, tiny_case

BONE = replace(segment("bone", 1), recipe='[{"tool":"threshold"}]')
SKIN = segment("skin", 2)
MARK, _, _, SCREW, _, ZONE = items()
REASON = Reason("zone-near", SCREW.id, ZONE.id, "1.9 mm", "2.0 mm", "Wanted.", "Dr A", "2026-01-02")


def seal(version=1):
    zeros = "00" * 32
    return SealPlan(
        Seal(version, "Dr A", "surgeon", "2026-01-02", zeros, "{}", zeros * 2, "", zeros)
    )


def draft():
    return replace(tiny_case(segments=(BONE, SKIN)), plan=Plan((SCREW, ZONE)))


CHANGES = (
    AddSegment(segment("lung", 3)),
    ReplaceMask(BONE.id, random_mask(9)),
    StepMask(BONE.id, random_mask(9), "{}"),
    RemoveSegment(SKIN.id),
    RenameSegment(BONE.id, "humerus"),
    SetSegmentCode(BONE.id, "85050009"),
    SetSide(Side.RIGHT),
    AddItem(MARK),
    ReplaceItem(replace(SCREW, diameter_mm=4.5)),
    MovePoint(SCREW.id, "target_lps_mm", place(7)),
    RemoveItem(ZONE.id),
    GiveReason(REASON),
)
LOOKS = (
    SetSegmentLook(BONE.id, colour="#000000", is_visible=False, opacity_ratio=0.5),
    ReorderSegments((SKIN.id, BONE.id)),
    SetSegmentStatus(BONE.id, Status.REVIEWED),
    LockSegment(BONE.id, is_locked=True),
)


def test_the_lists_below_know_every_edit():
    assert {type(edit) for edit in (*CHANGES, *LOOKS, seal())} | {WithdrawPlan} == set(EDITS)


@pytest.mark.parametrize("edit", CHANGES, ids=lambda edit: type(edit).__name__)
def test_a_seal_ends_with_the_first_change_of_what_it_covers(edit):
    case = done(seal(), draft())
    assert case.is_sealed
    assert case.version == 1
    after = done(edit, case)
    assert not after.is_sealed
    assert after.version == 2
    assert after.seals == case.seals
    assert done(seal(2), after).version == 2


@pytest.mark.parametrize("edit", LOOKS, ids=lambda edit: type(edit).__name__)
def test_looks_keep_the_seal(edit):
    after = done(edit, done(seal(), draft()))
    assert after.is_sealed
    assert after.version == 1


@pytest.mark.parametrize(
    "edit",
    [SetSide(Side.LEFT), ReplaceItem(SCREW), RenameSegment(BONE.id, "bone")],
    ids=lambda edit: type(edit).__name__,
)
def test_an_edit_that_changes_nothing_keeps_the_seal(edit):
    case = done(seal(), draft())
    assert done(edit, case) is case


def test_a_reason_takes_the_place_of_the_one_for_the_same_finding():
    case = GiveReason(REASON).apply(draft())
    other = replace(REASON, code="bone-thin")
    again = replace(REASON, text="Better words.", found="1.8 mm")
    case = GiveReason(again).apply(GiveReason(other).apply(case))
    assert case.reasons == (other, again)


@pytest.mark.parametrize(
    "reason",
    [
        replace(REASON, text=" \n"),
        replace(REASON, by=""),
        replace(REASON, text="x" * (TEXT_LENGTH_MAX + 1)),
    ],
)
def test_a_reason_needs_words_and_a_person(reason):
    with pytest.raises(Refusal) as refused:
        GiveReason(reason).apply(draft())
    assert refused.value.code == "reason-empty"
    assert GiveReason(replace(REASON, text="x" * TEXT_LENGTH_MAX)).apply(draft()).reasons


def test_a_plan_is_sealed_once_and_in_order():
    with pytest.raises(Refusal) as refused:
        seal().apply(done(seal(), draft()))
    assert refused.value.code == "seal-again"
    for version in (0, 2):
        with pytest.raises(Refusal) as refused:
            seal(version).apply(draft())
        assert refused.value.code == "seal-version"


@pytest.mark.parametrize("is_reopened", [False, True])
def test_undo_stops_at_a_seal(tmp_path, is_reopened):
    """A change before the seal stays; one after it goes back to the sealed plan, no further."""
    path = tmp_path / "a.tasrif"
    history = History(create(path, draft()))
    history.do(AddItem(MARK))
    history.do(GiveReason(REASON))
    history.do(seal())
    sealed = state(history.case)
    assert history.undo_title is None
    assert not history.undo()
    history.do(MovePoint(SCREW.id, "target_lps_mm", place(7)))
    changed = state(history.case)
    if is_reopened:
        history.close()
        history = History(open_case(path))
    assert state(history.case) == changed
    assert not history.case.is_sealed
    assert history.undo()
    assert state(history.case) == sealed
    assert history.case.is_sealed
    assert not history.undo()
    assert state(history.case) == sealed
    assert history.redo()
    assert state(history.case) == changed
    history.close()


def test_a_sealed_case_comes_back_sealed_with_its_reasons(tmp_path):
    path = tmp_path / "a.tasrif"
    with create(path, draft()) as file:
        history = History(file)
        for edit in (GiveReason(REASON), seal(), LOOKS[0]):
            history.do(edit)
        history.flush()
    with open_case(path) as file:
        assert file.case.is_sealed
        assert file.case.reasons == (REASON,)
        assert file.case.seals == (seal().seal,)
        assert file.verify() == ()
        history = History(file)
        assert history.undo()
        assert file.case.is_sealed
        assert not history.undo()
        history.flush()
