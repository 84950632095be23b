"""The report as PDF: whole from the plan document's bytes, the pictures and one language.

The same plan, seal, pictures and language give the same bytes. It declares itself PDF/A-3B; no
judge of that standard was at hand (decision 0014).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from planning.exchange.exporter import Handover
from planning.exchange.report_cover import cover, heading
from planning.exchange.report_findings import finding_columns, finding_rows
from planning.exchange.report_frame import frame, watermark, watermark_words
from planning.exchange.report_numbers import (
    SOFT,
    definition_columns,
    definition_rows,
    item_columns,
    item_rows,
    segment_columns,
    segment_rows,
)
from planning.exchange.report_pen import About, Pen
from planning.exchange.report_person import subject_of
from planning.exchange.report_plan import ToldPlan, made_at, told_plan
from planning.exchange.report_sheet import BOTTOM_MM, WIDTH_MM, Align, Said, Sheet, aspect_ratio
from planning.exchange.report_table import table

REPORT: Final = "report"
RIGHT_TO_LEFT: Final = frozenset({"ar"})
GAP_MM: Final = 6.0
CAPTION_MM: Final = 6.0
VIEWS: Final = {"axial": "Axial", "coronal": "Coronal", "sagittal": "Sagittal", "3d": "3D"}


@dataclass(frozen=True, slots=True)
class Report:
    """A report: the file, and the words of each page in the order in which they are told."""

    body: bytes
    pages: tuple[tuple[str, ...], ...]


def report_bytes(handover: Handover) -> bytes:
    """Return the report of what is handed over, as a PDF file.

    Raises
    ------
    ValueError
        Without a plan document: an exporter that needs it declares `Need.PLAN`.
    """
    return report(handover).body


def report(handover: Handover) -> Report:
    """Return the report with the words that it must be found to hold; it is set once an export.

    Raises
    ------
    ValueError
        Without a plan document.
    """
    if not handover.plan:
        raise ValueError("a report needs the plan document")
    pictures = tuple(sorted(handover.pictures.items()))
    subject = subject_of(handover.person)
    source = (REPORT, handover.plan, handover.is_draft, handover.words.language, pictures, subject)
    kept = handover.kept.get(source)
    if isinstance(kept, Report):
        return kept
    pen = Pen(about(handover))
    made = set_report(pen, told_plan(handover, pen.has_glyph), handover.pictures)
    handover.kept[source] = made
    return made


def set_report(pen: Pen, told: ToldPlan, pictures: Mapping[str, bytes]) -> Report:
    """Return the report of a plan, set with a pen that wrote nothing yet."""
    sheet = Sheet(pen, is_rtl=told.words.language in RIGHT_TO_LEFT)
    _compose(sheet, told, pictures)
    across = watermark_words(told)
    pages = []
    for n, marks in enumerate(sheet.pages, 1):
        around = Sheet(pen, sheet.is_rtl)
        frame(around, told, n, len(sheet.pages))
        whole = (*around.pages[0], *marks)
        pen.new_page()
        for mark in whole:
            mark.draw(pen)
        watermark(pen, across)
        pages.append((*(one.word.text for one in whole if isinstance(one, Said)), *across))
    return Report(pen.output(), tuple(pages))


def about(handover: Handover) -> About:
    """Return what the file says of itself; a patient's name only where that was asked for."""
    document, subject = json.loads(handover.plan), subject_of(handover.person)
    title = f"{document['case_code']}, version {document['plan']['version']}"
    plain = "".join(sign if sign.isprintable() else "?" for sign in title)
    return About(plain, handover.words.language, made_at(document), subject)


def _compose(sheet: Sheet, told: ToldPlan, pictures: Mapping[str, bytes]) -> None:
    cover(sheet, told)
    sheet.turn()
    if pictures:
        _pictures(sheet, told, pictures)
    for title, columns, rows in (
        ("Findings", finding_columns, finding_rows),
        ("Items and numbers", item_columns, item_rows),
        ("Segments", segment_columns, segment_rows),
        ("Definitions and sources", definition_columns, definition_rows),
    ):
        told_rows = tuple(rows(told))
        if told_rows:
            heading(sheet, told.text(title))
            table(sheet, columns(told), told_rows)


def _pictures(sheet: Sheet, told: ToldPlan, pictures: Mapping[str, bytes]) -> None:
    """Set the pictures two in a row, each under its view's name; they are never mirrored."""
    heading(sheet, told.text("Pictures"))
    names = [name for name in VIEWS if name in pictures]
    names += sorted(set(pictures) - set(VIEWS))
    wide_mm = (WIDTH_MM - GAP_MM) / 2
    for pair in _pairs(names):
        tallest_mm = max(wide_mm * aspect_ratio(pictures[name]) for name in pair)
        shrink = min(1.0, (BOTTOM_MM - 50.0) / tallest_mm)
        sheet.make_room(tallest_mm * shrink + CAPTION_MM)
        for n, name in enumerate(pair):
            start_mm = n * (wide_mm + GAP_MM)
            caption = told.text(VIEWS[name]) if name in VIEWS else told.plain(name)
            sheet.text((start_mm, sheet.y_mm, wide_mm), caption, SOFT, Align.START)
            top_mm = sheet.y_mm + CAPTION_MM - 1.0
            sheet.picture(start_mm, top_mm, wide_mm * shrink, pictures[name])
        sheet.y_mm += tallest_mm * shrink + CAPTION_MM + GAP_MM


def _pairs(names: list[str]) -> Iterator[list[str]]:
    for n in range(0, len(names), 2):
        yield names[n : n + 2]
