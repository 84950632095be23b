"""The plan document as a report tells it: every word and number from its bytes, in one language."""

import hashlib
import json
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cached_property
from typing import Any, Final

from planning.case.case import Identity
from planning.exchange.english import english, english_template
from planning.exchange.exporter import Handover
from planning.exchange.report_text import legible
from planning.exchange.words import Words
from planning.measures import MEASURES, Rounding
from planning.measures.rounding import rounded
from segmentation.errors import Value

AXES: Final = (("L", "R"), ("P", "A"), ("S", "I"))
UNITS: Final = {"deg": "°"}
IN_WORDS: Final = {"voxel": "voxels", "day": "days"}
WHOLE: Final = frozenset({"HU", "day"})
NO_VALUE: Final = "\N{EN DASH}"
VOWEL_MARKS: Final = re.compile("[\u064b-\u0652]")
FIGURE: Final = re.compile(r"-?\d+(?:\.\d+)?")
Json = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class ToldPlan:
    """One plan document in one language.

    Attributes
    ----------
    document, sha256
        The plan as JSON data, and the hash of its bytes in hex.
    words
        The language.
    fingerprint
        Of the key that sealed it; "" for a draft.
    has_glyph
        Whether a sign can be printed.
    person
        Whose plan it is, where that was asked for; None names nobody.
    """

    document: Json
    sha256: str
    words: Words
    fingerprint: str
    has_glyph: Callable[[str], bool]
    person: Identity | None = None

    @property
    def is_draft(self) -> bool:
        """Whether it must say DRAFT on every page."""
        return bool(self.document["plan"]["state"] == "draft")

    @property
    def is_simulation(self) -> bool:
        """Whether it must say SIMULATION on every page."""
        return bool(self.document["plan"]["kind"] == "simulation")

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The names of items and segments by id, as they are printed."""
        both = (*self.document["items"], *self.document["segments"])
        return {str(one["id"]): self.plain(one["name"]) for one in both}

    def text(self, msgid: str) -> str:
        """Return what is written `msgid` in English.

        Arabic stands without vowel marks: nobody needs them to read it, and readers lose them.
        """
        return VOWEL_MARKS.sub("", self.words.text(msgid))

    def plain(self, words: str) -> str:
        """Return people's words as they can be printed."""
        return legible(words, self.has_glyph)

    def number(self, value: float, rounding: Rounding = Rounding.NEAREST, decimals: int = 1) -> str:
        """Return a number as people read it."""
        return self.words.number(str(rounded(value, rounding, decimals)))

    def unit(self, unit: str) -> str:
        """Return a unit as people write it."""
        return self.text(IN_WORDS[unit]) if unit in IN_WORDS else UNITS.get(unit, unit)

    def place(self, values: tuple[float, ...], decimals: int = 1) -> str:
        """Return three LPS numbers in letters, never with a bare sign."""
        parts = []
        for value, (plus, minus) in zip(values, AXES, strict=True):
            size = self.number(abs(value), decimals=decimals)
            parts.append(f"{plus if value >= 0 else minus} {size}")
        return " ".join(parts)

    def measured(self, name: str, value: float, unit: str) -> str:
        """Return a value of a measure, rounded as that is; another one to the nearest."""
        measure = next((one for one in MEASURES if one.name == name), None)
        rounding = Rounding.NEAREST if measure is None else measure.rounding
        return self.number(value, rounding, 0 if unit in WHOLE else 1)

    def sentence(self, finding: Json) -> str:
        """Return what a finding says in the language; in English where that can't be told."""
        code, message = str(finding["code"]), str(finding["message"])
        values = values_of(code, message)
        raw = {str(one["id"]): str(one["name"]) for one in self.document["items"]}
        item = raw.get(str(finding["item"]))
        if values is None or ("item" in values and values["item"] != item):
            return self.plain(message)
        told = {
            key: _figure(one) if one not in raw.values() else one for key, one in values.items()
        }
        return self.plain(self.words.sentence(code, told))


def told_plan(handover: Handover, has_glyph: Callable[[str], bool]) -> ToldPlan:
    """Return the plan that is handed over."""
    fingerprint = "" if handover.is_draft else handover.case.seals[-1].fingerprint
    return ToldPlan(
        json.loads(handover.plan),
        hashlib.sha256(handover.plan).hexdigest(),
        handover.words,
        fingerprint,
        has_glyph,
        handover.person,
    )


def made_at(document: Json) -> datetime:
    """Return the moment of the seal, else the beginning of the day of the checks, in UTC."""
    if document["seal"] is not None:
        return datetime.fromisoformat(document["seal"]["at"]).astimezone(UTC)
    day = datetime.fromisoformat(document["checked_on"]).date()
    return datetime.combine(day, time(), UTC)


def values_of(code: str, message: str) -> dict[str, str] | None:
    """Return the values that a code's English sentence was filled with; None if it is another's."""
    template = english_template(code)
    if not template:
        return None
    pattern, seen = "", set[str]()
    for before, name, _, _ in string.Formatter().parse(template):
        pattern += re.escape(before)
        if name:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            seen.add(name)
    match = re.fullmatch(pattern, message, re.DOTALL)
    if match is None:
        return None
    values = match.groupdict()
    return values if english(code, {k: _figure(v) for k, v in values.items()}) == message else None


def _figure(text: str) -> Value:
    """Return a number where a text is one, so that the language can write it its way."""
    if not FIGURE.fullmatch(text):
        return text
    number: Value = float(text) if "." in text else int(text)
    return number if str(number) == text else text


def spaced(hex_digits: str) -> str:
    """Return hex digits in groups of four, to be read aloud."""
    return " ".join(hex_digits[n : n + 4] for n in range(0, len(hex_digits), 4))
