"""Tables whose rows never break over a page, and whose head stands on each page again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from planning.exchange.report_pen import Ink
from planning.exchange.report_sheet import WIDTH_MM, Align, Sheet

PAD_MM: Final = 1.4
AFTER_MM: Final = 6.0
LINE: Final = "#CDD3DB"
HEAD: Final = Ink(8.0, is_bold=True, colour="#48525E")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, where it starts, its width, and how its cells stand.

    Columns are told in their order, wherever they stand: a number right after its row's mark.
    """

    head: str
    start_mm: float
    width_mm: float
    align: Align = Align.START


@dataclass(frozen=True, slots=True)
class Part:
    """Words of a cell in one ink; the parts of a cell stand below each other."""

    text: str
    ink: Ink


@dataclass(frozen=True, slots=True)
class Row:
    """Cells, one a column, in the order in which they are told; `ground` is its colour, or ""."""

    cells: tuple[tuple[Part, ...], ...]
    ground: str = ""
    keeps_next: bool = False


def table(sheet: Sheet, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Set a table at the sheet's place."""
    places = [(column.start_mm, column.width_mm) for column in columns]
    _head(sheet, columns, places)
    for n, row in enumerate(rows):
        height_mm = _height_mm(sheet, places, row)
        wanted_mm = height_mm
        if row.keeps_next and n + 1 < len(rows):
            wanted_mm += _height_mm(sheet, places, rows[n + 1])
        if sheet.make_room(wanted_mm):
            _head(sheet, columns, places)
        _row(sheet, columns, places, row, height_mm)
    sheet.y_mm += AFTER_MM


def _head(sheet: Sheet, columns: Sequence[Column], places: Sequence[tuple[float, float]]) -> None:
    if not any(column.head for column in columns):
        return
    tallest_mm = max(
        sheet.height_mm(column.head, HEAD, width_mm)
        for column, (_, width_mm) in zip(columns, places, strict=True)
    )
    sheet.make_room(tallest_mm + 12.0)
    for column, (start_mm, width_mm) in zip(columns, places, strict=True):
        sheet.text((start_mm, sheet.y_mm, width_mm), column.head, HEAD, column.align)
    sheet.y_mm += tallest_mm + PAD_MM
    sheet.fill(0.0, sheet.y_mm, WIDTH_MM, 0.4, HEAD.colour)
    sheet.y_mm += 0.4


def _height_mm(sheet: Sheet, places: Sequence[tuple[float, float]], row: Row) -> float:
    tallest_mm = max(
        sum(sheet.height_mm(part.text, part.ink, width_mm) for part in cell)
        for cell, (_, width_mm) in zip(row.cells, places, strict=True)
    )
    return tallest_mm + 2 * PAD_MM


def _row(
    sheet: Sheet,
    columns: Sequence[Column],
    places: Sequence[tuple[float, float]],
    row: Row,
    height_mm: float,
) -> None:
    if row.ground:
        sheet.fill(0.0, sheet.y_mm, WIDTH_MM, height_mm, row.ground)
    for cell, column, (start_mm, width_mm) in zip(row.cells, columns, places, strict=True):
        y_mm = sheet.y_mm + PAD_MM
        for part in cell:
            y_mm += sheet.text((start_mm, y_mm, width_mm), part.text, part.ink, column.align)
    sheet.y_mm += height_mm
    sheet.fill(0.0, sheet.y_mm, WIDTH_MM, 0.2, LINE)
