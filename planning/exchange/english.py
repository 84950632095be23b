"""Sentences of findings in English, for files that a machine and any reader must understand."""

from collections.abc import Mapping
from functools import cache

import polib

from resources import FOLDER
from segmentation.errors import Value

MESSAGE, DETAIL = "message", "detail"


def english(code: str, values: Mapping[str, Value]) -> str:
    """Return a code's sentence, filled; the bare code when no catalogue has it."""
    template = english_template(code)
    return template.format(**values) if template else code


def english_detail(code: str, values: Mapping[str, Value]) -> str:
    """Return the limit, the error bound and the meaning behind a code; empty for none."""
    return english_template(code, DETAIL).format(**values)


def english_template(code: str, context: str = MESSAGE) -> str:
    """Return a code's sentence with its open places, as `{name}`; empty when there is none."""
    return _messages().get((context, code), "")


@cache
def _messages() -> Mapping[tuple[str, str], str]:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr
        for path in sorted((FOLDER / "locale" / "en").glob("*.po"))
        for entry in polib.pofile(str(path))
        if entry.msgctxt in (MESSAGE, DETAIL) and entry.translated()
    }
