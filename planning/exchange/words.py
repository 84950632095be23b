"""The words that an export is written in: what people read, in the language they asked for.

What machines read has none: numbers there have a decimal point and keys are English.
"""

from collections.abc import Mapping
from typing import Protocol

from planning.exchange.english import english, english_detail
from segmentation.errors import Value


class Words(Protocol):
    """One language; the same question gives the same answer on any day and in any place."""

    @property
    def language(self) -> str:
        """Its code: "en", "fr" or "ar"."""

    def text(self, msgid: str) -> str:
        """Return what is written `msgid` in English; English where a catalogue has a gap."""

    def sentence(self, code: str, values: Mapping[str, Value]) -> str:
        """Return a code's sentence, filled; the bare code when no catalogue has it."""

    def detail(self, code: str, values: Mapping[str, Value]) -> str:
        """Return the limit, the error bound and the meaning behind a code; empty for none."""

    def number(self, text: str) -> str:
        """Return a number that is written with a point as the language writes it."""


class English:
    """The words as they stand in the source."""

    language = "en"

    def text(self, msgid: str) -> str:
        """Return the words themselves."""
        return msgid

    def sentence(self, code: str, values: Mapping[str, Value]) -> str:
        """Return a code's sentence, filled; the bare code when no catalogue has it."""
        return english(code, values)

    def detail(self, code: str, values: Mapping[str, Value]) -> str:
        """Return the limit, the error bound and the meaning behind a code; empty for none."""
        return english_detail(code, values)

    def number(self, text: str) -> str:
        """Return the number with its point and a true minus."""
        return text.replace("-", "\N{MINUS SIGN}")
