"""What every page of a report says (HAZ-6, HAZ-26): state, case, side, version, hash, page x of y.

The band is amber and says DRAFT or SIMULATION, also across the page; a sealed plan's is green.
"""

from collections.abc import Sequence
from typing import Final

from planning.exchange.report_cover import SIDES, state_words
from planning.exchange.report_numbers import TINY
from planning.exchange.report_pen import PAGE_MM, Ink, Pen
from planning.exchange.report_plan import ToldPlan
from planning.exchange.report_sheet import MARGIN_MM, WIDTH_MM, Align, Sheet
from planning.exchange.report_text import Word

BAND_MM: Final = 16.0
STRIPE_MM: Final = 3.0
AMBER, DARK, GREEN, WHITE = "#F5B83D", "#15181C", "#12703F", "#FFFFFF"
TURN_DEG: Final = 52.0
FOOT_MM: Final = PAGE_MM[1] - 16.0
CODE_LENGTH_MAX: Final = 40


def frame(sheet: Sheet, told: ToldPlan, page: int, pages_n: int) -> None:
    """Add the band above and the lines below to the last page of the sheet."""
    is_warning = told.is_draft or told.is_simulation
    ground, colour = (AMBER, DARK) if is_warning else (GREEN, WHITE)
    sheet.fill(-MARGIN_MM, 0.0, PAGE_MM[0], BAND_MM, ground)
    if is_warning:
        sheet.fill(-MARGIN_MM, BAND_MM, PAGE_MM[0], STRIPE_MM, DARK)
    side = told.text(SIDES[told.document["side"]])
    code = told.plain(told.document["case_code"])
    shown = Ink(11.0 if len(code) <= CODE_LENGTH_MAX else 7.5, is_bold=True, colour=colour)
    half_mm = WIDTH_MM / 2 - 2.0
    sheet.text((0.0, 3.0, half_mm), f"{code} · {side}", shown)
    strong = Ink(12.0, is_bold=True, colour=colour)
    sheet.text((half_mm + 4.0, 2.4, half_mm), state_words(told), strong, Align.END)
    notice = Ink(8.0, colour=colour)
    sheet.text((half_mm + 4.0, 8.6, half_mm), _notice(told), notice, Align.END)
    _foot(sheet, told, page, pages_n)


def watermark_words(told: ToldPlan) -> tuple[str, ...]:
    """Return what stands across each page."""
    draft, practice = (told.text("DRAFT"),), (told.text("SIMULATION"),)
    return draft * told.is_draft + practice * told.is_simulation


def watermark(pen: Pen, words: Sequence[str]) -> None:
    """Draw words across a page."""
    for n, text in enumerate(words):
        ink = Ink(88.0, is_bold=True, colour="#8A5A00")
        wide_mm = pen.width_mm(Word(text), ink)
        ink = Ink(88.0 * min(1.0, 250.0 / wide_mm), is_bold=True, colour=ink.colour)
        down_mm = (n - (len(words) - 1) / 2) * 46.0
        middle_mm = (PAGE_MM[0] / 2 + down_mm * 0.6, PAGE_MM[1] / 2 + down_mm)
        pen.pale_word(middle_mm, TURN_DEG, Word(text), ink)


def _notice(told: ToldPlan) -> str:
    if told.is_simulation:
        return told.text("Practice only: not for clinical use")
    if told.is_draft:
        return told.text("Not sealed: not for operating")
    return told.text("Sealed plan, version {n}").format(n=told.document["plan"]["version"])


def _foot(sheet: Sheet, told: ToldPlan, page: int, pages_n: int) -> None:
    sheet.fill(0.0, FOOT_MM - 1.5, WIDTH_MM, 0.2, "#CDD3DB")
    code, version = told.plain(told.document["case_code"]), told.document["plan"]["version"]
    whose = told.text("{code}, version {n}").format(code=code, n=version)
    paging = told.text("Page {n} of {total}").format(n=page, total=pages_n)
    sheet.text((0.0, FOOT_MM, WIDTH_MM - 30.0), whose, TINY)
    sheet.text((WIDTH_MM - 28.0, FOOT_MM, 28.0), paging, TINY, Align.END)
    sheet.text((0.0, FOOT_MM + 6.6, WIDTH_MM), f"sha256: {told.sha256}", TINY)
