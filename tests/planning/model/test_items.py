"""Items hold their own rules: what they are made of, and what they refuse."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.landmark import Landmark
from planning.model.plan import KINDS, Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone, ZoneRule
from segmentation.errors import Refusal
from tests.planning.model.making import BONE, items_strategy, one_of_each, points

HERE, FAR = (0.0, 0.0, 0.0), (0.0, 0.0, 40.0)


def code_of(make):
    with pytest.raises(Refusal) as refused:
        make()
    return refused.value.code


def test_each_kind_has_its_word_and_its_points():
    items = one_of_each()
    assert {type(item) for item in items} == set(KINDS)
    assert len({kind.kind for kind in KINDS}) == len(KINDS)
    for item in items:
        named = {f.name for f in fields(item) if f.name.endswith("_lps_mm")}
        assert named == set(item.points)
        assert all(len(point) == 3 for point in item.places_lps_mm)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Landmark("", "a", HERE), "item-name-unusable"),
        (lambda: Landmark("i", " ", HERE), "item-name-unusable"),
        (lambda: Landmark("i", "a\nb", HERE), "item-name-unusable"),
        (lambda: Landmark("i", "x" * 81, HERE), "item-name-unusable"),
        (lambda: Landmark("i", "a", (0, 0)), "item-point-unusable"),
        (lambda: Landmark("i", "a", (0, 0, 10_001)), "item-point-unusable"),
        (lambda: Landmark("i", "a", (0, math.nan, 0)), "item-number-not-finite"),
        (lambda: Landmark("i", "a", (0, 0, math.inf)), "item-number-not-finite"),
        (lambda: Distance("i", "a", HERE, (0, 0, 0.009)), "item-too-short"),
        (lambda: Angle("i", "a", HERE, (0, 0, 0.09), FAR), "item-too-short"),
        (lambda: Angle("i", "a", FAR, HERE, (0, 0.09, 0)), "item-too-short"),
        (lambda: Trajectory("i", "a", HERE, (0, 0, 0.99), 3), "item-too-short"),
        (lambda: Trajectory("i", "a", HERE, FAR, 0.0), "item-number-outside"),
        (lambda: Trajectory("i", "a", HERE, FAR, 55), "item-number-outside"),
        (lambda: Trajectory("i", "a", HERE, FAR, math.nan), "item-number-outside"),
        (lambda: CutPlane("i", "a", HERE, HERE, BONE), "plane-without-normal"),
        (lambda: CutPlane("i", "a", HERE, (0, 0, math.nan), BONE), "item-number-not-finite"),
        (lambda: NoGoZone("i", "a", BONE, -0.1), "item-number-outside"),
        (lambda: NoGoZone("i", "a", BONE, math.inf), "item-number-outside"),
        (lambda: NoGoZone("i", "a", BONE, 1.0, "block"), "zone-severity-unknown"),
        (lambda: NoGoZone("i", "a", BONE, 1.0, None), "zone-severity-unknown"),
        (lambda: NoGoZone("i", "a", BONE, 1.0, ["warn"]), "zone-severity-unknown"),
    ],
)
def test_items_refuse_what_they_cannot_be(make, code):
    assert code_of(make) == code


def test_points_become_plain_floats_whatever_they_came_as():
    item = Landmark("i", "a", np.array([1, 2, 3], np.float32))
    assert item.point_lps_mm == (1.0, 2.0, 3.0)
    assert all(type(number) is float for number in item.point_lps_mm)
    assert item == Landmark("i", "a", [1, 2, 3])


def test_a_zone_forbids_unless_it_is_said_to_warn():
    assert NoGoZone("i", "a", BONE, 1.0).is_forbidden
    said = NoGoZone("i", "a", BONE, 1.0, "warn")
    assert said.severity is ZoneRule.WARN
    assert not said.is_forbidden
    assert said != NoGoZone("i", "a", BONE, 1.0)


@given(items_strategy(st.just("i"), st.just("a")))
def test_making_an_item_again_from_its_fields_changes_no_bit(item):
    assert replace(item) == item


@given(st.tuples(*[st.floats(-9, 9)] * 3).filter(lambda v: math.hypot(*v) > 1e-3))
def test_a_normal_is_kept_with_length_one(normal):
    kept = CutPlane("i", "a", HERE, normal, BONE).normal_lps
    assert math.hypot(*kept) == pytest.approx(1, abs=1e-12)
    assert np.cross(kept, normal) == pytest.approx(np.zeros(3), abs=1e-9)


@given(points.filter(lambda p: math.dist(p, FAR) > 5))
def test_a_moved_point_moves_alone_and_is_a_persons_work(place):
    for item in one_of_each(FAR):
        placed = replace(item, derived_from=())
        for point in item.points:
            changed = item.moved(point, place)
            assert getattr(changed, point) == place
            assert replace(changed, **{point: getattr(item, point)}) == placed


def test_a_point_it_does_not_have_can_not_be_moved():
    screw = one_of_each()[3]
    for point in ("apex_lps_mm", "diameter_mm", "id"):
        assert code_of(lambda point=point: screw.moved(point, HERE)) == "item-point-unknown"


def test_a_plan_finds_its_items():
    items = one_of_each()
    plan = Plan(items)
    assert plan.item("i4") is items[3]
    assert plan.named("canal") is items[5]
    assert plan.named("nobody") is None
    assert plan.of(Trajectory) == (items[3],)
    assert plan.needing(BONE) == items[3:]
    assert code_of(lambda: plan.item("i9")) == "item-unknown"


def test_a_plan_adds_replaces_and_removes():
    items = one_of_each()
    plan = Plan()
    for item in items:
        plan = plan.adding(item)
    assert plan == Plan(items)
    wider = replace(items[3], diameter_mm=4.5)
    assert plan.replacing(wider).items == (*items[:3], wider, *items[4:])
    assert plan.removing("i3").items == (*items[:2], *items[3:])
    assert code_of(lambda: plan.adding(items[0])) == "item-exists"
    assert code_of(lambda: plan.adding(Landmark("new", "screw", HERE))) == "item-name-taken"
    assert code_of(lambda: plan.replacing(Landmark("i4", "screw", HERE))) == "item-kind-differs"
    assert code_of(lambda: plan.replacing(replace(wider, name="cut"))) == "item-name-taken"
    assert code_of(lambda: plan.removing("i9")) == "item-unknown"
