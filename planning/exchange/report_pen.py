"""The pen: fonts that come with the program, and what can be drawn on a page with them."""

import io
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html import escape
from typing import Final

from planning.exchange.report_text import Word
from resources import FOLDER

PAGE_MM: Final = (210.0, 297.0)
PT_MM: Final = 25.4 / 72.0
BASELINE: Final = 0.8
"""How far below its top the library sets a line's baseline, in heights of the font."""
FAMILIES: Final = (("plex", "IBMPlexSans"), ("arabic", "IBMPlexSansArabic"))
STYLES: Final = (("", "Regular"), ("B", "SemiBold"))
STANDARD: Final = "PDF/A-3B"
PRODUCER: Final = "fpdf2"


@dataclass(frozen=True, slots=True)
class Ink:
    """Size, weight and colour (`#RRGGBB`) of words."""

    size_pt: float
    is_bold: bool = False
    colour: str = "#171B20"

    @property
    def size_mm(self) -> float:
        """The height of the font."""
        return self.size_pt * PT_MM


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself: its title, its language, its moment.

    `subject` is whose plan it is, as `report_person` writes it; "" where nobody is named.
    """

    title: str
    language: str
    made_at: datetime
    subject: str = ""


METADATA: Final = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmp:CreatorTool="Tasrif"
 xmp:CreateDate="{moment}" xmp:ModifyDate="{moment}" xmp:MetadataDate="{moment}"
 pdf:Producer="{producer}" pdfaid:part="3" pdfaid:conformance="B">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>Tasrif</rdf:li></rdf:Seq></dc:creator>{subject}
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>"""
"""The library would write the present moment; the same plan gives the same bytes."""
SUBJECT: Final = (
    '\n<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description>'
)


class Pen:
    """Measures and draws; lengths in mm from the page's upper left corner."""

    def __init__(self, about: About) -> None:
        from fpdf import FPDF  # noqa: PLC0415 - heavy, and only reports need it

        pdf = FPDF(unit="mm", format=PAGE_MM, enforce_compliance=STANDARD)
        pdf.alias_nb_pages(None)  # type: ignore[arg-type]  # its way to say: replace nothing
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        pdf.set_lang(about.language)
        pdf.set_title(about.title)
        pdf.set_author("Tasrif")
        pdf.set_creator("Tasrif")
        pdf.set_creation_date(about.made_at)
        pdf.set_producer(PRODUCER)
        pdf.set_xmp_metadata(_metadata(about))
        for family, file in FAMILIES:
            for style, weight in STYLES:
                pdf.add_font(family, style, FOLDER / "fonts" / f"{file}-{weight}.woff")
        pdf.set_fallback_fonts([family for family, _ in FAMILIES], exact_match=False)
        self._pdf = pdf
        self._widths: dict[tuple[str, bool], float] = {}

    @cached_property
    def _glyphs(self) -> dict[str, frozenset[int]]:
        fonts = self._pdf.fonts
        return {one: frozenset(fonts[one].cmap) for one, _ in FAMILIES}  # type: ignore[union-attr]

    def has_glyph(self, sign: str) -> bool:
        """Return whether a sign can be drawn."""
        return any(ord(sign) in one for one in self._glyphs.values())

    def width_mm(self, word: Word, ink: Ink) -> float:
        """Return how wide a word is."""
        key = (word.text, ink.is_bold)
        if key not in self._widths:
            self._set(word, Ink(100.0, ink.is_bold))
            self._widths[key] = self._pdf.get_string_width(word.text) / 100.0
        return self._widths[key] * ink.size_pt

    def new_page(self) -> None:
        """Begin a page."""
        self._pdf.add_page()

    def word(self, x_mm: float, y_mm: float, word: Word, ink: Ink) -> None:
        """Draw a word: its left end, and its baseline."""
        self._set(word, ink)
        self._pdf.set_text_color(ink.colour)
        self._pdf.set_xy(x_mm, y_mm - BASELINE * ink.size_mm)
        self._pdf.cell(self.width_mm(word, ink), ink.size_mm, word.text)

    def pale_word(self, at_mm: tuple[float, float], turn_deg: float, word: Word, ink: Ink) -> None:
        """Draw a word across the page, seen through, its middle at a place."""
        with (
            self._pdf.local_context(fill_opacity=0.13),
            self._pdf.rotation(turn_deg, *at_mm),
        ):
            x_mm = at_mm[0] - self.width_mm(word, ink) / 2
            self.word(x_mm, at_mm[1] + 0.35 * ink.size_mm, word, ink)

    def fill(self, box_mm: tuple[float, float, float, float], colour: str) -> None:
        """Fill a box: left, top, width, height."""
        self._pdf.set_fill_color(colour)
        self._pdf.rect(*box_mm, style="F")

    def frame(self, box_mm: tuple[float, float, float, float], colour: str) -> None:
        """Draw the border of a box."""
        self._pdf.set_draw_color(colour)
        self._pdf.set_line_width(0.3)
        self._pdf.rect(*box_mm, style="D")

    def picture(self, box_mm: tuple[float, float, float, float], png: bytes) -> None:
        """Draw a picture into a box."""
        x_mm, y_mm, width_mm, height_mm = box_mm
        self._pdf.image(io.BytesIO(png), x_mm, y_mm, width_mm, height_mm)

    def output(self) -> bytes:
        """Return the whole file."""
        return bytes(self._pdf.output())

    def _set(self, word: Word, ink: Ink) -> None:
        plain, arabic = (self._glyphs[one] for one, _ in FAMILIES)
        signs = frozenset(map(ord, word.text))
        is_arabic = word.direction == "rtl" or (
            not signs <= plain and bool(signs & (arabic - plain))
        )
        self._pdf.set_font(FAMILIES[is_arabic][0], "B" if ink.is_bold else "", ink.size_pt)
        self._pdf.set_text_shaping(True, direction=word.direction or "ltr")


def _metadata(about: About) -> str:
    moment = about.made_at.isoformat(timespec="seconds")
    subject = SUBJECT.format(escape(about.subject)) if about.subject else ""
    title = escape(about.title)
    return METADATA.format(moment=moment, producer=PRODUCER, title=title, subject=subject)
