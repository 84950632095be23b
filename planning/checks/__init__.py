"""Findings from measures and limits. No check repairs what it finds.

A new check is one file and one line in `CHECKS`; its figures stand in `resources/limits`.
"""

from datetime import date
from typing import Final

from planning.case.case import Case
from planning.checks import (
    bone,
    cuts,
    identity,
    planned,
    scan,
    segments,
    side,
    stale,
    thin,
    unmeasured,
    zones,
)
from planning.checks.check import Check, CheckView
from planning.checks.finding import Checkup, Passed, PlanFinding, Severity
from planning.checks.limits import Limit, limits
from planning.checks.reasons import reason_for, reasoned
from planning.measures.surfaces import Surfaces
from segmentation.progress import Progress, silent

__all__ = [
    "CHECKS",
    "Check",
    "CheckView",
    "Checkup",
    "Limit",
    "Passed",
    "PlanFinding",
    "Severity",
    "check_plan",
    "limits",
    "reason_for",
]

CHECKS: Final[tuple[Check, ...]] = (
    planned.check,
    side.check,
    zones.check,
    bone.check,
    cuts.check,
    segments.check,
    stale.check,
    unmeasured.check,
    thin.check,
    scan.check,
    identity.check,
)
ORDER: Final = (Severity.BLOCK, Severity.WARN, Severity.INFO)


def check_plan(case: Case, surfaces: Surfaces, today: date, progress: Progress = silent) -> Checkup:
    """Return all answers of all checks about a case as it is.

    Findings are sorted by severity, then in the order of `CHECKS` and of the plan; reasons of the
    case are attached where they still stand. `surfaces` belongs to one thread at a time.
    """
    view = CheckView(case, surfaces, today, progress)
    answers = [answer for check in CHECKS for answer in check(view)]
    found = [
        reasoned(answer, case.reasons) for answer in answers if isinstance(answer, PlanFinding)
    ]
    found.sort(key=lambda finding: ORDER.index(finding.severity))
    passed = tuple(answer for answer in answers if isinstance(answer, Passed))
    return Checkup(tuple(found), passed, view.results)
