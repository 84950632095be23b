"""One line of the comparison."""

from dataclasses import asdict, dataclass

DIFFERS = "result-differs"
MISSING = "peer-missing"
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One job against one peer.

    `ratio` is the peer's time over ours, the median over `rounds` paired rounds; above 1 we are
    faster. `error` is None, `peer-missing` (its ratio is None) or `result-differs` (nothing of
    the row is timed: a wrong answer has no speed). Peaks are MiB beyond what was there before, or
    of the whole process where the work had a process of its own.
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

    def fields(self) -> dict[str, object]:
        """Return the JSON shape, with numbers of at most three decimals."""
        return {
            name: round(value, DIGITS) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }
