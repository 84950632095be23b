"""What a finder hands back: a structure, how sure it is, and why."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from segmentation.finding import Finding, Severity
from segmentation.mask import BitMask


class Confidence(StrEnum):
    """How far a found structure may be trusted before a person has looked at it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


SAID: Final = {
    Confidence.HIGH: ("anatomy-confidence-high", Severity.INFO),
    Confidence.MEDIUM: ("anatomy-confidence-medium", Severity.WARN),
    Confidence.LOW: ("anatomy-confidence-low", Severity.WARN),
}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One structure; `name` is its English name and the msgid of its translations.

    `evidence` says what spoke for it. A structure that isn't there is no Found at all.
    """

    name: str
    mask: BitMask
    confidence: Confidence
    evidence: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The confidence, then the evidence."""
        code, severity = SAID[self.confidence]
        return Finding(code, severity, {"segment": self.name}), *self.evidence
