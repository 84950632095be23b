"""Items lie on the side that was declared (HAZ-4)."""

from collections.abc import Iterator
from typing import Final

from planning.case.case import Side
from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding, Severity
from planning.checks.limits import Limit, limits
from planning.checks.midplane import MidPlane, mid_plane
from planning.checks.words import down, mm, up
from planning.model.item import Item, LpsPoint
from planning.model.zone import NoGoZone

WORDS: Final = {Side.LEFT: "left", Side.RIGHT: "right"}


def check(view: CheckView) -> Checked:
    """Hold each item's worst point against the mid-plane of the body.

    No-go zones are left out: what must be kept from harm may lie anywhere.
    """
    word = WORDS.get(view.case.side)
    items = [one for one in view.case.plan.items if one.points and not isinstance(one, NoGoZone)]
    if word is None or not items:
        return
    plane = mid_plane(view.case.volume)
    if plane == MidPlane():
        yield PlanFinding("side-unknown", Severity.WARN)
        return
    answers = [_answer(item, plane, word) for item in items]
    found = [answer for answer in answers if isinstance(answer, PlanFinding)]
    yield from found
    if not found:
        least_mm = min(answer for answer in answers if isinstance(answer, float))
        yield Passed(f"side-is-{word}", found=mm(down(least_mm)))


def _answer(item: Item, plane: MidPlane, word: str) -> PlanFinding | float:
    """Return what is wrong with an item's side, or by how much it lies on the right one."""
    other, near = limits()["side_other"], limits()["side_near"]
    surely_mm, maybe_mm, place = min(_distances(item, plane, word))
    if not other.holds(maybe_mm):
        return _finding(f"side-not-{word}", item, other, maybe_mm, place)
    if not near.holds(surely_mm):
        return _finding("side-near", item, near, surely_mm, place)
    return surely_mm


def _distances(item: Item, plane: MidPlane, word: str) -> Iterator[tuple[float, float, LpsPoint]]:
    """Yield how far each point lies on the declared side: surely, at best, and the point."""
    for place in item.places_lps_mm:
        if word == "left":
            yield place[0] - plane.high_mm, place[0] - plane.low_mm, place
        else:
            yield plane.low_mm - place[0], plane.high_mm - place[0], place


def _finding(
    code: str, item: Item, limit: Limit, distance_mm: float, place: LpsPoint
) -> PlanFinding:
    is_told = abs(distance_mm) != float("inf")
    return PlanFinding(
        code,
        limit.severity,
        {
            "item": item.name,
            "distance_mm": abs(down(distance_mm)) if is_told else 0.0,
            "limit_mm": up(abs(limit.value)),
        },
        item.id,
        value=distance_mm if is_told else None,
        limit=limit.value,
        unit=limit.unit,
        found=mm(down(distance_mm)) if is_told else "",
        limit_words=mm(up(limit.value)),
        place_lps_mm=place,
        limit_name=limit.name,
        can_reason=limit.can_reason,
    )
