"""The scan is fit to plan on: how it was loaded, how fine and how old it is (HAZ-34)."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from planning.case.case import Outcome
from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding, Severity
from planning.checks.limits import Limit, limits
from planning.checks.words import mm, up
from segmentation.errors import Value
from segmentation.finding import Finding

ASKED_HERE: Final = frozenset({"scan-old", "regularised"})
"""Findings of the loading that are found afresh here."""
THICK: Final = "slices-thick"
SHORT: Final = {"day": "d"}


def check(view: CheckView) -> Checked:
    """Find what the loading told, and hold slices and age against their limits."""
    source = view.case.source
    if source.outcome is not Outcome.PLAN_GRADE:
        yield PlanFinding("scan-view-only", Severity.BLOCK, can_reason=False)
    if source.regularised_mm is not None:
        shift_mm = up(source.regularised_mm)
        values: dict[str, Value] = {"shift_mm": shift_mm}
        yield PlanFinding("scan-regularised", Severity.WARN, values, found=mm(shift_mm))
    yield from _told(source.findings)
    yield from _spacing(view)
    yield _age(source.study_date, view.today)


def _told(findings: tuple[Finding, ...]) -> Iterator[PlanFinding]:
    """Yield what the loading warned of; what made a scan for looking only blocks for good."""
    for told in findings:
        if told.severity is Severity.INFO or told.code in ASKED_HERE:
            continue
        limit = limits()["slice_thickness"] if told.code == THICK else None
        yield PlanFinding(
            told.code,
            told.severity,
            told.values,
            value=told.mm,
            limit=limit.value if limit else None,
            unit="" if told.mm is None else "mm",
            found="" if told.mm is None else mm(up(told.mm)),
            limit_words=mm(up(limit.value)) if limit else "",
            limit_name=limit.name if limit else "",
            can_reason=told.severity is not Severity.BLOCK,
        )


def _spacing(view: CheckView) -> Checked:
    limit = limits()["slice_spacing"]
    spacing_mm = max(view.case.volume.grid.spacing_kji_mm)
    if limit.holds(spacing_mm):
        yield Passed("slices-close", found=mm(up(spacing_mm)))
        return
    values: dict[str, Value] = {"spacing_mm": up(spacing_mm), "limit_mm": up(limit.value)}
    yield _passing("slices-apart", limit, values, spacing_mm, mm(up(spacing_mm)))


def _age(study_date: str, today: date) -> PlanFinding | Passed:
    limit = limits()["scan_age"]
    try:
        days = (today - date.fromisoformat(study_date)).days
    except ValueError:
        return PlanFinding("scan-date-unknown", Severity.WARN)
    if days < 0:
        values: dict[str, Value] = {"date": study_date, "today": today.isoformat()}
        return PlanFinding("scan-date-ahead", Severity.WARN, values, found=study_date)
    if limit.holds(days):
        return Passed("scan-recent", {"date": study_date}, found=f"{days} d")
    values = {"date": study_date, "limit_days": round(limit.value)}
    return _passing("scan-old", limit, values, float(days), study_date)


def _passing(
    code: str, limit: Limit, values: dict[str, Value], value: float, found: str
) -> PlanFinding:
    return PlanFinding(
        code,
        limit.severity,
        values,
        value=value,
        limit=limit.value,
        unit=limit.unit,
        found=found,
        limit_words=f"{limit.value:g} {SHORT.get(limit.unit, limit.unit)}",
        limit_name=limit.name,
        can_reason=limit.can_reason,
    )
