"""Every code must have its sentence and its way out, in each complete language."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import polib

from segmentation.errors import Refusal
from segmentation.finding import Finding

LANGUAGES = ("en", "fr")
_FOLDER = Path(__file__).parents[3] / "resources" / "locale"
CATALOGUES = {
    language: {
        (entry.msgctxt, entry.msgid): entry.msgstr
        for entry in polib.pofile(str(_FOLDER / language / "loading.po"))
    }
    for language in LANGUAGES
}
ALL_DOMAINS = {
    language: {
        (entry.msgctxt, entry.msgid): entry.msgstr
        for path in sorted((_FOLDER / language).glob("*.po"))
        for entry in polib.pofile(str(path))
        if entry.msgctxt in ("message", "fix")
    }
    for language in LANGUAGES
}


def check_sentence(code: str, values: Mapping[str, object]) -> None:
    """Fail unless message and fix of a code exist and take exactly such values."""
    for catalogue in ALL_DOMAINS.values():
        for context in ("message", "fix"):
            text = catalogue[context, code].format(**values)
            assert text
            assert "{" not in text


def check_findings(findings: Iterable[Finding]) -> None:
    for finding in findings:
        check_sentence(finding.code, finding.values)


def check_refusal(refusal: Refusal) -> None:
    check_sentence(refusal.code, refusal.values)
