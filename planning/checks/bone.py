"""Trajectories stay in their bone, as screws are graded after Gertzbein and Robbins."""

from typing import Final

from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding
from planning.checks.limits import Limit, limits, surely_mm
from planning.checks.words import down, mm, up, up_fine
from planning.geometry.pairs import nearest_pair
from planning.measures import Quantity
from planning.measures.bone_margin import BONE_MARGIN, past_entry
from planning.model.item import LpsPoint
from planning.model.trajectory import Trajectory
from segmentation.errors import Value

GRADES: Final = ((0.0, "A"), (2.0, "B"), (4.0, "C"), (6.0, "D"))


def grade(margin_mm: float) -> str:
    """Return the grade of a margin: A within bone, B to 2 mm of breach, C to 4, D to 6, else E."""
    return next((letter for depth, letter in GRADES if -margin_mm <= depth), "E")


def check(view: CheckView) -> Checked:
    """Hold the bone around each path, less its stated error, against the limits, worst first."""
    steps = tuple(limits()[name] for name in ("bone_breach", "bone_breach_slight", "bone_thin"))
    for item, margin in view.quantities(BONE_MARGIN.name):
        least_mm = surely_mm(margin)
        passed = next((limit for limit in steps if not limit.holds(least_mm)), None)
        if passed is None:
            names: dict[str, Value] = {"item": item.name, "segment": view.name_of(margin.other)}
            yield Passed("bone-around", names, item.id, mm(down(margin.value)))
            continue
        yield PlanFinding(
            _code(passed, margin),
            passed.severity,
            _values(view, item, margin, passed),
            item.id,
            margin.other,
            margin.value,
            passed.value,
            passed.unit,
            margin.uncertainty_mm,
            found=mm(down(margin.value)),
            limit_words=mm(up(passed.value)),
            place_lps_mm=_place(view, item, margin),
            limit_name=passed.name,
            can_reason=passed.can_reason,
        )


def _code(limit: Limit, margin: Quantity) -> str:
    if limit.name == "bone_breach_slight" and margin.value >= 0.0:
        return "bone-breach-possible"
    return limit.name.replace("_", "-")


def _values(view: CheckView, item: Trajectory, margin: Quantity, limit: Limit) -> dict[str, Value]:
    assert margin.uncertainty_mm is not None
    least_mm = surely_mm(margin)
    return {
        "item": item.name,
        "segment": view.name_of(margin.other),
        "margin_mm": down(margin.value),
        "depth_mm": -down(margin.value),
        "least_mm": down(least_mm),
        "deepest_mm": -down(least_mm),
        "uncertainty_mm": up_fine(margin.uncertainty_mm),
        "limit_mm": up(abs(limit.value)),
        "grade": grade(margin.value),
        "worst_grade": grade(least_mm),
    }


def _place(view: CheckView, item: Trajectory, margin: Quantity) -> LpsPoint | None:
    """Return the path's point with the least bone around it, or furthest outside."""
    segment = next(one for one in view.case.segments if one.id == margin.other)
    accepted = view.surfaces.of(view.case, segment)
    part = past_entry(item, accepted)
    return None if part is None else nearest_pair(accepted.surface, part, inside=True)[1]
