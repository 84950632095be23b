"""Edits against their own sentences: what they change, what they refuse, how they combine."""

import pytest

from planning.case.case import Side, Touched
from planning.case.edits import (
    EDITS,
    AddSegment,
    RemoveSegment,
    RenameSegment,
    ReorderSegments,
    ReplaceMask,
    SetSegmentLook,
    SetSide,
    coalesced,
)
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from tests.planning.case.making import random_mask, segment, state, tiny_case

BONE, SKIN = segment("bone", 1), segment("skin", 2)


@pytest.fixture
def case():
    return tiny_case(segments=(BONE, SKIN))


def test_every_edit_has_a_title_and_touches_something():
    assert all(edit.title and edit.touches is not Touched.NOTHING for edit in EDITS)
    assert len({edit.__name__ for edit in EDITS}) == len(EDITS)


def test_edits_leave_the_case_they_were_given_as_it_was(case):
    before = state(case)
    edits = (
        AddSegment(segment("lung")),
        ReplaceMask(BONE.id, random_mask(9), "{}"),
        RemoveSegment(BONE.id),
        RenameSegment(BONE.id, "humerus"),
        SetSegmentLook(BONE.id, colour="#000000", is_visible=False, opacity_ratio=0.5),
        ReorderSegments((SKIN.id, BONE.id)),
        SetSide(Side.RIGHT),
    )
    assert {type(edit) for edit in edits} == set(EDITS)
    for edit in edits:
        assert state(edit.apply(case)) != before
        assert state(case) == before


def test_a_new_mask_keeps_name_and_look_and_notes_its_recipe(case):
    mask = random_mask(5)
    changed = ReplaceMask(BONE.id, mask, '{"tool":"islands"}').apply(case).segment(BONE.id)
    assert changed.mask is mask
    assert changed.recipe == '{"tool":"islands"}'
    assert (changed.name, changed.colour) == (BONE.name, BONE.colour)


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
    ],
)
def test_edits_refuse_what_the_case_does_not_allow(case, edit, code):
    with pytest.raises(Refusal) as refused:
        edit.apply(case)
    assert refused.value.code == code


def test_a_gesture_keeps_only_what_it_ended_with(case):
    stroke = [ReplaceMask(BONE.id, random_mask(seed)) for seed in range(5)]
    assert coalesced(stroke) == (stroke[-1],)
    other = ReplaceMask(SKIN.id, random_mask(7))
    assert coalesced([stroke[0], other, stroke[1]]) == (stroke[0], other, stroke[1])
    fade = SetSegmentLook(BONE.id, opacity_ratio=0.5)
    hide = SetSegmentLook(BONE.id, is_visible=False)
    assert coalesced([fade, hide]) == (fade, hide)
    both = SetSegmentLook(BONE.id, is_visible=True, opacity_ratio=0.2)
    assert coalesced([hide, both]) == (both,)
    assert coalesced([SetSide(Side.RIGHT), SetSide(Side.LEFT)]) == (SetSide(Side.LEFT),)
