"""A cut parts its segment; one that leaves all of it on one side cuts nothing."""

from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding, Severity
from planning.measures import Quantity
from planning.measures.rounding import shown
from planning.measures.volumes import KEPT, REMOVED
from planning.model.cut_plane import CutPlane
from segmentation.errors import Value


def check(view: CheckView) -> Checked:
    """Find each cut plane that passes its segment by."""
    shares: dict[str, dict[str, Quantity]] = {}
    for result in view.results:
        if isinstance(result, Quantity) and result.name in (KEPT.name, REMOVED.name):
            shares.setdefault(result.subject, {})[result.name] = result
    for item in view.case.plan.of(CutPlane):
        parts = shares.get(item.id, {})
        if len(parts) < 2:
            continue  # `segments` says why there is no number
        removed = f"{shown(parts[REMOVED.name])} ml"
        names: dict[str, Value] = {"item": item.name, "segment": view.name_of(item.segment_id)}
        if min(part.value for part in parts.values()) > 0.0:
            yield Passed("cut-parts", names, item.id, removed)
            continue
        yield PlanFinding(
            "cut-misses",
            Severity.WARN,
            names,
            item.id,
            item.segment_id,
            found=removed,
            place_lps_mm=item.point_lps_mm,
        )
