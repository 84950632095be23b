"""Findings as JSON and as words."""

from app.language import remedy, sentence
from segmentation.finding import Finding
from segmentation.io.files import Ignored


def finding_fields(finding: Finding) -> dict[str, object]:
    """Return the JSON shape of a finding."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": sentence(finding.code, finding.values),
        "files": finding.files,
        "mm": finding.mm,
    }


def finding_words(finding: Finding) -> str:
    """Return a finding as one line."""
    text = f"{sentence(finding.code, finding.values)} {remedy(finding.code, finding.values)}"
    return f"{finding.severity}: {text}".rstrip()


def ignored_fields(one: Ignored) -> dict[str, object]:
    """Return the JSON shape of a file that was left aside."""
    return {"path": one.path, "code": one.code, "message": ignored_words(one)}


def ignored_words(one: Ignored) -> str:
    """Return why a file was left aside; the code, where the sentence needs figures not kept."""
    values = {"file": one.path}
    try:
        return sentence(one.code, values)
    except KeyError:
        return sentence("file-left-aside", {**values, "code": one.code})
