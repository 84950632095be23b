"""Each segment that an item needs is there and holds something."""

from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding, Severity


def check(view: CheckView) -> Checked:
    """Find items whose segment is empty or gone: nothing can be measured to it."""
    needed: set[str] = set()
    lacking = False
    for item in view.case.plan.items:
        for segment_id in item.segment_ids:
            needed.add(segment_id)
            if not view.is_solid(segment_id):
                lacking = True
                yield PlanFinding(
                    "segment-empty",
                    Severity.BLOCK,
                    {"item": item.name, "segment": view.name_of(segment_id)},
                    item.id,
                    segment_id,
                    can_reason=False,
                )
    if needed and not lacking:
        yield Passed("segments-filled", {"n": len(needed)}, found=str(len(needed)))
