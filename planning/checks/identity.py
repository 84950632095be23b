"""Whose plan it is, and whether it is one for practice."""

from planning.case.case import Kind
from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding, Severity
from segmentation.errors import Value


def check(view: CheckView) -> Checked:
    """Find a case without a patient, and say of a simulation that it is one (HAZ-38)."""
    case = view.case
    is_simulation = case.kind is Kind.SIMULATION
    code: dict[str, Value] = {"code": case.identity.code}
    if not (case.identity.patient_id or case.identity.name):
        severity = Severity.INFO if is_simulation else Severity.WARN
        yield PlanFinding("identity-missing", severity, code, can_reason=not is_simulation)
    else:
        yield Passed("identity-known", code, found=case.identity.code)
    if is_simulation:
        yield PlanFinding("case-simulation", Severity.INFO, code, can_reason=False)
