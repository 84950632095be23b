"""There is a plan at all."""

from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding, Severity


def check(view: CheckView) -> Checked:
    """Find a plan without items."""
    n = len(view.case.plan.items)
    if n == 0:
        yield PlanFinding("plan-empty", Severity.BLOCK, can_reason=False)
    else:
        yield Passed("plan-filled", {"n": n}, found=str(n))
