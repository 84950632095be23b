"""Coded words of DICOM objects: what a segment is by its code or name, units, and our own codes."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from planning.case.case import Segment
from planning.case.terminology import coded
from resources import FOLDER

OWN: Final = "99TASRIF"
TABLE: Final = "terminology.json"
CODE_LENGTH_MAX: Final = 16
MEANING_LENGTH_MAX: Final = 64
TISSUE: Final = "85756007"
CUT: Final = "..."
FIRST_IN_A_TIE: Final = ("49755003", "260787004")
"""A tumour of the liver is a tumour, a screw in the femur a screw."""


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept: its value, the scheme that gives it, and its meaning in English."""

    value: str
    scheme: str
    meaning: str

    def items(self, *modifiers: "Code") -> Items:
        """Return the code as a sequence of one item; modifiers say more of a property's type."""
        item = Dataset()
        if len(self.value) > CODE_LENGTH_MAX:
            item.LongCodeValue = self.value
        else:
            item.CodeValue = self.value
        item.CodingSchemeDesignator = self.scheme
        item.CodeMeaning = self.meaning[:MEANING_LENGTH_MAX]
        if modifiers:
            inner = [one for code in modifiers for one in code.items()]
            item.SegmentedPropertyTypeModifierCodeSequence = Items(inner)
        return Items([item])


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What a segment's name says that it is; `laterality` None where it names no side."""

    category: Code
    kind: Code
    laterality: Code | None


MM: Final = Code("mm", "UCUM", "mm")
UNITS: Final = {
    "mm": MM,
    "deg": Code("deg", "UCUM", "deg"),
    "ml": Code("ml", "UCUM", "ml"),
    "HU": Code("[hnsf'U]", "UCUM", "Hounsfield unit"),
}
LENGTH: Final = Code("410668003", "SCT", "Length")
CONCEPTS: Final = {
    "distance": LENGTH,
    "trajectory_length": LENGTH,
    "angle": Code("1483009", "SCT", "Angle"),
    "segment_volume": Code("118565006", "SCT", "Volume"),
}
DIAMETER: Final = Code("81827009", "SCT", "Diameter")
MARGIN: Final = Code("NO_GO_MARGIN", OWN, "Margin about a no-go zone")
SEVERITY: Final = Code("NO_GO_SEVERITY", OWN, "What entering a no-go zone means")
SEVERITIES: Final = {
    "forbid": Code("FORBID", OWN, "Never enter"),
    "warn": Code("WARN", OWN, "Slow down and tell"),
}
UNKNOWN: Final = Code("SEGMENT", OWN, "Segment told by its label only")


def anatomy(name: str) -> Anatomy:
    """Return what a segment's name says in English, French or Arabic.

    The longest known word wins. Names without any are tissue with a code of our own. The side is
    the name's alone: a mask of both shoulders in a plan of one must not be called that side.
    """
    preset, words = _preset(), _words(name)
    best: tuple[int, bool] = (0, False)
    found: Any = None
    for row in preset["structures"]:
        length = max((len(one) for one in row["tokens"] if _holds(words, one)), default=0)
        rank = (length, row["category"] in FIRST_IN_A_TIE)
        if length and rank > best:
            best, found = rank, row
    sides = [s for s in preset["sides"].values() if set(s["words"]) & set(words)]
    side = Code(sides[0]["code"], "SCT", sides[0]["meaning"]) if len(sides) == 1 else None
    if found is None:
        return Anatomy(_category(TISSUE), UNKNOWN, side)
    kind = Code(found["code"], "SCT", found["meaning"])
    return Anatomy(_category(found["category"]), kind, side)


def anatomy_of(segment: Segment) -> Anatomy:
    """Return what a segment is: as a person chose it, else what its name says."""
    if not segment.code:
        return anatomy(segment.name)
    chosen = coded(segment.code)
    term = chosen.term
    row = _preset()["sides"].get(chosen.side)
    side = None if row is None else Code(row["code"], "SCT", row["meaning"])
    return Anatomy(_category(term.category), Code(term.code, "SCT", term.meaning), side)


def concept_of(name: str, title: str) -> Code:
    """Return the concept of a measure: SNOMED CT's where it means just that, else our own."""
    return CONCEPTS.get(name, Code(name, OWN, title))


def kind_of(kind: str, title: str) -> Code:
    """Return our code for a kind of plan item."""
    return Code(kind.upper(), OWN, title)


def shortened(words: str, length: int = MEANING_LENGTH_MAX) -> str:
    """Return words cut between two of them to at most `length` characters."""
    if len(words) <= length:
        return words
    return words[: length - len(CUT)].rsplit(" ", 1)[0].rstrip(" ,;:.") + CUT


def _category(value: str) -> Code:
    return Code(value, "SCT", _preset()["categories"][value])


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    n = len(wanted)
    return any(words[at : at + n] == wanted for at in range(len(words) - n + 1))


def _words(name: str) -> list[str]:
    """Return the words of a name without case and accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.findall(r"[^\W_]+", kept)


@cache
def _preset() -> Any:  # noqa: ANN401 - a table of words
    read = json.loads((FOLDER / TABLE).read_text("utf-8"))
    for row in read["structures"]:
        row["tokens"] = [_words(one) for one in row["words"]]
    for side in read["sides"].values():
        side["words"] = [_words(one)[0] for one in side["words"]]
    return read
