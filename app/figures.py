"""How numbers, dates and places read on screen: one rounding rule per unit."""

import math
import re
from datetime import date
from typing import Final

from app.language import current, translate_n
from app.language import translate as _
from app.words import CatalogueWords
from planning.case.case import Side
from segmentation.grid import Point

MINUS: Final = "\N{MINUS SIGN}"
NOTHING: Final = "\N{EN DASH}"
AXES: Final = (("L", "R"), ("P", "A"), ("S", "I"))
DAYS_OF_YEAR: Final = 365.2425
DECIMAL: Final = re.compile(rf"[{MINUS}+-]?\d+\.\d+\s?(mm|ml|HU|°|%)?")


def decimal(value: float, digits: int = 1) -> str:
    """Return a number with a true minus; a French window shows a decimal comma."""
    text = f"{value:.{digits}f}".replace("-", MINUS)
    if set(text) <= set(f"{MINUS}0.,"):
        text = text.removeprefix(MINUS)
    return number(text)


def number(text: str) -> str:
    """Return a number that is written with a point, as the window's language writes it."""
    return CatalogueWords(current()).number(text)


def found(text: str) -> str:
    """Return what a check wrote down, a decimal number with the sign of the window's language."""
    return number(text) if DECIMAL.fullmatch(text) is not None else text


def ml(value_ml: float) -> str:
    """Return a volume with its unit."""
    return f"{decimal(value_ml)} ml"


def mm2(area_mm2: float) -> str:
    """Return an area in mm2 with its unit, to whole ones."""
    return f"{decimal(area_mm2, 0)} mm²"


def hu(value_hu: float | None) -> str:
    """Return a Hounsfield number with its unit; a dash where the scanner measured nothing."""
    return f"{NOTHING if value_hu is None else decimal(value_hu, 0)} {_('HU')}"


def place(point_lps_mm: Point) -> str:
    """Return an LPS point in letters, never with a bare sign: `L 125.8  P 177.2  I 443.8 mm`."""
    parts = []
    for value, (plus, minus) in zip(point_lps_mm, AXES, strict=True):
        parts.append(f"{plus if value >= 0 else minus} {decimal(abs(float(value)))}")
    return "  ".join(parts) + " mm"


def spacing(spacing_kji_mm: tuple[float, float, float]) -> str:
    """Return voxel distances, in the slice first: `0.70 x 0.70 x 1.25 mm`."""
    k, j, i = spacing_kji_mm
    return " × ".join(decimal(value, 2) for value in (i, j, k)) + " mm"


def read_number(text: str) -> float | None:
    """Return the number that a person wrote with `,` or `.` as decimal sign.

    None for anything else, and for both signs together: 1.234,5 could mean two things.
    """
    plain = text.strip().replace(MINUS, "-").replace("\u00a0", "")
    if plain.count(",") + plain.count(".") > 1:
        return None
    body = plain.replace(",", ".").removeprefix("-").removeprefix("+")
    if not body.replace(".", "", 1).isdigit():
        return None
    value = float(plain.replace(",", "."))
    return value if math.isfinite(value) else None


def person(name: str) -> str:
    """Return a DICOM person name as people write it: `Example^Anna` as `Example, Anna`.

    Of several scripts (`=`) the first that is filled stands.
    """
    scripts = [script.strip() for script in name.split("=") if script.strip("^ ")]
    if not scripts:
        return ""
    family, *others = [part.strip() for part in scripts[0].split("^")]
    rest = " ".join(part for part in others if part)
    return ", ".join(part for part in (family, rest) if part)


def date_of(iso: str) -> str:
    """Return an ISO date as it is, or a dash."""
    return iso or NOTHING


def age(iso: str, today: date) -> str:
    """Return how long ago an ISO date is, in its largest unit; empty when it is unknown."""
    try:
        then = date.fromisoformat(iso)
    except ValueError:
        return ""
    days = (today - then).days
    if days < 0:
        return ""
    if days < 61:
        return translate_n("{n} day old", "{n} days old", days)
    if days < 2 * DAYS_OF_YEAR:
        months = int(days / (DAYS_OF_YEAR / 12.0))
        return translate_n("{n} month old", "{n} months old", months)
    return translate_n("{n} year old", "{n} years old", int(days / DAYS_OF_YEAR))


def side_words(side: Side) -> str:
    """Return the side to operate in words, the side itself in capitals."""
    words = {
        Side.LEFT: _("LEFT side"),
        Side.RIGHT: _("RIGHT side"),
        Side.BOTH: _("BOTH sides"),
        Side.NONE: _("No side"),
    }
    return words[side]


def islands(n: int) -> str:
    """Return how many separate parts a segment has."""
    return translate_n("{n} island", "{n} islands", n)
