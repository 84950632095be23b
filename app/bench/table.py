"""The rows as lines for people: aligned columns, a group under its name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from app.bench.row import DIFFERS, MISSING, Row

HEADS: Final = (
    *("job", "peer", "ratio", "floor", "met", "rounds", "ours ms", "peer ms", "budget ms"),
    *("MiB", "peer MiB"),
)
LEFT: Final = 2
GAP: Final = "  "
FAULTS: Final = {MISSING: "not installed", DIFFERS: "differs"}
NOT_HERE: Final = "not here"
MET: Final = {True: "no", False: "yes"}


def lines(machine: Mapping[str, object], rows: Sequence[Row]) -> Iterator[str]:
    """Yield the machine's line, the table, and what the columns mean."""
    yield "{processor}, {cores} cores, {memory_gib} GiB, Python {python}, load {load_1_min}".format(
        **machine
    )
    cells = [_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(HEADS, *cells, strict=True)]
    group = ""
    yield _line(HEADS, widths)
    for row, texts in zip(rows, cells, strict=True):
        if row.group != group:
            group = row.group
            yield f"-- {group}"
        yield _line(texts, widths)
    yield "ratio: the peer's time over ours, the median over paired rounds; above 1 we are faster"
    if any(row.is_missed for row in rows):
        yield "met no: a ratio below its floor, or work beyond its budget of time or memory"


def _cells(row: Row) -> tuple[str, ...]:
    budget = _number(row.budget_ms)
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else "-"
    if row.error is not None:
        ratio = FAULTS.get(row.error, NOT_HERE)
    peak = _number(row.peak_mib)
    if row.budget_mib is not None:
        peak += f" of {row.budget_mib:.0f}"
    times = (_number(row.ours_ms), _number(row.peer_ms), budget)
    job, peer_peak = f"{row.name}, {row.size}", _number(row.peer_peak_mib)
    promised = (row.floor, row.budget_ms, row.budget_mib) != (None, None, None)
    met = MET[row.is_missed] if promised and row.error is None else "-"
    judged = (ratio, _number(row.floor), met, str(row.rounds or "-"))
    return (job, row.peer or "-", *judged, *times, peak, peer_peak)


def _number(value: float | None) -> str:
    """Return three significant digits or more, a dash for nothing."""
    if value is None:
        return "-"
    return f"{value:.1f}" if value < 100.0 else f"{value:.0f}"


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    """Return one line: words to the left, numbers to the right."""
    padded = [
        text.ljust(width) if at < LEFT else text.rjust(width)
        for at, (text, width) in enumerate(zip(texts, widths, strict=True))
    ]
    return GAP.join(padded).rstrip()
