"""Words in the order in which they are drawn, whichever way they are written.

A line is set word by word: each is drawn on its own, in the order of its sense, so that a reader
program finds the words as they were meant, and a name of another script can't turn what stands
beside it around. Left-to-right words next to each other in a right-to-left line keep their order
(the Unicode bidirectional algorithm, UAX 9, for words).
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

NUMERO: Final = "\N{NUMERO SIGN}"
"""Stands before what a receiver's program looks up; no name can hold it (`legible`)."""
MARKS_MAX: Final = 3
LEFT_TO_RIGHT: Final = frozenset({"L", "EN", "AN", "ES", "ET"})
RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
SIGNS: Final = frozenset("\N{MINUS SIGN}≥≤±×")
STOPS: Final = re.compile(r"^()(.*?)([.,;:!?،؛؟]*)$", re.DOTALL)
EDGES: Final = re.compile(r"^([(«“]*)(.*?)([)»”.,;:!?،؛؟]*)$", re.DOTALL)
PAIRS: Final = ("()", "«»", "“”")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line; `is_glued` says that no blank stands before it.

    `way` is the direction that signs without one of their own take in their line.
    """

    text: str
    is_glued: bool = False
    way: str = ""

    @property
    def direction(self) -> str:
        """The way it is written: "ltr", "rtl", or "" for signs that follow their neighbours."""
        for sign in self.text:
            kind = unicodedata.bidirectional(sign)
            if kind in RIGHT_TO_LEFT:
                return "rtl"
            if kind in LEFT_TO_RIGHT or sign in SIGNS:
                return "ltr"
        return self.way


def legible(text: str, has_glyph: Callable[[str], bool]) -> str:
    """Return words of people as they can be printed, unlike any others.

    What steers direction, is invisible or has no glyph stands as `[U+XXXX]`; no more than three
    marks stand on one letter.
    """
    found: list[str] = []
    marks = 0
    for sign in unicodedata.normalize("NFC", text):
        marks = marks + 1 if unicodedata.category(sign) == "Mn" else 0
        if sign.isspace():
            found.append(" ")
        elif sign == NUMERO or marks > MARKS_MAX or not _is_plain(sign) or not has_glyph(sign):
            found.append(f"[U+{ord(sign):04X}]")
        else:
            found.append(sign)
    return " ".join("".join(found).split())


def _is_plain(sign: str) -> bool:
    return not unicodedata.category(sign).startswith("C")


def words_of(text: str, *, is_rtl: bool) -> tuple[Word, ...]:
    """Return the words of a text.

    In a right-to-left line the stops after a word, and the brackets that open or close around
    several, stand for themselves, since they belong to the sentence.
    """
    found: list[Word] = []
    for part in text.split():
        if not is_rtl:
            found += [Word(one, is_glued=n > 0) for n, one in enumerate(_by_script(part))]
            continue
        is_whole = all(part.count(opens) == part.count(closes) for opens, closes in PAIRS)
        match = (STOPS if is_whole else EDGES).match(part)
        has_core = match is not None and bool(match[2])
        pieces = [*match[1], *_by_script(match[2]), *match[3]] if match and has_core else [part]
        found += [Word(one, is_glued=n > 0) for n, one in enumerate(pieces)]
    return tuple(found)


def _by_script(word: str) -> list[str]:
    """Return a word in pieces: letters of a right-to-left script stand apart from all others."""
    pieces, way = [""], ""
    for sign in word:
        own = _way_of(sign, way)
        if pieces[-1] and own != way and "rtl" in (own, way):
            pieces.append("")
        pieces[-1] += sign
        way = own
    return pieces


def _way_of(sign: str, before: str) -> str:
    """Return a sign's direction in a word: marks follow their letter, others a Latin word."""
    kind = unicodedata.bidirectional(sign)
    if kind in RIGHT_TO_LEFT:
        return "rtl"
    if kind in {"L", "EN", "AN"}:
        return "ltr"
    return before if kind == "NSM" or before != "rtl" else ""


def has_rtl(text: str) -> bool:
    """Return whether a text has a letter of a right-to-left script."""
    return any(unicodedata.bidirectional(sign) in RIGHT_TO_LEFT for sign in text)


def visual_order(words: Sequence[Word], *, is_rtl: bool) -> tuple[tuple[int, bool], ...]:
    """Return the places of the words of one line from left to right, each with: a blank follows."""
    ways = ways_of(words, is_rtl=is_rtl)
    runs = [list(run) for _, run in groupby(range(len(words)), key=lambda n: ways[n])]
    ordered = [run[::-1] if ways[run[0]] == "rtl" else run for run in runs]
    found: list[tuple[int, bool]] = []
    in_sight = ordered[::-1] if is_rtl else ordered
    for n, run in enumerate(in_sight):
        found += [(one, not words[max(one, run[k + 1])].is_glued) for k, one in enumerate(run[:-1])]
        later = max(run, in_sight[n + 1], key=min) if n + 1 < len(in_sight) else run
        found.append((run[-1], n + 1 < len(in_sight) and not words[min(later)].is_glued))
    return tuple(found)


def ways_of(words: Sequence[Word], *, is_rtl: bool) -> list[str]:
    """Return the direction of each word: signs between words of one direction take it."""
    base = "rtl" if is_rtl else "ltr"
    ways = [word.direction for word in words]
    found = list(ways)
    for n, way in enumerate(ways):
        if not way:
            before = next((one for one in reversed(ways[:n]) if one), base)
            after = next((one for one in ways[n:] if one), base)
            found[n] = before if before == after else base
    return found
