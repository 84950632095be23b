"""The receiver's eye on the report: another number or page is a fault, odd files never crash."""

import hashlib
import json
import random
import zlib
from dataclasses import replace

import pytest

from app.words import CatalogueWords
from planning.case.case import Kind
from planning.exchange.report_pdf import about, set_report
from planning.exchange.report_pen import Pen
from planning.exchange.report_plan import told_plan
from planning.exchange.verify.bag import PLAN, Payload
from planning.exchange.verify.report import report
from planning.exchange.verify.report_words import LANGUAGES as SAID
from planning.exchange.verify.verdict import Fault
from tests.planning.exchange.reports import LANGUAGES, handed_over, made

PATH = "data/report/SIM-report.pdf"


def payload_of(body, plan):
    bodies = {PATH: body, PLAN: plan}
    sha256 = {path: hashlib.sha256(one).hexdigest() for path, one in bodies.items()}
    return Payload(sha256, {path: len(one) for path, one in bodies.items()}, bodies)


def judged(body, language="en", kind=Kind.SIMULATION, *, is_sealed=True):
    plan = handed_over(language, kind, is_sealed=is_sealed).plan
    return report(payload_of(body, plan), json.loads(plan), None)


def changed(language, change):
    """A report that says something else under the true plan's hash."""
    handover = handed_over(language, Kind.SIMULATION)
    document = json.loads(handover.plan)
    change(document)
    pen = Pen(about(handover))
    told = replace(told_plan(handover, pen.has_glyph), document=document)
    return set_report(pen, told, {}).body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_true_report_holds(language, is_sealed):
    body = made(language, Kind.SIMULATION, is_sealed=is_sealed).body
    held = judged(body, language, is_sealed=is_sealed)
    assert held.code == "verify-report-ok"
    assert held.values["rows"] == 3 + 6 + 15 + 13


def put(*steps, to):
    def change(document):
        place = document
        for step in steps[:-1]:
            place = place[step]
        place[steps[-1]] = to

    return change


def drop(*steps):
    def change(document):
        del document[steps[0]][steps[1]]

    return change


CHANGES = {
    "a number by a tenth": put("measures", 0, "value", to=14.1),
    "a margin": put("measures", 9, "value", to=4.7),
    "a bound": put("measures", 9, "uncertainty_mm", to=0.1),
    "no number": put("measures", 2, "value", to=None),
    "a volume": put("measures", 12, "value", to=3.0),
    "a place": put("items", 0, "point_lps_mm", to=[812.4, 607.6, 1488.2]),
    "a diameter": put("items", 3, "diameter_mm", to=3.5),
    "a zone's severity": put("items", 5, "severity", to="warn"),
    "a name": put("items", 3, "name", to="wise"),
    "a severity": put("findings", 0, "severity", to="info"),
    "a code": put("findings", 0, "code", to="side-known"),
    "a finding less": drop("findings", 0),
    "a number less": drop("measures", 8),
    "a side": put("side", to="R"),
    "a case": put("case_code", to="CASE-8"),
    "a state": put("plan", "state", to="draft"),
    "a kind": put("plan", "kind", to="clinical"),
    "a mask": put("segments", 0, "sha256", to="0" * 64),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_report_that_says_something_else_is_found_out(what):
    with pytest.raises(Fault) as no:
        judged(changed("en", CHANGES[what]))
    assert no.value.code in {"verify-report-odd", "verify-report-rows", "verify-report-differs"}


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("what", ["a number by a tenth", "a side", "a state", "a severity"])
def test_so_it_is_in_every_language(language, what):
    with pytest.raises(Fault):
        judged(changed(language, CHANGES[what]), language)


def test_a_number_too_small_to_be_shown_is_no_lie():
    assert judged(changed("en", put("measures", 0, "value", to=14.000001)))


def test_a_report_of_another_plan_is_found_out_by_its_hash():
    with pytest.raises(Fault) as no:
        judged(made("en", Kind.SIMULATION, is_sealed=True).body, is_sealed=False)
    assert no.value.code == "verify-report-odd"


def test_a_reason_must_stand_in_it():
    handover = handed_over("en", Kind.SIMULATION)
    document = json.loads(handover.plan)
    said = {"text": "Seen, accepted.", "by": "B. Other", "at": "2026-03-04T09:00:00+00:00"}
    document["findings"][0]["reason"] = said
    body = changed("en", put("findings", 0, "reason", to=said))
    payload = payload_of(body, handover.plan)
    assert report(payload, document, None)
    document["findings"][0]["reason"] = {**said, "by": "C. Third"}
    with pytest.raises(Fault):
        report(payload, document, None)


def odd_files():
    body = made("en", Kind.SIMULATION).body
    chance = random.Random(7)
    for _ in range(40):
        flipped = bytearray(body)
        for _ in range(chance.choice((1, 30))):
            flipped[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        yield bytes(flipped)
    for end in (0, 4, 100, len(body) // 2, len(body) - 10):
        yield body[:end]
    yield b"%PDF-1.7\n" * 10
    yield body.replace(b"/Type /Catalog", b"/AA << >> /Type /Catalog")
    yield body + b"/JavaScript"


def test_spoilt_files_give_a_fault_or_the_same_words_never_a_crash(recwarn):
    refused = 0
    for body in odd_files():
        try:
            judged(body)
        except Fault:
            refused += 1
    recwarn.clear()
    assert refused >= 8


def test_a_bomb_of_zeros_is_not_unpacked():
    body = made("en", Kind.SIMULATION).body
    start = body.index(b"stream\n") + 7
    end = body.index(b"\nendstream", start)
    packed = zlib.compress(bytes(120 << 20), 9)
    with pytest.raises(Fault):
        judged(body[:start] + packed + body[end:])


@pytest.mark.parametrize(("n", "language"), list(enumerate(LANGUAGES)))
def test_the_receivers_words_are_those_of_the_catalogue(n, language):
    words, said = CatalogueWords(language), SAID[n]
    pairs = {
        "DRAFT": said.draft,
        "SEALED": said.sealed,
        "SIMULATION": said.simulation,
        "Sealed plan, version {n}": said.sealed_notice,
        "Not sealed: not for operating": said.draft_notice,
        "Practice only: not for clinical use": said.practice_notice,
        "Limit": said.limit,
        "LEFT side": said.sides["L"],
        "RIGHT side": said.sides["R"],
        "BOTH sides": said.sides["both"],
        "No side": said.sides["none"],
        "Blocks": said.weights["block"],
        "Warning": said.weights["warn"],
        "Note": said.weights["info"],
        "voxels": said.units["voxel"],
        "days": said.units["day"],
        "Forbid: no tool may enter.": said.rules["forbid"],
        "Warn: slow down and tell before entering.": said.rules["warn"],
    }
    marks = dict.fromkeys(range(0x64B, 0x653))
    assert {key: words.text(key).translate(marks) for key in pairs} == pairs
