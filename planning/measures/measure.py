"""What a measure is: words, a unit, a way of rounding, and a function of a view of the case."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from planning.case.case import Case
from planning.measures.quantity import Flag, NotMeasured, Quantity, Result, Rounding
from planning.measures.surfaces import Surfaces
from segmentation.errors import Value
from segmentation.progress import Progress, silent


@dataclass(frozen=True, slots=True, eq=False)
class MeasureView:
    """What a measure may read: the case, its surfaces (kept between calls), whom to report to."""

    case: Case
    surfaces: Surfaces = field(default_factory=Surfaces)
    progress: Progress = silent


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One measure; the registry is `planning.measures.MEASURES`.

    Attributes
    ----------
    name, title
        Its word in files, and its English name (a msgid).
    of
        The class of what it measures: a kind of item, or Segment.
    unit, rounding, decimals
        Of its numbers.
    definition, version, source
        What it is, exactly (a msgid); a changed formula has a higher version.
    results
        `results(measure, view, subject)` yields its numbers, or why there are none.
    """

    name: str
    title: str
    of: type[Any]
    unit: str
    rounding: Rounding
    definition: str
    source: str
    results: Callable[["Measure", MeasureView, Any], Iterator[Result]]
    version: int = 1
    decimals: int = 1

    def quantity(
        self,
        subject: str,
        value: float,
        *,
        other: str = "",
        uncertainty_mm: float | None = None,
        flags: tuple[Flag, ...] = (),
    ) -> Quantity:
        """Return a number of this measure."""
        return Quantity(
            self.name,
            subject,
            float(value),
            self.unit,
            self.definition,
            self.version,
            self.source,
            self.rounding,
            self.decimals,
            other,
            uncertainty_mm,
            flags,
        )

    def without(self, subject: str, code: str, *, other: str = "", **values: Value) -> NotMeasured:
        """Return why there is no number."""
        return NotMeasured(self.name, subject, code, values, other)
