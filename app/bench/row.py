"""One line of the comparison."""

from dataclasses import asdict, dataclass

DIFFERS = "result-differs"
MISSING = "peer-missing"
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One job against one peer.

    `ratio` is the peer's time over ours, the median over `rounds` paired rounds (fewer where the
    peer is slow); above 1 we are faster. `error` is None, `peer-missing` (its ratio is None) or
    `result-differs` (nothing of the row is timed: a wrong answer has no speed), or why the job
    could not be done here. Peaks are MiB beyond what was there before, or of the whole process
    where the work had a process of its own. `floor` is the least ratio that is promised on this
    processor.
    """

    group: str
    name: str
    size: str
    peer: str | None
    ratio: float | None
    ours_ms: float | None
    peer_ms: float | None
    budget_ms: float | None
    peak_mib: float | None
    rounds: int
    peer_peak_mib: float | None
    budget_mib: float | None
    tolerance: str
    error: str | None
    floor: float | None = None

    @property
    def is_missed(self) -> bool:
        """Whether a figure is known and breaks its floor or its budget."""
        too_slow = self.ratio is not None and self.floor is not None and self.ratio < self.floor
        return too_slow or any(
            value is not None and budget is not None and value > budget
            for value, budget in (
                (self.ours_ms, self.budget_ms),
                (self.peak_mib, self.budget_mib),
            )
        )

    def fields(self) -> dict[str, object]:
        """Return the JSON shape, with numbers of at most three decimals."""
        return {
            name: round(value, DIGITS) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        } | {"is_missed": self.is_missed}
