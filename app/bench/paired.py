"""Paired rounds: in each round every way to the result runs once, so that all meet the same load.

What is told is the median of the ratios of each round, not the ratio of two medians.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from app.bench.job import Call, Job, Peer
from app.bench.machine import floor_share
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
    """Return the rows of a job: each result is checked first, then all are timed together.

    The call whose result is checked is also the one whose memory is measured.
    """
    if job.lacking:
        return (_row(group, job, None, job.lacking),)
    result = job.ours()  # also loads the kernels from their cache
    faults: dict[str, str] = {}
    entrants: dict[str | None, _Entrant] = {}
    for peer in job.peers:
        call = _ready(peer)
        if call is None:
            faults[peer.name] = MISSING
            continue
        theirs, peak_mib = _peak(job, call)
        if peer.same(result, theirs):
            entrants[peer.name] = _Entrant(call, peak_mib)
        else:
            faults[peer.name] = DIFFERS
        del theirs
    del result
    _, ours_mib = _peak(job, job.ours)
    calls = [job.ours, *(one.call for one in entrants.values())]
    times = round_times(calls, rounds, clock, progress, job.ms_of)
    known = dict(zip(entrants, times[1:], strict=True))
    rows = []
    for one in job.peers or (None,):
        name = one.name if one else None
        row = _row(group, job, one, faults.get(name or ""))
        rows.append(_timed(row, times[0], known.get(name), ours_mib, entrants.get(name)))
    return tuple(rows)


def _row(group: str, job: Job, peer: Peer | None, error: str | None) -> Row:
    """Return the row of a job against a peer before anything was measured."""
    floor = peer.floor * floor_share() if peer and peer.floor is not None else None
    return Row(
        group=group,
        name=job.name,
        size=job.size,
        peer=peer.name if peer else None,
        ratio=None,
        ours_ms=None,
        peer_ms=None,
        budget_ms=job.budget_ms,
        peak_mib=None,
        rounds=0,
        peer_peak_mib=None,
        budget_mib=job.budget_mib,
        tolerance=job.tolerance,
        error=error,
        floor=floor,
    )


def _timed(
    row: Row,
    ours_s: Sequence[float],
    theirs_s: Sequence[float] | None,
    ours_mib: float,
    entrant: _Entrant | None,
) -> Row:
    """Return the row with its times and peaks; a peer that differs leaves no time of ours."""
    return replace(
        row,
        ratio=median_ratio(ours_s, theirs_s) if theirs_s else None,
        ours_ms=None if row.error == DIFFERS else 1000.0 * median(ours_s),
        peer_ms=1000.0 * median(theirs_s) if theirs_s else None,
        peak_mib=ours_mib,
        rounds=len(ours_s),
        peer_peak_mib=entrant.peak_mib if entrant else None,
    )


def _ready(peer: Peer) -> Call | None:
    """Return the peer's work, None where its library isn't installed."""
    try:
        return peer.prepare()
    except ImportError:
        return None


def _peak(job: Job, call: Call) -> tuple[object, float]:
    """Return the result of one call and its peak in MiB; it isn't timed."""
    if job.peak_mib_of is not None:
        result = call()
        return result, float(job.peak_mib_of(result))
    with Peak() as peak:
        result = call()
    return result, peak.mib
