"""The numbers of the plan's items, measured beside the window: one item at a time, latest wins.

A number belongs to what it was measured of. As soon as one of these inputs moves on it is stale:
it may be shown faintly until the next one is there, and is never taken for a current one (HAZ-20).
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app import figures
from app.desk import Desk
from app.language import translate as _
from app.tasks import Task, Work
from planning.case.case import Case
from planning.model.item import Item, ItemId, LpsPoint
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.errors import Cancelled, Value
from segmentation.progress import Progress

if TYPE_CHECKING:
    from planning.checks.limits import Limit
    from planning.measures import MeasureView, NotMeasured, Quantity
    from viewers.gestures.scene import Gap

CLEARANCE: Final = "zone_clearance"


@dataclass(frozen=True, slots=True)
class Held:
    """A number against its limits.

    `least` is the strictest limit as people read it; `share` is the value on a bar that ends at
    twice that limit; `tone` is empty while all is in order, else `warn` or `block`.
    """

    least: Decimal
    sign: str
    share: float
    tone: str


@dataclass(frozen=True, slots=True)
class Number:
    """One number as people read it, or why there is none (`code` and `values`).

    `other` is the id of what it was measured against. `shown` is rounded against the user.
    """

    measure: str
    title: str
    other: str = ""
    shown: Decimal | None = None
    decimals: int = 1
    unit: str = ""
    uncertainty_mm: Decimal | None = None
    definition: str = ""
    version: int = 1
    source: str = ""
    is_mask_only: bool = False
    code: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    held: Held | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What was measured on one item, and the inputs that it was measured of.

    `path_hu` (N,) are the HU along a trajectory, NaN where nothing was scanned. `gap` are the
    nearest points of the trajectory and of its nearest zone with the number for both.
    """

    inputs: tuple[object, ...]
    numbers: tuple[Number, ...] = ()
    path_hu: NDArray[np.float64] | None = None
    gap: tuple[LpsPoint, LpsPoint, Number] | None = None

    @property
    def tone(self) -> str:
        """The worst verdict of all numbers: empty, `warn` or `block`."""
        tones = {number.held.tone for number in self.numbers if number.held is not None}
        return next((tone for tone in ("block", "warn") if tone in tones), "")


class Numbers(QObject):
    """`changed` when an item was measured."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._readings: dict[ItemId, Reading] = {}
        self._first: ItemId | None = None
        self._busy: tuple[ItemId, tuple[object, ...], threading.Event] | None = None

    def of(self, item: Item) -> Reading | None:
        """Return the last reading of an item, which may be stale."""
        return self._readings.get(item.id)

    def is_current(self, item: Item) -> bool:
        """Return whether the item's reading is of the case as it is."""
        case, reading = self._desk.case, self._readings.get(item.id)
        return (
            case is not None and reading is not None and _same(reading.inputs, inputs(case, item))
        )

    def gaps(self, item: Item) -> "tuple[Gap, ...]":
        """Return the smallest distance to draw for an item; none while it isn't current."""
        reading = self._readings.get(item.id)
        if reading is None or reading.gap is None or not self.is_current(item):
            return ()
        from viewers.gestures.scene import Gap

        start, end, number = reading.gap
        is_under = number.held is not None and bool(number.held.tone)
        return (Gap(start, end, value_words(number), is_under),)

    def want(self, first: ItemId | None) -> None:
        """Measure what is not current, the item `first` before all others."""
        self._first = first
        case = self._desk.case
        if case is None:
            self._readings.clear()
        if self._busy is not None:
            self._stop_outdated(case)
            return
        item = None if case is None else self._next(case)
        if case is not None and item is not None:
            self._start(case, item)

    def _stop_outdated(self, case: Case | None) -> None:
        """Stop work on surfaces that are no longer those of the case; a drag alone stops nothing.

        It would starve the numbers: they follow the hand one reading behind.
        """
        assert self._busy is not None
        item_id, was, stop = self._busy
        items = () if case is None else case.plan.items
        item = next((one for one in items if one.id == item_id), None)
        if case is None or item is None or not _same(_solid(was), _solid(inputs(case, item))):
            stop.set()

    def _next(self, case: Case) -> Item | None:
        ordered = sorted(case.plan.items, key=lambda item: item.id != self._first)
        return next((item for item in ordered if not self.is_current(item)), None)

    def _start(self, case: Case, item: Item) -> None:
        was, stop = inputs(case, item), threading.Event()
        self._busy = (item.id, was, stop)

        def took(reading: Reading | None) -> None:
            self._end(item.id, reading)

        def failed(error: Exception) -> None:
            self._end(item.id, Reading(was))  # without numbers, and not tried again as it is
            self._desk.fail(error)

        task = Task("", self._work(case, item, was, stop), is_quiet=True)
        self._desk.tasks.run(task, took, failed)

    def _work(self, case: Case, item: Item, was: tuple[object, ...], stop: threading.Event) -> Work:
        def work(progress: Progress) -> Reading:
            from planning.measures import MeasureView

            def report(done: int, total: int) -> None:
                if stop.is_set():
                    raise Cancelled
                progress(done, total)

            with self._desk.surfaces.held(report) as surfaces:
                return reading_of(MeasureView(case, surfaces, report), item, was)

        return work

    def _end(self, item_id: ItemId, reading: Reading | None) -> None:
        self._busy = None
        case = self._desk.case
        is_there = case is not None and any(item.id == item_id for item in case.plan.items)
        if reading is not None and is_there:
            self._readings[item_id] = reading
            self.changed.emit()
        self.want(self._first)


def inputs(case: Case, item: Item) -> tuple[object, ...]:
    """Return all that an item's numbers follow from."""
    zones = case.plan.of(NoGoZone) if isinstance(item, Trajectory) else ()
    needed = {segment_id for one in (item, *zones) for segment_id in one.segment_ids}
    parts: list[object] = [case.volume, item, *zones]
    for segment in case.segments:
        if segment.id in needed:
            parts += [segment.id, segment.name, segment.recipe, segment.mask]
    return tuple(parts)


def _solid(parts: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(part for part in parts if not isinstance(part, Item | str))


def _same(first: tuple[object, ...], second: tuple[object, ...]) -> bool:
    """Compare inputs: items and words by value, masks and volumes by being the same."""
    if len(first) != len(second):
        return False
    return all(
        one is other or (isinstance(one, Item | str) and one == other)
        for one, other in zip(first, second, strict=True)
    )


def reading_of(view: "MeasureView", item: Item, was: tuple[object, ...]) -> Reading:
    """Measure one item; takes long when a surface has to be made first."""
    from planning.measures import MEASURES, Quantity, measured

    titles = {measure.name: measure.title for measure in MEASURES}
    results = tuple(measured(view, item))
    numbers = [
        _number(view.case, result, titles[result.name])
        if isinstance(result, Quantity)
        else _no_number(result, titles[result.name])
        for result in results
    ]
    if not isinstance(item, Trajectory):
        return Reading(was, tuple(numbers))
    from planning.measures.path_hu import along_axis, sampled_hu

    hu = sampled_hu(view.case.volume, along_axis(item))
    return Reading(was, tuple(numbers), hu, _gap(view, item, numbers, results))


def _no_number(result: "NotMeasured", title: str) -> Number:
    return Number(result.name, title, result.other, code=result.code, values=result.values)


def _number(case: Case, result: "Quantity", title: str) -> Number:
    from planning.measures import Flag
    from planning.measures.rounding import rounded, shown_uncertainty_mm

    margin_mm = _margin_mm(case, result)
    # People read the distance to a zone's segment against the zone's margin, as checks say it.
    shown = rounded(result.value + margin_mm, result.rounding, result.decimals)
    return Number(
        result.name,
        title,
        result.other,
        shown,
        result.decimals,
        result.unit,
        shown_uncertainty_mm(result),
        result.definition,
        result.version,
        result.source,
        Flag.MASK_ONLY in result.flags,
        held=_held(_limits_of(case, result), result, margin_mm),
    )


def _margin_mm(case: Case, result: "Quantity") -> float:
    if result.name != CLEARANCE:
        return 0.0
    return next(z.margin_mm for z in case.plan.of(NoGoZone) if z.id == result.other)


def _limits_of(case: Case, result: "Quantity") -> "list[Limit]":
    """Return the limits of a number's measure; of a distance to a zone the zone's own."""
    from planning.checks.limits import limits
    from planning.checks.zones import limit_of

    if result.name == CLEARANCE:
        return [limit_of(z) for z in case.plan.of(NoGoZone) if z.id == result.other]
    return [limit for limit in limits().values() if limit.measure == result.name]


def _held(own: "list[Limit]", result: "Quantity", margin_mm: float) -> Held | None:
    """Hold a number, less its stated error, against limits."""
    from planning.checks.limits import Comparison, surely_mm
    from planning.measures import Rounding
    from planning.measures.rounding import rounded

    if not own:
        return None
    broken = {limit.severity.value for limit in own if not limit.holds(surely_mm(result))}
    tone = next((tone for tone in ("block", "warn") if tone in broken), "warn" if broken else "")
    strictest = _strictest(own)
    is_at_least = strictest.comparison is Comparison.AT_LEAST
    least = strictest.value + margin_mm
    share = (result.value + margin_mm) / (2.0 * least) if least > 0.0 else 0.0
    return Held(
        rounded(least, Rounding.UP if is_at_least else Rounding.DOWN, result.decimals),
        "≥" if is_at_least else "≤",
        min(max(share, 0.0), 1.0),
        tone,
    )


def _strictest(own: "list[Limit]") -> "Limit":
    """Return the limit that is passed first; limits of one measure look the same way."""
    from planning.checks.limits import Comparison

    is_at_least = own[0].comparison is Comparison.AT_LEAST
    key: Callable[[Limit], float] = lambda limit: limit.value  # noqa: E731 - a key
    return max(own, key=key) if is_at_least else min(own, key=key)


def _gap(
    view: "MeasureView", item: Trajectory, numbers: list[Number], results: tuple[object, ...]
) -> tuple[LpsPoint, LpsPoint, Number] | None:
    from planning.geometry.pairs import nearest_pair
    from planning.measures import Quantity
    from planning.measures.paths import cylinder_of

    near = [
        (result.value, n)
        for n, result in enumerate(results)
        if isinstance(result, Quantity) and result.name == CLEARANCE
    ]
    if not near:
        return None
    number = numbers[min(near)[1]]
    zone = next(one for one in view.case.plan.of(NoGoZone) if one.id == number.other)
    surface = view.surfaces.of(view.case, view.case.segment(zone.segment_id)).surface
    there, here = nearest_pair(surface, cylinder_of(item))
    return here, there, number


def value_words(number: Number) -> str:
    """Return a number with its unit, a dash where there is none."""
    unit = unit_words(number.unit)
    if number.shown is None:
        return figures.NOTHING
    value = figures.decimal(float(number.shown), number.decimals)
    return f"{value}{unit}" if unit == "°" else f"{value} {unit}"


def unit_words(unit: str) -> str:
    """Return a unit as people write it."""
    return "°" if unit == "deg" else _(unit) if unit else unit
