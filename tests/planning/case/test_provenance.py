"""What a model made is nobody's until a person reviewed it."""

from dataclasses import replace

import pytest

from planning.case.case import Status
from planning.case.edits import ReplaceMask, SetSegmentStatus
from planning.case.provenance import is_unaccepted, model_findings
from tests.planning.case.making import segment, tiny_case

BY_MODEL = '[{"made_by":{"title":"Bones","version":"1.2"},"set":{},"tool":"model"}]'
CORRECTED = BY_MODEL[:-1] + ',{"set":{},"tool":"paint"}]'


def case_with(status, recipe=""):
    one = replace(segment("bone", 1), status=status, recipe=recipe)
    return tiny_case(segments=(one,)), one


@pytest.mark.hazard("HAZ-29")
@pytest.mark.parametrize("status", list(Status))
def test_a_models_mask_is_still_to_do_whatever_was_said_of_the_one_before(status):
    case, one = case_with(status)
    after = ReplaceMask(one.id, one.mask, BY_MODEL).apply(case).segments[0]
    assert after.status is Status.TO_DO
    assert is_unaccepted(after)
    assert [found.code for found in model_findings(after)] == ["model-not-accepted"]


def test_a_persons_edit_keeps_its_status_and_only_a_review_accepts():
    case, one = case_with(Status.DONE, BY_MODEL)
    case = ReplaceMask(one.id, one.mask, CORRECTED).apply(case)
    assert case.segments[0].status is Status.DONE
    assert is_unaccepted(case.segments[0])
    case = SetSegmentStatus(one.id, Status.REVIEWED).apply(case)
    assert not is_unaccepted(case.segments[0])
    found = model_findings(case.segments[0])
    assert [one.code for one in found] == ["model-accepted"]
    assert found[0].values["version"] == "1.2"


def test_others_have_nothing_to_tell():
    case, one = case_with(Status.TO_DO, '[{"set":{},"tool":"paint"}]')
    assert model_findings(one) == ()
    assert ReplaceMask(one.id, one.mask, one.recipe).apply(case).segments[0].status is one.status
