"""The sheet: pages of one grid that are filled from top to bottom, mirrored for right-to-left.

Places are told from the start of the line (left, or right in Arabic); pictures and numbers are
put elsewhere, but never mirrored themselves. Everything is placed first and drawn at the end, when
the number of pages is known.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from planning.exchange.report_pen import PAGE_MM, Ink, Pen
from planning.exchange.report_text import Word, has_rtl, visual_order, ways_of, words_of

MARGIN_MM: Final = 16.0
WIDTH_MM: Final = PAGE_MM[0] - 2 * MARGIN_MM
TOP_MM: Final = 28.0
BOTTOM_MM: Final = PAGE_MM[1] - 22.0
LEADING: Final = 1.35
ASCENT: Final = 1.0


class Align(StrEnum):
    """Where in its width a line stands; a number's digits stand at the end."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, slots=True)
class Filled:
    """A box of one colour, or only its border."""

    box_mm: tuple[float, float, float, float]
    colour: str
    is_border: bool = False

    def draw(self, pen: Pen) -> None:
        """Draw it."""
        (pen.frame if self.is_border else pen.fill)(self.box_mm, self.colour)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture."""

    box_mm: tuple[float, float, float, float]
    png: bytes

    def draw(self, pen: Pen) -> None:
        """Draw it."""
        pen.picture(self.box_mm, self.png)


@dataclass(frozen=True, slots=True)
class Said:
    """A word: its left end and its baseline."""

    x_mm: float
    y_mm: float
    word: Word
    ink: Ink

    def draw(self, pen: Pen) -> None:
        """Draw it."""
        pen.word(self.x_mm, self.y_mm, self.word, self.ink)


Mark = Filled | Drawn | Said


@dataclass(slots=True, eq=False)
class Sheet:
    """Pages under way; `y_mm` is where the next thing goes on the last one."""

    pen: Pen
    is_rtl: bool
    pages: list[list[Mark]] = field(default_factory=lambda: [[]])
    y_mm: float = TOP_MM

    def turn(self) -> None:
        """Begin a page."""
        self.pages.append([])
        self.y_mm = TOP_MM

    def make_room(self, height_mm: float) -> bool:
        """Begin a page if so much doesn't fit on this one; return whether it was begun."""
        if self.y_mm + height_mm <= BOTTOM_MM or self.y_mm == TOP_MM:
            return False
        self.turn()
        return True

    def fill(
        self, start_mm: float, y_mm: float, width_mm: float, height_mm: float, colour: str
    ) -> None:
        """Fill a box."""
        left_mm = self.left_mm(start_mm, width_mm)
        self.pages[-1].append(Filled((left_mm, y_mm, width_mm, height_mm), colour))

    def frame(
        self, start_mm: float, y_mm: float, width_mm: float, height_mm: float, colour: str
    ) -> None:
        """Draw a box's border."""
        box_mm = (self.left_mm(start_mm, width_mm), y_mm, width_mm, height_mm)
        self.pages[-1].append(Filled(box_mm, colour, is_border=True))

    def picture(self, start_mm: float, y_mm: float, width_mm: float, png: bytes) -> float:
        """Put a picture and return its height."""
        height_mm = width_mm * aspect_ratio(png)
        box_mm = (self.left_mm(start_mm, width_mm), y_mm, width_mm, height_mm)
        self.pages[-1].append(Drawn(box_mm, png))
        return height_mm

    def text(
        self,
        place_mm: tuple[float, float, float],
        text: str,
        ink: Ink,
        align: Align = Align.START,
    ) -> float:
        """Set a text into a width, in as many lines as it takes; return their height.

        `place_mm` is its start, its top and its width.
        """
        start_mm, y_mm, width_mm = place_mm
        step_mm = ink.size_mm * LEADING
        lines = self.lines(text, ink, width_mm)
        is_rtl = self.is_rtl and has_rtl(text)  # a sentence of another language keeps its way
        for n, line in enumerate(lines):
            left_mm = self._line_left_mm((start_mm, width_mm), line, ink, align)
            baseline_mm = y_mm + n * step_mm + ASCENT * ink.size_mm
            self.pages[-1] += self._said(line, (left_mm, baseline_mm), ink, is_rtl=is_rtl)
        return len(lines) * step_mm

    def height_mm(self, text: str, ink: Ink, width_mm: float) -> float:
        """Return how high a text stands in a width."""
        return len(self.lines(text, ink, width_mm)) * ink.size_mm * LEADING

    def lines(self, text: str, ink: Ink, width_mm: float) -> list[list[Word]]:
        """Return the words of each line; a word wider than the width is broken."""
        blank_mm = self._blank_mm(ink)
        found: list[list[Word]] = []
        used_mm = width_mm
        for word in words_of(text, is_rtl=self.is_rtl and has_rtl(text)):
            for part in self._broken(word, ink, width_mm):
                wide_mm = self.pen.width_mm(part, ink)
                gap_mm = 0.0 if part.is_glued or not found or not found[-1] else blank_mm
                if not found or used_mm + gap_mm + wide_mm > width_mm + 1e-6:
                    found.append([Word(part.text)])
                    used_mm = wide_mm
                else:
                    found[-1].append(part)
                    used_mm += gap_mm + wide_mm
        return found

    def left_mm(self, start_mm: float, width_mm: float) -> float:
        """Return the left end of what starts at a place of the grid."""
        if self.is_rtl:
            return PAGE_MM[0] - MARGIN_MM - start_mm - width_mm
        return MARGIN_MM + start_mm

    def line_width_mm(self, line: Sequence[Word], ink: Ink) -> float:
        """Return how wide a line of words is."""
        blanks = sum(not word.is_glued for word in line[1:])
        return sum(self.pen.width_mm(word, ink) for word in line) + blanks * self._blank_mm(ink)

    def _line_left_mm(
        self, place_mm: tuple[float, float], line: Sequence[Word], ink: Ink, align: Align
    ) -> float:
        """Return where a line begins on the left."""
        start_mm, width_mm = place_mm
        free_mm = width_mm - self.line_width_mm(line, ink)
        share = {Align.START: 0.0, Align.MIDDLE: 0.5, Align.END: 1.0}[align]
        return self.left_mm(start_mm, width_mm) + free_mm * (1.0 - share if self.is_rtl else share)

    def _said(
        self,
        line: Sequence[Word],
        place_mm: tuple[float, float],
        ink: Ink,
        *,
        is_rtl: bool,
    ) -> list[Mark]:
        """Return the words of a line at their places, in the order of their sense."""
        x_mm, baseline_mm = place_mm
        places = {}
        for n, has_blank in visual_order(line, is_rtl=is_rtl):
            places[n] = x_mm
            x_mm += self.pen.width_mm(line[n], ink) + has_blank * self._blank_mm(ink)
        ways = ways_of(line, is_rtl=is_rtl)
        return [
            Said(places[n], baseline_mm, replace(word, way=ways[n]), ink)
            for n, word in enumerate(line)
        ]

    def _broken(self, word: Word, ink: Ink, width_mm: float) -> list[Word]:
        """Return a word in pieces that each fit into the width."""
        if self.pen.width_mm(word, ink) <= width_mm:
            return [word]
        pieces, piece = [], ""
        for sign in word.text:
            if piece and self.pen.width_mm(Word(piece + sign), ink) > width_mm:
                pieces.append(piece)
                piece = ""
            piece += sign
        pieces.append(piece)
        return [Word(one, is_glued=word.is_glued or n > 0) for n, one in enumerate(pieces)]

    def _blank_mm(self, ink: Ink) -> float:
        return 0.26 * ink.size_mm


def aspect_ratio(png: bytes) -> float:
    """Return a picture's height over its width, from its head."""
    width_px, height_px = struct.unpack_from(">II", png, 16)
    return float(height_px / width_px)
