"""A code that a person chose: the DICOM objects say it, the receiver holds them to it."""

from dataclasses import replace

import pytest

from planning.case.case import Kind
from planning.exchange.verify import verify
from planning.exchange.verify.dicom_codes import is_on, is_said
from tests.planning.exchange import dicoms
from tests.planning.exchange.making import exported, plan

FEMUR, LEFT, RIGHT = ("71341001", "SCT"), ("7771000", "SCT"), ("24028007", "SCT")
LEFT_FEMUR = "71341001:272741003=7771000"


def chosen(code):
    one = dicoms.case(Kind.SIMULATION)
    first, *rest = one.segments  # its name says the left scapula
    return replace(one, segments=(replace(first, code=code), *rest))


@pytest.mark.parametrize("code", [LEFT_FEMUR, "71341001"])
def test_objects_with_a_chosen_code_hold_against_the_plan(tmp_path, code):
    out = tmp_path / "out"
    names = ("package", "dicom")
    exported(chosen(code), out, names=names, surfaces=dicoms.SURFACES)
    assert plan(out)["segments"][0]["code"] == code
    assert "code" not in plan(out)["segments"][1]
    verdict = verify(out, allow_draft=True, allow_simulation=True)
    assert verdict.passed, verdict


def test_the_receiver_holds_a_chosen_code_over_the_name():
    named, coded = {"name": "Omoplate gauche"}, {"name": "Omoplate gauche", "code": LEFT_FEMUR}
    assert is_said(FEMUR, coded)
    assert not is_said(("79601000", "SCT"), coded)
    assert is_said(("79601000", "SCT"), named)
    assert is_on([LEFT], coded)
    assert not is_on([], coded)
    assert not is_on([RIGHT], coded)
    assert not is_on([LEFT], {**coded, "code": "71341001"})
    assert is_on([], named)
    assert is_on([LEFT], named)
    assert not is_on([LEFT, LEFT], named)
