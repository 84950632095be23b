"""Each segment that an item needs is there, holds something, and was accepted by a person."""

from planning.case.case import Segment
from planning.case.provenance import is_unaccepted
from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding, Severity


def check(view: CheckView) -> Checked:
    """Find items whose segment is empty or gone, or a model's that nobody accepted (HAZ-29)."""
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
            elif (made := _proposal(view, segment_id)) is not None:
                values = {"item": item.name, "segment": made.name}
                yield PlanFinding(
                    "model-result-unaccepted", Severity.BLOCK, values, item.id, segment_id
                )
    if needed and not lacking:
        yield Passed("segments-filled", {"n": len(needed)}, found=str(len(needed)))


def _proposal(view: CheckView, segment_id: str) -> Segment | None:
    """Return the segment with this id if a model made it and nobody accepted it."""
    segments = (one for one in view.case.segments if one.id == segment_id)
    return next((one for one in segments if is_unaccepted(one)), None)
