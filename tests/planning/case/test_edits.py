"""Edits against their own sentences: what they change, what they refuse, how they combine."""

from dataclasses import replace

import pytest

from planning.case.case import Side, Status, Touched
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
    coalesced,
)
from planning.case.reason import Reason
from planning.case.seal import Seal
from planning.case.withdrawal import Withdrawal
from planning.model.item import Input
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from tests.planning.case.making import items, place, random_mask, segment, state, tiny_case

BONE, SKIN = segment("bone", 1), segment("skin", 2)
MARK, WIDTH, TILT, SCREW, CUT, ZONE = items()
MIDDLE = MARK.point_lps_mm
REASON = Reason("near", SCREW.id, ZONE.id, "1.9 mm", "2.0 mm", "Wanted.", "Dr A", "2026-01-02")
SEAL = Seal(1, "Dr A", "surgeon", "2026-01-02", "00" * 32, "{}", "00" * 64, "", "00" * 32)
OFF_SCAN = (MIDDLE[0], MIDDLE[1], MIDDLE[2] + 3.5)


@pytest.fixture
def case():
    return tiny_case(segments=(BONE, SKIN))


@pytest.fixture
def planned(case):
    return replace(case, plan=Plan((SCREW, ZONE)))


def test_every_edit_has_a_title_and_touches_something():
    assert all(edit.title and edit.touches is not Touched.NOTHING for edit in EDITS)
    assert len({edit.__name__ for edit in EDITS}) == len(EDITS)


def test_edits_leave_the_case_they_were_given_as_it_was(planned):
    case = planned
    before = state(case)
    edits = (
        AddSegment(segment("lung")),
        ReplaceMask(BONE.id, random_mask(9), "{}"),
        RemoveSegment(SKIN.id),
        RenameSegment(BONE.id, "humerus"),
        SetSegmentLook(BONE.id, colour="#000000", is_visible=False, opacity_ratio=0.5),
        ReorderSegments((SKIN.id, BONE.id)),
        SetSegmentStatus(BONE.id, Status.DONE),
        LockSegment(BONE.id, is_locked=True),
        SetSegmentCode(BONE.id, "272673000"),
        SetSide(Side.RIGHT),
        AddItem(MARK),
        ReplaceItem(replace(SCREW, diameter_mm=4.5)),
        MovePoint(SCREW.id, "target_lps_mm", place(7)),
        RemoveItem(ZONE.id),
        GiveReason(REASON),
        SealPlan(SEAL),
    )
    assert {type(edit) for edit in edits} | {StepMask, WithdrawPlan} == set(EDITS)
    for edit in edits:
        assert state(edit.apply(case)) != before
        assert state(case) == before
    sealed = SealPlan(SEAL).apply(case)
    before = state(sealed)
    assert state(WithdrawPlan(Withdrawal(1, "Wrong.", "Dr A", "2026")).apply(sealed)) != before
    assert state(sealed) == before


def test_a_new_mask_keeps_name_and_look_and_notes_its_recipe(case):
    mask = random_mask(5)
    changed = ReplaceMask(BONE.id, mask, '{"tool":"islands"}').apply(case).segment(BONE.id)
    assert changed.mask is mask
    assert changed.recipe == '{"tool":"islands"}'
    assert (changed.name, changed.colour) == (BONE.name, BONE.colour)


def test_a_step_is_added_to_the_end_of_a_recipe(case):
    mask, first, step = random_mask(5), '[{"tool":"threshold"}]', '{"tool":"paint"}'
    before = ReplaceMask(BONE.id, random_mask(4), first).apply(case)
    before = SetSegmentStatus(BONE.id, Status.REVIEWED).apply(before)
    changed = StepMask(BONE.id, mask, step).apply(before).segment(BONE.id)
    assert changed.mask is mask
    assert before.segment(BONE.id).recipe == first
    assert changed.recipe == '[{"tool":"threshold"},{"tool":"paint"}]'
    assert changed.status is Status.DONE  # what was reviewed was another mask
    by_model = StepMask(BONE.id, mask, '{"tool":"model","made_by":{}}').apply(before)
    assert by_model.segment(BONE.id).status is Status.TO_DO


def test_edits_that_change_nothing_give_the_same_case(case):
    assert SetSide(Side.LEFT).apply(case) is case
    assert RenameSegment(BONE.id, "bone").apply(case) is case
    assert SetSegmentLook(BONE.id, colour=BONE.colour).apply(case) is case
    assert ReorderSegments((BONE.id, SKIN.id)).apply(case) is case


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (AddSegment(BONE), "segment-exists"),
        (RenameSegment(BONE.id, "skin"), "segment-name-taken"),
        (RenameSegment(BONE.id, "  "), "segment-name-unusable"),
        (RenameSegment(BONE.id, "a\nb"), "segment-name-unusable"),
        (RenameSegment(BONE.id, "x" * 81), "segment-name-unusable"),
        (RemoveSegment("nobody"), "segment-unknown"),
        (SetSegmentLook(BONE.id, colour="red"), "segment-colour-unusable"),
        (SetSegmentLook(BONE.id, opacity_ratio=1.01), "segment-opacity-outside"),
        (SetSegmentLook(BONE.id, opacity_ratio=float("nan")), "segment-opacity-outside"),
        (ReorderSegments((BONE.id,)), "segment-order-incomplete"),
        (ReorderSegments((BONE.id, BONE.id)), "segment-order-incomplete"),
        (ReplaceMask(BONE.id, BitMask.empty((5, 9, 71))), "mask-shape-differs"),
        (AddSegment(segment("wide", shape=(5, 9, 71))), "mask-shape-differs"),
        (StepMask(BONE.id, BitMask.empty((5, 9, 71)), "{}"), "mask-shape-differs"),
        (StepMask(BONE.id, random_mask(9), "{}"), "recipe-unreadable"),
    ],
)
def test_edits_refuse_what_the_case_does_not_allow(case, edit, code):
    with pytest.raises(Refusal) as refused:
        edit.apply(case)
    assert refused.value.code == code


def test_a_gesture_keeps_only_what_it_ended_with(case):
    stroke = [ReplaceMask(BONE.id, random_mask(seed)) for seed in range(5)]
    assert coalesced(stroke) == (stroke[-1],)
    steps = [StepMask(BONE.id, random_mask(seed), "{}") for seed in range(2)]
    assert coalesced([stroke[0], *steps]) == (stroke[0], *steps)  # each holds its own step
    assert coalesced([*steps, stroke[0]])[-1] is stroke[0]
    other = ReplaceMask(SKIN.id, random_mask(7))
    assert coalesced([stroke[0], other, stroke[1]]) == (stroke[0], other, stroke[1])
    fade = SetSegmentLook(BONE.id, opacity_ratio=0.5)
    hide = SetSegmentLook(BONE.id, is_visible=False)
    assert coalesced([fade, hide]) == (fade, hide)
    both = SetSegmentLook(BONE.id, is_visible=True, opacity_ratio=0.2)
    assert coalesced([hide, both]) == (both,)
    assert coalesced([SetSide(Side.RIGHT), SetSide(Side.LEFT)]) == (SetSide(Side.LEFT),)


def test_plan_edits_that_change_nothing_give_the_same_case(planned):
    assert ReplaceItem(SCREW).apply(planned) is planned
    assert MovePoint(SCREW.id, "entry_lps_mm", SCREW.entry_lps_mm).apply(planned) is planned


def test_a_plan_keeps_its_order_and_a_moved_point_forgets_the_proposal(planned):
    proposed = replace(SCREW, derived_from=(Input("id-bone", "ab"),))
    case = AddItem(MARK).apply(ReplaceItem(proposed).apply(planned))
    assert case.plan.items == (proposed, ZONE, MARK)
    case = MovePoint(SCREW.id, "entry_lps_mm", place(3)).apply(case)
    assert case.plan.items == (replace(SCREW, entry_lps_mm=place(3)), ZONE, MARK)
    assert RemoveItem(ZONE.id).apply(case).plan.items[1:] == (MARK,)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (AddItem(SCREW), "item-exists"),
        (AddItem(replace(SCREW, id="new")), "item-name-taken"),
        (AddItem(replace(SCREW, id="new", name="n", segment_id="nobody")), "item-segment-unknown"),
        (AddItem(replace(MARK, point_lps_mm=OFF_SCAN)), "item-outside-volume"),
        (ReplaceItem(MARK), "item-unknown"),
        (ReplaceItem(replace(MARK, id=SCREW.id)), "item-kind-differs"),
        (ReplaceItem(replace(SCREW, target_lps_mm=OFF_SCAN)), "item-outside-volume"),
        (MovePoint("nobody", "entry_lps_mm", MIDDLE), "item-unknown"),
        (MovePoint(SCREW.id, "apex_lps_mm", MIDDLE), "item-point-unknown"),
        (MovePoint(SCREW.id, "id", MIDDLE), "item-point-unknown"),
        (MovePoint(SCREW.id, "entry_lps_mm", OFF_SCAN), "item-outside-volume"),
        (MovePoint(SCREW.id, "entry_lps_mm", SCREW.target_lps_mm), "item-too-short"),
        (MovePoint(SCREW.id, "entry_lps_mm", (float("nan"),) * 3), "item-number-not-finite"),
        (RemoveItem("nobody"), "item-unknown"),
        (RemoveSegment(BONE.id), "item-needs-segment"),
    ],
)
def test_plan_edits_refuse_what_the_case_does_not_allow(planned, edit, code):
    with pytest.raises(Refusal) as refused:
        edit.apply(planned)
    assert refused.value.code == code


def test_a_point_may_lie_anywhere_in_the_outer_voxels_and_no_further(case):
    grid = case.volume.grid
    last = [n - 1 for n in grid.shape_kji[::-1]]
    for ijk in ([-0.5, 0, 0], [last[0] + 0.5, last[1] + 0.5, last[2] + 0.5]):
        inside = tuple(grid.lps_mm(ijk).tolist())
        assert AddItem(Landmark("i", "corner", inside)).apply(case).plan.items
    for ijk in ([-0.6, 0, 0], [0, last[1] + 0.6, 0], [0, 0, last[2] + 0.6]):
        with pytest.raises(Refusal) as refused:
            AddItem(Landmark("i", "off", tuple(grid.lps_mm(ijk).tolist()))).apply(case)
        assert refused.value.code == "item-outside-volume"


def test_a_drag_keeps_the_last_place_of_each_point():
    drag = [MovePoint(SCREW.id, "entry_lps_mm", place(seed)) for seed in range(4)]
    assert coalesced(drag) == (drag[-1],)
    tip = MovePoint(SCREW.id, "target_lps_mm", place(9))
    assert coalesced([drag[0], tip, drag[1]]) == (drag[0], tip, drag[1])
    whole = ReplaceItem(SCREW)
    assert coalesced([drag[0], whole, ReplaceItem(replace(SCREW, diameter_mm=4))])[0].item == (
        replace(SCREW, diameter_mm=4)
    )
    other = ReplaceItem(ZONE)
    assert coalesced([whole, other]) == (whole, other)


def test_a_trajectory_without_a_bone_needs_none(case):
    free = Trajectory("t", "wire", MIDDLE, place(2), 1.6)
    assert AddItem(free).apply(replace(case, segments=())).plan.items == (free,)
