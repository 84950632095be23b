"""The findings that a plan must state, drawn again from its numbers, its masks and the limits.

The numbers are held against computed ones elsewhere; here they are taken as stated, so that what
lies at a limit falls on the same side of it. What only the CT or the sender knows is believed:
the patient's name, what the loading of the scan warned of, and without the CT the side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from planning.case.case import Case, Source
from planning.checks import CHECKS, CheckView, PlanFinding, limits
from planning.exchange.verify.numbers import Material
from planning.exchange.verify.papers import Paper
from planning.exchange.verify.verdict import Fault, Held
from planning.measures import MEASURES, Flag, NotMeasured, Result
from segmentation.io.outcome import Outcome
from segmentation.progress import Progress

IDENTITY: Final = frozenset({"identity-missing"})
SIDES: Final = frozenset({"side-unknown", "side-near", "side-not-left", "side-not-right"})
SAME: Final = 0.001
"""How far a value may lie off, and off its limit to be taken for on it: float32 corners."""
Key = tuple[str, str, str]


@dataclass(frozen=True)
class StatedView(CheckView):
    """A view whose numbers are those that the plan states."""

    stated: tuple[Result, ...] = ()

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The plan's numbers of its items, in their order."""
        return self.stated


def findings(plan: Paper, material: Material, progress: Progress) -> Held[None]:
    """Hold the stated findings against those that follow from the plan, both ways.

    A Fault for one that is missing, was made up, or says another figure, limit or severity.
    """
    computed = {_key_of(one): one for one in _computed(plan, material, progress)}
    stated: dict[Key, Paper] = {}
    for one in plan["findings"]:
        key = (one["code"], one["item"], one["other"])
        if key in stated:
            raise Fault("verify-finding-odd", finding=one["code"], item=_name(plan, one["item"]))
        stated[key] = one
    for key, finding in computed.items():
        if key in stated:
            _require_same(plan, stated[key], finding)
        elif not _is_on_limit(finding.value, finding.limit):
            raise Fault("verify-finding-missing", finding=key[0], item=_name(plan, key[1]))
    believed = _believed(plan, has_ct=material.has_ct)
    for key, one in stated.items():
        is_near = key not in computed and _is_on_limit(one["value"], one["limit"])
        if key not in computed and key[0] not in believed and not is_near:
            raise Fault("verify-finding-odd", finding=key[0], item=_name(plan, key[1]))
    return Held(None, "verify-findings-follow", {"n": len(stated)})


def _computed(plan: Paper, material: Material, progress: Progress) -> list[PlanFinding]:
    view = StatedView(
        _as_stated(plan, material.case),
        material.surfaces,
        date.fromisoformat(plan["checked_on"]),
        progress,
        stated=_results(plan),
    )
    answers = [
        answer
        for check in CHECKS
        if material.has_ct or not check.__module__.endswith(".side")
        for answer in check(view)
    ]
    found = [one for one in answers if isinstance(one, PlanFinding)]
    return [one for one in found if one.code not in IDENTITY]


def _as_stated(plan: Paper, case: Case) -> Case:
    """Return the case with what the plan says of its scan; what loading found is not repeated."""
    volume = plan["volume"]
    source = Source(
        volume["series_uid"],
        volume["study_uid"],
        volume["study_date"],
        volume["modality"],
        "",
        Outcome(volume["outcome"]),
        regularised_mm=volume["regularised_mm"],
    )
    return replace(case, source=source)


def _results(plan: Paper) -> tuple[Result, ...]:
    """Return the stated numbers of items; those of segments are no check's matter."""
    items = {one["id"] for one in plan["items"]}
    return tuple(_result(one) for one in plan["measures"] if one["item"] in items)


def _result(one: Paper) -> Result:
    measure = next((known for known in MEASURES if known.name == one["name"]), None)
    if measure is None:
        raise Fault("verify-number-odd", measure=one["name"], item=one["item"])
    if one["value"] is None:
        return NotMeasured(one["name"], one["item"], one["reason"], {}, one["other"])
    try:
        flags = tuple(Flag(flag) for flag in one["flags"])
    except ValueError:
        raise Fault("verify-number-odd", measure=one["name"], item=one["item"]) from None
    bound_mm = one["uncertainty_mm"]
    return measure.quantity(
        one["item"], one["value"], other=one["other"], uncertainty_mm=bound_mm, flags=flags
    )


def _believed(plan: Paper, *, has_ct: bool) -> frozenset[str]:
    """Return the codes that nobody here can draw again."""
    told = frozenset(str(code) for code in plan["volume"]["findings"])
    return told | IDENTITY | (frozenset() if has_ct else SIDES)


def _require_same(plan: Paper, stated: Paper, finding: PlanFinding) -> None:
    limit = limits().get(finding.limit_name)
    expected: Mapping[str, object] = {
        "severity": str(finding.severity),
        "unit": finding.unit,
        "limit_name": finding.limit_name,
        "citation": limit.citation if limit else "",
        "status": str(limit.status) if limit else "",
    }
    numbers = {
        "value": finding.value,
        "limit": finding.limit,
        "uncertainty_mm": finding.uncertainty_mm,
    }
    is_same = all(stated[name] == word for name, word in expected.items())
    is_same = is_same and all(_is_near(stated[name], one) for name, one in numbers.items())
    is_reasoned = stated["reason"] is None or finding.can_reason
    if not is_same or not is_reasoned:
        raise Fault("verify-finding-odd", finding=finding.code, item=_name(plan, str(finding.item)))


def _is_near(stated: float | None, found: float | None) -> bool:
    if stated is None or found is None:
        return stated is found
    return abs(stated - found) <= SAME


def _is_on_limit(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and abs(value - limit) <= SAME


def _key_of(finding: PlanFinding) -> Key:
    return finding.code, str(finding.item), str(finding.other)


def _name(plan: Paper, subject: str) -> str:
    both = (*plan["items"], *plan["segments"])
    return next((str(one["name"]) for one in both if one["id"] == subject), subject or "-")
