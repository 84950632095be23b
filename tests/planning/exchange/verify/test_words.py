"""Every check says its outcome in both languages, with all its values filled in."""

import ast
import string
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[4]


def said():
    """Yield code and names of values of each `Fault` and `Held` in the package."""
    for path in (ROOT / "planning/exchange/verify").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", "")
            if name == "Fault" and isinstance(node.args[0], ast.Constant):
                spread = any(word.arg is None for word in node.keywords)
                yield node.args[0].value, None if spread else {w.arg for w in node.keywords}, True
            if name == "Held" and isinstance(node.args[1], ast.Constant):
                given = node.args[2] if len(node.args) > 2 else ast.Dict([], [])
                told = isinstance(given, ast.Dict) and None not in given.keys
                keys = {k.value for k in given.keys} if told else None
                yield node.args[1].value, keys, False


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_outcome_has_its_sentence_and_fills_it(language):
    catalogues = map(polib.pofile, map(str, (ROOT / f"resources/locale/{language}").glob("*.po")))
    known = {(one.msgctxt, one.msgid): one.msgstr for found in catalogues for one in found}
    found = list(said())
    assert len(found) > 90
    for code, values, is_fault in found:
        message, fix = known[("message", code)], known.get(("fix", code), "")
        assert message.strip()
        assert "!" not in message + fix
        assert not is_fault or fix, code
        fields = {name for _, name, _, _ in string.Formatter().parse(message + fix) if name}
        assert values is None or fields <= values, code
