"""What could not be measured, or in part only, is told: no number is no pass."""

from typing import Final

from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding, Severity
from planning.measures.quantity import Flag, NotMeasured

SAID_ELSEWHERE: Final = frozenset({"measure-no-surface"})
"""`segments` finds these, one for each item."""
BLOCKING: Final = frozenset({"measure-path-unscanned"})


def check(view: CheckView) -> Checked:
    """Find each reason without a number, and each number of part of a path, once an item."""
    told: set[tuple[str, str]] = set()
    for result in view.results:
        if isinstance(result, NotMeasured):
            if result.code in SAID_ELSEWHERE or (result.subject, result.code) in told:
                continue
            told.add((result.subject, result.code))
            severity = Severity.BLOCK if result.code in BLOCKING else Severity.WARN
            values = {**result.values, "item": view.name_of(result.subject)}
            yield PlanFinding(result.code, severity, values, result.subject, result.other)
        elif Flag.PART_OF_PATH in result.flags and (result.subject, "part") not in told:
            told.add((result.subject, "part"))
            values = {"item": view.name_of(result.subject)}
            yield PlanFinding("path-part-unscanned", Severity.WARN, values, result.subject)
    if not told and view.results:
        yield Passed("all-measured", found=str(len(view.results)))
