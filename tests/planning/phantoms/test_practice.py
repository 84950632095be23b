"""Practice cases: always a simulation, segments are the true masks."""

import pytest

from planning.case.case import Kind, Outcome, Side
from planning.phantoms.practice import GREY, practice_case
from planning.phantoms.practice_plan_nerve import NERVE


@pytest.mark.parametrize(
    ("name", "side", "first"),
    [
        ("shoulder", Side.LEFT, "Scapula"),
        ("lumbar", Side.NONE, "Vertebra L1"),
        ("abdomen", Side.LEFT, "Liver"),
    ],
)
def test_a_practice_case_is_a_simulation_with_true_segments(name, side, first, request):
    phantom = request.getfixturevalue(name)
    case = practice_case(phantom)
    assert case.kind is Kind.SIMULATION
    assert case.side is side
    assert case.identity.code == f"PHANTOM-{name.upper()}"
    assert case.identity.issuer == "TASRIF-PHANTOM"
    assert case.source.outcome is Outcome.PLAN_GRADE
    assert case.segments[0].name == first
    assert case.segments[0].colour != GREY
    for segment in case.segments:
        if segment.name != NERVE:
            assert segment.mask is phantom.label(segment.name).mask
        assert not segment.recipe, "no tool made it"
    assert len({segment.id for segment in case.segments}) == len(case.segments)


def test_the_same_phantom_gives_the_same_case(shoulder):
    first, again = practice_case(shoulder), practice_case(shoulder)
    assert first.id == again.id
    assert [segment.id for segment in first.segments] == [segment.id for segment in again.segments]
    assert first.plan == again.plan


def test_only_what_is_in_question_has_a_colour(shoulder):
    coloured = {s.name for s in practice_case(shoulder).segments if s.colour != GREY}
    assert coloured == {"Scapula", "Humerus", NERVE}
