"""Findings as JSON and as words."""

from app.language import remedy, sentence
from segmentation.finding import Finding


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
