"""What checks answer: a finding with the figures compared, or that something is in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from planning.case.reason import Reason
from planning.measures.quantity import Result
from planning.model.item import LpsPoint
from segmentation.errors import Value
from segmentation.finding import Severity as Severity  # noqa: PLC0414 - told on


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """Something a surgeon must know before the plan is sealed.

    Attributes
    ----------
    code, values
        Its sentence in the catalogue `checks`: `msgctxt "message"` is the title with the number,
        `msgctxt "fix"` what to do, `msgctxt "detail"` limit and meaning.
    severity
        A block keeps the seal closed until it is mended or, where `can_reason`, a reason stands.
    item, other
        Ids of what it is about, "" where it is about the whole case.
    value, limit, unit, uncertainty_mm
        What was compared, at full precision; None where no number was.
    found, limit_words
        The same as people read them, rounded against the user; what a reason is bound to.
    place_lps_mm
        Where to look; None for nowhere.
    limit_name
        The limit of `resources/limits` that was passed, "" for none.
    reason
        The reason that stands for it.
    """

    code: str
    severity: Severity
    values: Mapping[str, Value] = field(default_factory=dict)
    item: str = ""
    other: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    uncertainty_mm: float | None = None
    found: str = ""
    limit_words: str = ""
    place_lps_mm: LpsPoint | None = None
    limit_name: str = ""
    can_reason: bool = True
    reason: Reason | None = None

    @property
    def blocks(self) -> bool:
        """Whether it keeps the seal closed."""
        return self.severity is Severity.BLOCK and self.reason is None


@dataclass(frozen=True, slots=True)
class Passed:
    """Something that was checked and is in order; `found` is its key number in words or ""."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)
    item: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Checkup:
    """All answers about one case: findings, those that block first, and what passed.

    `measured` is every number of the plan's items that they were told from, in the plan's order.
    """

    findings: tuple[PlanFinding, ...]
    passed: tuple[Passed, ...]
    measured: tuple[Result, ...] = ()

    @property
    def blocks(self) -> tuple[PlanFinding, ...]:
        """The findings that keep the seal closed."""
        return tuple(finding for finding in self.findings if finding.blocks)
