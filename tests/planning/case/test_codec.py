"""The journal's words: every edit there and back, and nothing else accepted."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.case.bricks import Unreadable
from planning.case.case import Case, Identity, Side, Source, Status
from planning.case.codec import canonical, pack, pack_edit, parse, unpack, unpack_edit
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
)
from planning.case.reason import Reason
from planning.case.seal import Seal
from planning.case.withdrawal import Withdrawal
from planning.model.plan import KINDS, Plan
from segmentation.finding import Finding
from segmentation.grid import Grid
from tests.planning.case.making import items, random_mask, segment, tiny_case
from tests.planning.model.making import items_strategy, points

MASKS = {"k1": random_mask(1), "k2": random_mask(2)}
text = st.text(max_size=20)
key = st.sampled_from(sorted(MASKS))
edits = st.one_of(
    st.builds(
        lambda name, k: AddSegment(type(S)(S.id, name, MASKS[k], S.colour, False, 0.25, "{}")),
        text,
        key,
    ),
    st.builds(lambda name, k, step: StepMask(name, MASKS[k], step), text, key, text),
    st.builds(lambda name, k, recipe: ReplaceMask(name, MASKS[k], recipe), text, key, text),
    st.builds(RemoveSegment, text),
    st.builds(RenameSegment, text, text),
    st.builds(
        SetSegmentLook,
        text,
        st.none() | text,
        st.none() | st.booleans(),
        st.none() | st.floats(0, 1),
    ),
    st.builds(ReorderSegments, st.lists(text, max_size=4).map(tuple)),
    st.builds(SetSegmentStatus, text, st.sampled_from(Status)),
    st.builds(LockSegment, text, st.booleans()),
    st.builds(SetSegmentCode, text, text),
    st.builds(SetSide, st.sampled_from(Side)),
    st.builds(AddItem, items_strategy(st.just("i"), st.just("é"))),
    st.builds(ReplaceItem, items_strategy(st.just("i"), st.just("a"))),
    st.builds(MovePoint, text, text, points),
    st.builds(RemoveItem, text),
    st.builds(GiveReason, st.builds(Reason, *[text] * 8)),
    st.builds(SealPlan, st.builds(Seal, st.integers(1, 9), *[text] * 8)),
    st.builds(WithdrawPlan, st.builds(Withdrawal, st.integers(1, 9), *[text] * 3)),
)
S = segment("s")
SEAL = Seal(1, "Dr A", "surgeon", "2026-01-02", "00" * 32, "{}", "00" * 64, "", "00" * 32)
PLAN_EDITS = {AddItem, ReplaceItem, MovePoint, RemoveItem}
REVIEW_EDITS = {GiveReason, SealPlan, WithdrawPlan}
SCREW = pack(items()[3])


def key_of(mask):
    return next(name for name, other in MASKS.items() if other is mask)


@given(edits)
def test_every_edit_comes_back_as_it_was(edit):
    body = canonical(pack_edit(edit, key_of))
    again = unpack_edit(parse(body), MASKS.__getitem__)
    assert type(again) is type(edit)
    assert canonical(pack_edit(again, key_of)) == body
    if type(edit) in PLAN_EDITS | REVIEW_EDITS:
        assert again == edit


def test_the_strategy_above_knows_every_edit():
    named = {AddSegment, ReplaceMask, RemoveSegment, RenameSegment, SetSegmentLook}
    named |= {StepMask, SetSegmentStatus, LockSegment, SetSegmentCode}
    assert named | {ReorderSegments, SetSide} | PLAN_EDITS | REVIEW_EDITS == set(EDITS)


def test_a_plan_comes_back_item_by_item():
    plan = Plan(items())
    assert {type(item) for item in plan.items} == set(KINDS)
    assert unpack(Plan, parse(canonical(pack(plan)))) == plan
    twice = {"items": [SCREW, SCREW]}
    with pytest.raises(Unreadable):
        unpack(Plan, twice)


def test_identity_source_and_grid_come_back_to_the_last_bit():
    case = tiny_case()
    assert unpack(Identity, parse(canonical(pack(case.identity)))) == case.identity
    source = unpack(Source, parse(canonical(pack(case.source))))
    assert source == case.source
    assert type(source.findings[0].values["n"]) is int
    assert type(source.findings[0].values["mm"]) is float
    grid = unpack(Grid, parse(canonical(pack(case.volume.grid))))
    assert np.array_equal(grid.origin_lps_mm, case.volume.grid.origin_lps_mm)
    assert np.array_equal(grid.direction, case.volume.grid.direction)
    assert grid.spacing_kji_mm == case.volume.grid.spacing_kji_mm


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"type": "SetSide"},
        {"type": "os.system", "fields": {}},
        {"type": "SetSide", "fields": {"side": "up"}},
        {"type": "SetSide", "fields": {"side": "L", "more": 1}},
        {"type": "SetSide", "fields": {}},
        {"type": "RenameSegment", "fields": {"segment_id": "a", "name": 1}},
        {"type": "SetSegmentLook", "fields": {"segment_id": "a", "opacity_ratio": True}},
        {"type": "SetSegmentLook", "fields": {"segment_id": "a", "is_visible": 1}},
        {"type": "ReorderSegments", "fields": {"segment_ids": "ab"}},
        {"type": "ReplaceMask", "fields": {"segment_id": "a", "mask": None}},
        {"type": "GiveReason", "fields": {"reason": {"text": "why"}}},
        {"type": "SealPlan", "fields": {"seal": {**pack(SEAL), "version": "1"}}},
        {"type": "AddItem", "fields": {"item": {}}},
        {"type": "AddItem", "fields": {"item": {**SCREW, "kind": "node"}}},
        {"type": "AddItem", "fields": {"item": {**SCREW, "kind": ["trajectory"]}}},
        {"type": "AddItem", "fields": {"item": {**SCREW, "kind": "landmark"}}},
        {"type": "AddItem", "fields": {"item": {**SCREW, "diameter_mm": 55.0}}},
        {"type": "AddItem", "fields": {"item": {**SCREW, "diameter_mm": float("nan")}}},
        {"type": "AddItem", "fields": {"item": {**SCREW, "entry_lps_mm": [1.0, 2.0]}}},
        {"type": "AddItem", "fields": {"item": {**SCREW, "segment_id": 3}}},
    ],
)
def test_what_is_no_edit_is_unreadable(data):
    with pytest.raises(Unreadable):
        unpack_edit(data, MASKS.get)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_unreadable(body):
    with pytest.raises(Unreadable):
        parse(body)


def test_a_field_with_a_default_may_be_missing_and_a_number_must_be_finite():
    assert unpack(Finding, {"code": "x"}) == Finding("x")
    with pytest.raises(ValueError, match="JSON"):
        canonical({"mm": float("nan")})
    grid = json.loads(canonical(pack(tiny_case().volume.grid)))
    grid["origin_lps_mm"][0] = float("inf")
    with pytest.raises(Unreadable):
        unpack(Grid, grid)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_stated_shift_is_a_number(number):
    source = pack(tiny_case().source)
    assert unpack(Source, source | {"regularised_mm": 0.5}).regularised_mm == 0.5
    with pytest.raises(Unreadable):
        unpack(Source, source | {"regularised_mm": number})


def test_a_value_without_a_place_in_a_file_is_a_bug():
    with pytest.raises(TypeError):
        pack({1, 2})
    with pytest.raises(TypeError):
        pack(random_mask(1))
    assert Case  # a case is never packed whole: identity, grid and voxels have their own records
