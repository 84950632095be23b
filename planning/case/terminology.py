"""What a segment can be said to be: the terms of the bundled terminology, and how they are written.

A code is a SNOMED CT expression: the term's number, `64033007`, for a kidney, and with a side
`64033007:272741003=7771000`, for the left one. The table only grows: a code that a case file
names stays known.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from resources import FOLDER
from segmentation.errors import Refusal

TABLE: Final = FOLDER / "terminology.json"
LEFT, RIGHT = "L", "R"


@dataclass(frozen=True, slots=True)
class Term:
    """One row of the table: SNOMED CT number, English meaning (a msgid), category, group, sides.

    `group` is a word such as `bone`; `has_sides` says that there is a left and a right one.
    """

    code: str
    meaning: str
    category: str
    group: str
    has_sides: bool


@dataclass(frozen=True, slots=True)
class Coded:
    """A term that was chosen; `side` is `L`, `R` or empty."""

    term: Term
    side: str = ""

    @property
    def text(self) -> str:
        """The SNOMED CT expression."""
        if not self.side:
            return self.term.code
        return f"{self.term.code}:{_laterality()}={side_codes()[self.side]}"


@cache
def terms() -> Mapping[str, Term]:
    """Return the terms by their numbers, in the table's order."""
    rows = _table()["structures"]
    found = (Term(r["code"], r["meaning"], r["category"], r["group"], r["sides"]) for r in rows)
    return MappingProxyType({term.code: term for term in found})


@cache
def side_codes() -> Mapping[str, str]:
    """Return the SNOMED CT numbers of left and right."""
    return MappingProxyType({side: row["code"] for side, row in _table()["sides"].items()})


def coded(text: str) -> Coded:
    """Return what an expression says.

    Raises
    ------
    Refusal
        `segment-code-unknown` for what the terminology doesn't hold, and for a side of what has
        none.
    """
    term = terms().get(text.partition(":")[0])
    sides = ("", LEFT, RIGHT) if term is not None and term.has_sides else ("",)
    for side in sides:
        if term is not None and Coded(term, side).text == text:
            return Coded(term, side)
    raise Refusal("segment-code-unknown", segment_code=text[:40])


def _laterality() -> str:
    return str(_table()["laterality"])


@cache
def _table() -> Any:  # noqa: ANN401 - a table of words
    return json.loads(TABLE.read_text("utf-8"))
