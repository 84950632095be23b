"""What was derived still fits what it was derived from (HAZ-20)."""

from planning.case.inputs import input_sha256
from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding, Severity


def check(view: CheckView) -> Checked:
    """Find items whose inputs are gone or not what they were; hashes are computed now."""
    now: dict[str, str | None] = {}
    derived_n = stale_n = 0
    for item in view.case.plan.items:
        derived_n += bool(item.derived_from)
        for source in item.derived_from:
            if source.id not in now:
                now[source.id] = input_sha256(view.case, source.id)
            if now[source.id] == source.sha256:
                continue
            stale_n += 1
            yield PlanFinding(
                "item-input-gone" if now[source.id] is None else "item-stale",
                Severity.BLOCK,
                {"item": item.name, "source": view.name_of(source.id)},
                item.id,
                source.id,
                can_reason=False,
            )
    if derived_n and not stale_n:
        yield Passed("nothing-stale", {"n": derived_n}, found=str(derived_n))
