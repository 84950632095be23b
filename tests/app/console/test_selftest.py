"""The self-test passes here, and a wrong number in any of its answers is a judged no."""

import json
from dataclasses import replace

import pytest

from app.cli import main
from app.console.selftest import answered
from app.selftest import KNOWN
from app.selftest.known import exactly, told
from app.selftest.material import Material
from segmentation.errors import Refusal, Unavailable
from segmentation.progress import silent


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    return Material(tmp_path_factory.mktemp("selftest"))


def test_it_passes_and_says_each_number(capsys):
    assert main(["selftest", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["passed"] is True
    assert [check["name"] for check in answer["checks"]] == [known.name for known in KNOWN]
    for check in answer["checks"]:
        assert check["ok"] is True
        assert abs(check["value"] - check["expected"]) <= check["tolerance"]
        assert {"name", "ok", "value", "expected", "unit"} <= set(check)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
def test_each_answer_can_fail(known, material):
    step = max(1.001 * known.tolerance, 1e-6) if known.tolerance else 1.0
    truth = known.found(material)
    for wrong, ok in ((0.0, True), (step, False), (-step, False)):
        planted = replace(known, expected=exactly(truth + wrong))
        assert told(planted, material).ok is ok


def test_a_planted_fault_is_a_judged_no():
    length = next(known for known in KNOWN if known.name == "length")
    fault = replace(length, expected=exactly(13.01))
    answer = answered((length, fault), silent)
    assert answer.exit_code == 1
    assert [check["ok"] for check in answer.fields["checks"]] == [True, False]
    assert answer.fields["passed"] is False
    assert answer.words[1].startswith("FAILED")
    assert answered((length,), silent).exit_code == 0


def test_what_is_refused_has_no_value_and_what_the_machine_lacks_is_said(material):
    def refused(material):
        raise Refusal("not-a-case", file="x")

    def without_room(material):
        raise Unavailable("disk-full", path="x")

    outcome = told(replace(KNOWN[0], found=refused), material)
    assert (outcome.value, outcome.ok) == (None, False)
    assert told(replace(KNOWN[0], found=lambda m: float("nan")), material).value is None
    with pytest.raises(Unavailable):
        told(replace(KNOWN[0], found=without_room), material)


def test_it_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    road = [known for known in KNOWN if known.name in ("case_reopened", "package_verified")]
    assert answered(road, silent).exit_code == 0
    assert not list(tmp_path.iterdir())
