"""Reasons for findings: made for one as it stands, and lapsed when it reads otherwise."""

from collections.abc import Iterable
from dataclasses import replace

from planning.case.reason import Reason
from planning.checks.finding import PlanFinding
from segmentation.errors import Refusal


def reason_for(finding: PlanFinding, text: str, by: str, at: str) -> Reason:
    """Return the reason for a finding as it stands; `at` is ISO 8601 in UTC.

    Raises
    ------
    Refusal
        `reason-not-taken` for a finding that no reason can stand for.
    """
    if not finding.can_reason:
        raise Refusal("reason-not-taken", finding=finding.code)
    found = finding.found, finding.limit_words
    return Reason(finding.code, finding.item, finding.other, *found, text, by, at)


def reasoned(finding: PlanFinding, reasons: Iterable[Reason]) -> PlanFinding:
    """Return the finding with the last reason that stands for it, if there is one."""
    if not finding.can_reason:
        return finding
    about = (
        finding.code, finding.item, finding.other, finding.found, finding.limit_words
    )  # fmt: skip
    for reason in reversed(tuple(reasons)):
        if (reason.code, reason.item, reason.other, reason.found, reason.limit) == about:
            return replace(finding, reason=reason)
    return finding
