"""The judge of stalls: a deaf second fails, a busy machine doesn't."""

import json

import pytest

from tests.window.screen import DEAF_MS, STALLS, judge_stalls, stalls_of


def stall(late_ms: float, ran_ms: float) -> dict[str, object]:
    queued_ms = late_ms - ran_ms
    return {"at_s": 1.0, "late_ms": late_ms, "ran_ms": ran_ms, "queued_ms": queued_ms, "where": []}


def test_a_deaf_second_fails_and_a_wait_for_the_processor_does_not(tmp_path):
    judge_stalls({"stalls": [stall(5000.0, DEAF_MS - 1.0)]})
    with pytest.raises(AssertionError, match="the window was deaf"):
        judge_stalls({"stalls": [stall(1050.0, DEAF_MS + 1.0)]})


def test_what_the_program_wrote_stands_in_the_report(tmp_path):
    said = {"beats": 3, "p99_ms": 1.0, "largest_ms": 1.0, "stalls": []}
    (tmp_path / "places.stalls.json").write_text(json.dumps(said))
    assert stalls_of(tmp_path / "places.json") == said
    test, kept = STALLS.pop()
    assert test.startswith("test_stalls.py::test_what_the_program_wrote")
    assert kept == said
    assert stalls_of(tmp_path / "none.json") == {}
