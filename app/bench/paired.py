"""Paired rounds: in each round every way to the result runs once, so that all meet the same load.

What is told is the median of the ratios of each round, not the ratio of two medians.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from app.bench.job import Call, Job, Peer
from app.bench.peak import Peak
from app.bench.row import DIFFERS, MISSING, Row
from segmentation.progress import Progress, silent

Clock = Callable[[], float]
ROUNDS_MIN = 7
ROUNDS_MOST = 101


@dataclass(frozen=True, slots=True)
class _Entrant:
    """One way that is timed: its peak and where its times are."""

    call: Call
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often all is run: `least` times, and on to `most` while `fill_s` have not passed.

    Work of milliseconds needs more rounds than work of seconds until its median stands still.
    """

    least: int = ROUNDS_MIN
    most: int = ROUNDS_MOST
    fill_s: float = 0.0


def round_times(
    calls: Sequence[Call],
    rounds: Rounds,
    clock: Clock,
    progress: Progress = silent,
    ms_of: Callable[..., float] | None = None,
) -> list[list[float]]:
    """Return the seconds of each call in each round, `[call][round]`, or those its result tells.

    Every second round runs backwards, so that no call always follows the same one.
    """
    times: list[list[float]] = [[] for _ in calls]
    end = clock() + rounds.fill_s
    for number in range(max(rounds.most, rounds.least)):
        if number >= rounds.least and clock() >= end:
            break
        order = range(len(calls)) if number % 2 == 0 else reversed(range(len(calls)))
        for at in order:
            start = clock()
            result = calls[at]()
            took_s = clock() - start
            times[at].append(took_s if ms_of is None else ms_of(result) / 1000.0)
            del result
        progress(min(number + 1, rounds.least), rounds.least)
    return times


def median_ratio(ours_s: Sequence[float], peer_s: Sequence[float]) -> float:
    """Return the median over the rounds of the peer's time over ours."""
    return median(theirs / own for own, theirs in zip(ours_s, peer_s, strict=True))


ALONE = Rounds()


def compare(
    group: str,
    job: Job,
    rounds: Rounds = ALONE,
    clock: Clock = time.perf_counter,
    progress: Progress = silent,
) -> tuple[Row, ...]:
    """Return the rows of a job: each result is checked first, then all are timed together."""
    result = job.ours()  # also loads the kernels from their cache
    faults: dict[str, str] = {}
    entrants: dict[str | None, _Entrant] = {}
    for peer in job.peers:
        call = _ready(peer)
        if call is None:
            faults[peer.name] = MISSING
        elif not peer.same(result, call()):
            faults[peer.name] = DIFFERS
        else:
            entrants[peer.name] = _Entrant(call, 0.0)
    del result
    measured = {name: _peak(job, one.call) for name, one in entrants.items()}
    ours_mib = _peak(job, job.ours)
    calls = [job.ours, *(one.call for one in entrants.values())]
    times = round_times(calls, rounds, clock, progress, job.ms_of)
    known = dict(zip(entrants, times[1:], strict=True))
    names: tuple[str | None, ...] = tuple(peer.name for peer in job.peers) or (None,)

    def row(name: str | None) -> Row:
        """Return the row against the peer of that name."""
        fault = faults.get(name) if name else None
        theirs = known.get(name)
        return Row(
            group=group,
            name=job.name,
            size=job.size,
            peer=name,
            ratio=median_ratio(times[0], theirs) if theirs else None,
            ours_ms=None if fault == DIFFERS else 1000.0 * median(times[0]),
            peer_ms=1000.0 * median(theirs) if theirs else None,
            budget_ms=job.budget_ms,
            peak_mib=ours_mib,
            rounds=len(times[0]),
            peer_peak_mib=measured.get(name),
            budget_mib=job.budget_mib,
            tolerance=job.tolerance,
            error=fault,
        )

    return tuple(row(name) for name in names)


def _ready(peer: Peer) -> Call | None:
    """Return the peer's work, None where its library isn't installed."""
    try:
        return peer.prepare()
    except ImportError:
        return None


def _peak(job: Job, call: Call) -> float:
    """Return the peak of one call in MiB; it isn't timed."""
    if job.peak_mib_of is not None:
        return float(job.peak_mib_of(call()))
    with Peak() as peak:
        result = call()
    del result
    return peak.mib
