"""Sentences of findings in English, for files that a machine and any reader must understand."""

from collections.abc import Mapping
from functools import cache

import polib

from resources import FOLDER
from segmentation.errors import Value


def english(code: str, values: Mapping[str, Value]) -> str:
    """Return a code's sentence, filled; the bare code when no catalogue has it."""
    template = _messages().get(code)
    return code if template is None else template.format(**values)


@cache
def _messages() -> Mapping[str, str]:
    return {
        entry.msgid: entry.msgstr
        for path in sorted((FOLDER / "locale" / "en").glob("*.po"))
        for entry in polib.pofile(str(path))
        if entry.msgctxt == "message" and entry.translated()
    }
