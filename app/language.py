"""Sentences in the user's language, from the gettext catalogues of `resources/locale`.

Code asks by English text (`translate`) or by code and values (`sentence`, `remedy`, `detail`), so
window, command line and report say the same thing. An Arabic gap falls back to French, then to
English.
"""

import gettext
import io
import string
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import polib

from app.moments import moment_words
from resources import FOLDER
from segmentation.errors import Value

LANGUAGES: Final = ("en", "fr", "ar")
NEXT: Final = {"ar": "fr", "fr": "en"}
DECIMAL_COMMA: Final = frozenset({"fr"})
RIGHT_TO_LEFT: Final = frozenset({"ar"})
# What could rewrite a terminal's or a window's line: controls, and marks that turn its direction.
UNSEEN: Final = dict.fromkeys(
    (*range(0x20), 0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F)), "\N{REPLACEMENT CHARACTER}"
)
# Isolates are made here: one in a value would end ours.
ISOLATES: Final = dict.fromkeys(range(0x2066, 0x206A))
_current = {"language": "en"}


class _Words(string.Formatter):
    """Fills a sentence: decimal commas and local moments are made here and nowhere else.

    In a right-to-left sentence each value is isolated, so that a name, a path or a negative number
    keeps its own order and changes nobody else's (UAX 9, FSI and PDI).
    """

    def __init__(self, language: str) -> None:
        self._has_comma = language in DECIMAL_COMMA
        self._is_rtl = language in RIGHT_TO_LEFT

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - Formatter's own
        """Return one value as text."""
        text = self._plain(value, format_spec)
        return f"\u2068{text}\u2069" if self._is_rtl and text else text

    def _plain(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - any value of a refusal
        text = str(super().format_field(value, format_spec))
        if isinstance(value, str):
            return moment_words(text.translate(UNSEEN | ISOLATES), translate)
        if isinstance(value, float) and self._has_comma:
            text = text.replace(".", ",")
        return text.replace("-", "\N{MINUS SIGN}", 1) if isinstance(value, float | int) else text


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the merged catalogues of one language with its fallbacks behind it."""
    merged = polib.POFile()
    merged.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    for path in sorted((FOLDER / "locale" / language).glob("*.po")):
        source = polib.pofile(str(path))
        if "Plural-Forms" in source.metadata:
            merged.metadata["Plural-Forms"] = source.metadata["Plural-Forms"]
        merged.extend(entry for entry in source if entry.translated())
    translations = gettext.GNUTranslations(io.BytesIO(merged.to_binary()))
    if language in NEXT:
        translations.add_fallback(catalogue(NEXT[language]))
    return translations


def use(language: str) -> None:
    """Speak `language` from now on; an unknown one is English."""
    _current["language"] = language if language in LANGUAGES else "en"


def current() -> str:
    """Return the language in use."""
    return _current["language"]


def translate(text: str) -> str:
    """Return `text`, written in English, in the language in use."""
    return catalogue(current()).gettext(text)


def translate_n(one: str, many: str, n: int) -> str:
    """Return the form for `n` things, with `{n}` filled in."""
    return catalogue(current()).ngettext(one, many, n).format(n=n)


def sentence(code: str, values: Mapping[str, Value]) -> str:
    """Return what happened, as one sentence; the bare code when no catalogue has it."""
    return _filled("message", code, values) or code


def remedy(code: str, values: Mapping[str, Value]) -> str:
    """Return what to do about it; empty when there is nothing to do."""
    return _filled("fix", code, values)


def detail(code: str, values: Mapping[str, Value]) -> str:
    """Return the limit, the error bound and the meaning behind a finding; empty for none."""
    return _filled("detail", code, values)


def _filled(context: str, code: str, values: Mapping[str, Value]) -> str:
    template = catalogue(current()).pgettext(context, code)
    if template == code:
        return ""
    return _Words(current()).vformat(template, (), values)
