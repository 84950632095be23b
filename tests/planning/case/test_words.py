"""Every code that this package says has its sentence and its way out, in English and French."""

import re
import string
from pathlib import Path

import polib
import pytest

from planning.case.edits import EDITS

ROOT = Path(__file__).resolve().parents[3]
SAID = re.compile(r'"((?:case|code|segment|mask|recent|not)-[a-z-]+)"')
NOT_SAID = {"case-writer", "case-heartbeat"}


def codes():
    text = "\n".join(path.read_text() for path in (ROOT / "planning/case").rglob("*.py"))
    return set(SAID.findall(text)) - NOT_SAID


def entries(language):
    catalogue = polib.pofile(str(ROOT / f"resources/locale/{language}/case.po"))
    return {(entry.msgctxt, entry.msgid): entry.msgstr for entry in catalogue}


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_code_and_title_has_its_words(language):
    words = entries(language)
    wanted = {(context, code) for code in codes() for context in ("message", "fix")}
    wanted |= {(None, edit.title) for edit in EDITS}
    assert wanted <= set(words)
    assert all(text.strip() and "!" not in text for text in words.values())
    # Only the note after a crash is said by others.
    assert {code for context, code in words if context} - codes() == {"case-recovered"}


def test_both_languages_fill_in_the_same_values():
    english, french = entries("en"), entries("fr")
    assert english.keys() == french.keys()
    for key, text in english.items():
        assert fields(text) == fields(french[key]), key
