"""A reason stands for a finding as it read when it was given, and lapses with it."""

from dataclasses import replace

import pytest

from planning.case.edits import GiveReason
from planning.checks import PlanFinding, Severity, check_plan, reason_for
from planning.checks.reasons import reasoned
from segmentation.errors import Refusal
from tests.planning.checks.making import SURFACES, TODAY, checkup, finding, planned, wire, zone

WHEN = "2026-06-01T08:00:00.000+00:00"


def given(case, code):
    one = finding(case, code)
    return GiveReason(reason_for(one, "the nerve was moved aside", "Dr A", WHEN)).apply(case)


def test_a_reason_opens_what_its_finding_blocked():
    case = planned(wire(), zone(17.0))
    assert checkup(case).blocks
    after = given(case, "zone-near")
    assert not checkup(after).blocks
    one = finding(after, "zone-near")
    assert one.severity is Severity.BLOCK
    assert (one.reason.text, one.reason.by, one.reason.at) == (
        "the nerve was moved aside", "Dr A", WHEN,
    )  # fmt: skip


@pytest.mark.parametrize(
    "items",
    [
        (wire(), zone(17.1)),  # another limit
        (wire(0.5), zone(17.0)),  # another number
        (replace(wire(), id="w2", name="second"), zone(17.0)),  # another path
    ],
)
def test_a_reason_lapses_when_what_it_was_for_reads_otherwise(items):
    after = given(planned(wire(), zone(17.0)), "zone-near")
    moved = replace(after, plan=planned(*items).plan)
    assert len(checkup(moved).blocks) == 1


def test_a_reason_outlasts_what_nobody_can_read():
    """Less than the shown tenth, and away and back again."""
    after = given(planned(wire(), zone(17.0)), "zone-near")
    assert not checkup(replace(after, plan=planned(wire(1e-4), zone(17.0)).plan)).blocks
    away = replace(after, plan=planned(wire(), zone(2.0)).plan)
    assert not checkup(away).blocks
    assert not checkup(replace(away, plan=after.plan)).blocks


def test_a_reason_for_one_path_is_none_for_the_other():
    twin = replace(wire(), id="w2", name="second")
    after = given(planned(wire(), zone(17.0)), "zone-near")
    both = check_plan(replace(after, plan=planned(wire(), twin, zone(17.0)).plan), SURFACES, TODAY)
    assert [one.item for one in both.blocks] == ["w2"]


def test_the_last_of_two_reasons_stands():
    one = finding(planned(wire(), zone(17.0)), "zone-near")
    first, last = (reason_for(one, text, "Dr A", WHEN) for text in ("first", "last"))
    assert reasoned(one, (first, last)).reason is last


def test_what_no_reason_can_stand_for_takes_none():
    one = finding(replace(planned(), plan=type(planned().plan)()), "plan-empty")
    with pytest.raises(Refusal) as refused:
        reason_for(one, "why", "Dr A", WHEN)
    assert refused.value.code == "reason-not-taken"
    hard = PlanFinding("x", Severity.BLOCK, can_reason=False)
    soft = replace(hard, can_reason=True)
    reason = reason_for(soft, "why", "Dr A", WHEN)
    assert reasoned(hard, (reason,)).blocks
    assert not reasoned(soft, (reason,)).blocks
