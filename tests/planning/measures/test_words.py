"""Titles, definitions and reasons of the measures stand in both catalogues."""

import re
from pathlib import Path

import polib
import pytest

from planning.measures import MEASURES
from planning.model.plan import KINDS

ROOT = Path(__file__).resolve().parents[3]


def words(language):
    folder = ROOT / "resources" / "locale" / language
    return {(e.msgctxt, e.msgid): e.msgstr for p in folder.glob("*.po") for e in polib.pofile(p)}


def test_every_title_and_definition_is_french_too():
    french = words("fr")
    wanted = {text for measure in MEASURES for text in (measure.title, measure.definition)}
    wanted |= {kind.title for kind in KINDS}
    assert not {text for text in wanted if not french.get((None, text))}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_reason_has_its_sentence(language):
    known = words(language)
    said = re.compile(r'without\(\s*[^,]+,\s*"([a-z-]+)"')
    text = "\n".join(path.read_text() for path in (ROOT / "planning/measures").glob("*.py"))
    codes = set(said.findall(text))
    assert len(codes) == 4
    for code in codes:
        assert known.get(("message", code))
        assert known.get(("fix", code))
