"""A language of the window as an export takes it: the same catalogues, and no clock."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.language import DECIMAL_COMMA, catalogue
from segmentation.errors import Value

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class CatalogueWords:
    """The words of one language; unlike the window's they tell no moment as "today"."""

    language: str

    def text(self, msgid: str) -> str:
        """Return what is written `msgid` in English."""
        return catalogue(self.language).gettext(msgid)

    def sentence(self, code: str, values: Mapping[str, Value]) -> str:
        """Return a code's sentence, filled; the bare code when no catalogue has it."""
        return self._filled("message", code, values) or code

    def detail(self, code: str, values: Mapping[str, Value]) -> str:
        """Return the limit, the error bound and the meaning behind a code; empty for none."""
        return self._filled("detail", code, values)

    def number(self, text: str) -> str:
        """Return a number that is written with a point as the language writes it."""
        written = text.replace("-", MINUS)
        return written.replace(".", ",") if self.language in DECIMAL_COMMA else written

    def _filled(self, context: str, code: str, values: Mapping[str, Value]) -> str:
        template = catalogue(self.language).pgettext(context, code)
        return "" if template == code else _Filling(self).vformat(template, (), values)


class _Filling(string.Formatter):
    """Writes numbers as the language does; words stay as they are."""

    def __init__(self, words: CatalogueWords) -> None:
        self._words = words

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - Formatter's own
        """Return one value as text."""
        text = str(super().format_field(value, format_spec))
        return text if isinstance(value, str) else self._words.number(text)
