"""The report's first page: whose plan, which side, in which state, sealed by whom, on which CT."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Final

from planning.exchange.report_findings import open_blocks_n, weights
from planning.exchange.report_numbers import SOFT, STRONG
from planning.exchange.report_pen import Ink
from planning.exchange.report_person import person_facts
from planning.exchange.report_plan import NO_VALUE, ToldPlan, spaced
from planning.exchange.report_sheet import WIDTH_MM, Align, Sheet
from planning.exchange.report_table import Column, Part, Row, table

PAYLOAD: Final = "tasrif:plan:sha256:"
QR_MM: Final = 40.0
LABEL_MM: Final = 44.0
TITLE: Final = Ink(12.0, colour="#48525E")
CODE: Final = Ink(24.0, is_bold=True)
SIDE: Final = Ink(22.0, is_bold=True, colour="#1560B3")
HEADING: Final = Ink(13.0, is_bold=True)
VALUE: Final = Ink(9.5)
CODED: Final = Ink(9.0)
TINT: Final = "#E1EDFA"
SIDES: Final = {"L": "LEFT side", "R": "RIGHT side", "both": "BOTH sides", "none": "No side"}
GRADES: Final = {
    "plan_grade": "Fit for planning",
    "view_only": "To look at only",
    "refused": "Refused",
}


def cover(sheet: Sheet, told: ToldPlan) -> None:
    """Set the first page."""
    wide_mm = WIDTH_MM - QR_MM - 8.0
    top_mm = sheet.y_mm
    _qr(sheet, told)
    title = told.text("Surgical plan, version {n}").format(n=told.document["plan"]["version"])
    code, side = told.plain(told.document["case_code"]), told.text(SIDES[told.document["side"]])
    for text, ink, below_mm in ((title, TITLE, 1.5), (code, CODE, 1.0), (side, SIDE, 2.0)):
        sheet.y_mm += sheet.text((0.0, sheet.y_mm, wide_mm), text, ink) + below_mm
    sheet.y_mm = max(sheet.y_mm, top_mm + QR_MM + 8.0)
    if person := tuple(person_facts(told)):
        heading(sheet, told.text("Patient"))
        _facts(sheet, person)
    heading(sheet, told.text("Seal"))
    _facts(sheet, tuple(_seal(told)))
    heading(sheet, told.text("The CT"))
    _facts(sheet, tuple(_ct(told)))
    _steps(sheet, told)


def heading(sheet: Sheet, text: str) -> None:
    """Set the title of a section, not at the foot of a page."""
    sheet.make_room(36.0)
    sheet.y_mm += sheet.text((0.0, sheet.y_mm, WIDTH_MM), text, HEADING) + 1.0


def _qr(sheet: Sheet, told: ToldPlan) -> None:
    import segno  # noqa: PLC0415 - only reports need it

    body = io.BytesIO()
    code = segno.make(f"{PAYLOAD}{told.sha256}", error="q", micro=False)
    code.save(body, kind="png", scale=8, border=4)
    start_mm = WIDTH_MM - QR_MM
    high_mm = sheet.picture(start_mm, sheet.y_mm, QR_MM, body.getvalue())
    place_mm = (start_mm, sheet.y_mm + high_mm, QR_MM)
    sheet.text(place_mm, told.text("SHA-256 of plan.json"), SOFT, Align.MIDDLE)


def _facts(sheet: Sheet, facts: tuple[tuple[str, str], ...]) -> None:
    rows = [
        Row(((Part(label, SOFT),), (Part(value, CODED if len(value) > 60 else VALUE),)))
        for label, value in facts
    ]
    table(
        sheet,
        (Column("", 0.0, LABEL_MM), Column("", LABEL_MM + 2.0, WIDTH_MM - LABEL_MM - 2.0)),
        rows,
    )
    sheet.y_mm -= 2.0


def _seal(told: ToldPlan) -> Iterator[tuple[str, str]]:
    document, say = told.document, told.text
    stamp = document["seal"]
    yield say("State"), state_words(told)
    if stamp is not None:
        yield say("Sealed by"), f"{told.plain(stamp['by'])}, {told.plain(stamp['role'])}"
        yield say("Sealed at"), stamp["at"]
        yield say("Fingerprint of the key"), spaced(told.fingerprint)
    yield say("SHA-256 of plan.json"), spaced(told.sha256)
    if document["plan"]["supersedes"] is not None:
        yield say("Takes the place of"), spaced(document["plan"]["supersedes"])
    yield say("Checked on"), document["checked_on"]
    yield say("Findings"), weights(told)
    program = document["program"]
    yield say("Made with"), f"{program['name']} {program['version']}"


def _ct(told: ToldPlan) -> Iterator[tuple[str, str]]:
    volume, say = told.document["volume"], told.text
    taken = volume["study_date"]
    yield say("Date of the CT"), told.plain(taken) or say("Unknown")
    yield say("Age in days when checked"), _age(taken, told.document["checked_on"])
    yield say("Grade"), say(GRADES[volume["outcome"]])
    shift_mm = volume["regularised_mm"]
    if shift_mm is not None:
        moved = say("Regularised: resampled by up to {mm} mm")
        yield say("Resampling"), moved.format(mm=told.number(shift_mm, decimals=2))
    k, j, i = volume["spacing_kji_mm"]
    steps = " × ".join(told.number(one, decimals=2) for one in (i, j, k))
    yield say("Voxels"), f"{steps} mm"
    if volume["findings"]:
        yield say("Noted when it was read"), told.plain(", ".join(volume["findings"]))
    yield say("Series"), told.plain(volume["series_uid"]) or NO_VALUE
    yield say("Frame of reference"), told.plain(told.document["frame"]["uid"])


def _age(taken: str, checked_on: str) -> str:
    try:
        days = (date.fromisoformat(checked_on) - date.fromisoformat(taken)).days
    except ValueError:
        return NO_VALUE
    return str(days) if days >= 0 else NO_VALUE


def _steps(sheet: Sheet, told: ToldPlan) -> None:
    """Say what who receives the plan does first, in a box."""
    lines = list(_receivers_steps(told))
    wide_mm = WIDTH_MM - 8.0
    high_mm = sum(sheet.height_mm(line, ink, wide_mm) + 0.8 for line, ink in lines) + 6.0
    sheet.make_room(high_mm)
    sheet.fill(0.0, sheet.y_mm, WIDTH_MM, high_mm, TINT)
    y_mm = sheet.y_mm + 3.0
    for line, ink in lines:
        y_mm += sheet.text((4.0, y_mm, wide_mm), line, ink) + 0.8
    sheet.y_mm += high_mm + 6.0


def _receivers_steps(told: ToldPlan) -> Iterator[tuple[str, Ink]]:
    say = told.text
    yield say("Before anybody acts on this plan"), STRONG
    if told.is_simulation:
        yield say("This is a simulation for practice: it is no patient’s plan."), STRONG
    if told.is_draft:
        yield say("This is a draft that nobody stands for: don’t operate on it."), STRONG
    if open_blocks_n(told):
        yield say("A finding blocks this plan, and nobody gave a reason to go on."), STRONG
    steps = [
        say("Have the package verified (tasrif verify): it must say that it passed."),
        say("Compare case code and side with the patient and the consent."),
        say("Make sure that no newer version exists: ask whoever planned."),
    ]
    if not told.is_draft:
        aloud = say("Read the key’s fingerprint aloud to the person who sealed, on the telephone.")
        steps.insert(1, aloud)
    for n, step in enumerate(steps, 1):
        yield f"{n}. {step}", VALUE


def state_words(told: ToldPlan) -> str:
    """Return the state in words: DRAFT or SEALED, and SIMULATION."""
    state = told.text("DRAFT") if told.is_draft else told.text("SEALED")
    return f"{state} · {told.text('SIMULATION')}" if told.is_simulation else state
