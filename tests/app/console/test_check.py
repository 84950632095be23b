"""`tasrif check` as a script uses it: findings, overrides that are recorded, exit codes."""

import json

import pytest

from app import cli
from planning.case.file import create, open_case
from planning.checks import limits
from tests.planning.checks.making import body, planned, wire, zone

KEYS = {
    "code", "severity", "message", "item", "value", "limit", "unit",
    "other", "uncertainty_mm", "citation", "status", "reason", "can_reason",
}  # fmt: skip


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TASRIF_LANGUAGE", "en")


@pytest.fixture
def write(tmp_path):
    def _write(*items):
        path = tmp_path / "case.tasrif"
        create(path, planned(*items) if items else body()).close()
        return path

    return _write


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, json.loads(out)


def found(answer, code):
    (one,) = [one for one in answer["findings"] if one["code"] == code]
    return one


def test_a_plan_in_order_is_0_and_says_what_passed(write, capsys):
    code, answer = call(capsys, "check", write(wire(), zone()))
    assert code == 0
    assert not [one for one in answer["findings"] if one["severity"] == "block"]
    assert {one["code"] for one in answer["passed"]} >= {"zone-clear", "bone-around"}
    assert all(one["message"] != one["code"] for one in answer["passed"])


def test_a_path_near_a_zone_that_warns_is_told_and_blocks_nothing(write, capsys):
    code, answer = call(capsys, "check", write(wire(), zone(17.0, severity="warn")))
    assert code == 0
    one = found(answer, "zone-warn-near")
    assert (one["severity"], one["limit"], one["limit_name"]) == (
        "warn",
        17.0,
        "zone_clearance_warn",
    )


def test_a_block_is_1_and_says_limit_citation_and_status(write, capsys):
    code, answer = call(capsys, "check", write(wire(), zone(17.0)))
    assert code == 1
    one = found(answer, "zone-near")
    assert one.keys() >= KEYS
    assert one["message"].startswith("wire is 1")
    assert (one["item_name"], one["other_name"]) == ("wire", "zone")
    assert (one["limit"], one["unit"], one["uncertainty_mm"]) == (17.0, "mm", 0.2)
    limit = limits()["zone_clearance"]
    assert (one["citation"], one["status"]) == (limit.citation, "house")
    assert one["reason"] is None
    json.dumps(one)


def test_an_override_is_recorded_once_and_opens_the_plan(write, capsys):
    path = write(wire(), zone(17.0))
    words = ("--override", "zone-near", "--reason", "Nerve moved aside.", "--by", "Dr A")
    code, answer = call(capsys, "check", path, *words)
    assert code == 0
    reason = found(answer, "zone-near")["reason"]
    assert (reason["text"], reason["by"]) == ("Nerve moved aside.", "Dr A")
    code, again = call(capsys, "check", path)
    assert code == 0
    assert found(again, "zone-near")["reason"] == reason
    with open_case(path, read_only=True) as file:
        assert file.entries()[-1].title == "Give a reason"
        assert len(file.case.reasons) == 1
    assert call(capsys, "undo", path)[0] == 0
    assert call(capsys, "check", path)[0] == 1


def test_the_person_is_the_journal_s_where_none_is_given(write, capsys):
    path = write(wire(), zone(17.0))
    _, answer = call(capsys, "check", path, "--override", "zone-near", "--reason", "Wanted.")
    with open_case(path, read_only=True) as file:
        assert found(answer, "zone-near")["reason"]["by"] == file.entries()[-1].person


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("--override", "zone-near"), 3, "override-without-reason"),
        (("--override", "zone-near", "--reason", " "), 3, "override-without-reason"),
        (("--override", "bone-thin", "--reason", "x"), 3, "override-not-found"),
        (("--override", "zone-near:drill", "--reason", "x"), 3, "override-not-found"),
        (("--override", "case-simulation", "--reason", "x"), 3, "reason-not-taken"),
        (("--override", "zone-near", "--reason", "x", "--by", " "), 3, "reason-empty"),
        (("--reason", "x"), 2, "reason-without-override"),
    ],
)
def test_what_can_t_be_overridden_is_refused_and_leaves_no_step(write, capsys, words, code, error):
    path = write(wire(), zone(17.0))
    answer = call(capsys, "check", path, *words)
    assert answer[0] == code
    assert answer[1]["error"]["code"] == error
    with open_case(path, read_only=True) as file:
        assert not file.case.reasons


def test_a_finding_that_no_reason_stands_for_stays(write, capsys):
    path = write()
    code, answer = call(capsys, "check", path)
    assert code == 1
    assert found(answer, "plan-empty")["can_reason"] is False
    code, answer = call(capsys, "check", path, "--override", "plan-empty", "--reason", "x")
    assert (code, answer["error"]["code"]) == (3, "reason-not-taken")


def test_a_code_found_twice_needs_its_item(write, capsys):
    from dataclasses import replace

    path = write(wire(), replace(wire(), id="w2", name="second"), zone(17.0))
    reason = ("--reason", "Wanted.")
    code, answer = call(capsys, "check", path, "--override", "zone-near", *reason)
    assert (code, answer["error"]["code"]) == (3, "override-ambiguous")
    assert "zone-near:second/zone" in answer["error"]["fix"]
    code, _ = call(capsys, "check", path, "--override", "zone-near:second", *reason)
    assert code == 1
    code, _ = call(capsys, "check", path, "--override", "zone-near:wire/zone", *reason)
    assert code == 0


@pytest.mark.parametrize(
    ("language", "words"), [("en", "is 15.9 mm from zone"), ("fr", "est à 15,9 mm de zone")]
)
def test_people_read_sentences_with_their_limits(write, capsys, monkeypatch, language, words):
    monkeypatch.setenv("TASRIF_LANGUAGE", language)
    code = cli.main(["check", str(write(wire(), zone(17.0)))])
    out, _ = capsys.readouterr()
    assert code == 1
    assert words in out
    assert "zone-near" in out
    assert ("5,0 mm" if language == "fr" else "5.0 mm") in out
