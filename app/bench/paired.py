"""Paired rounds: in each round every way to the result runs once, so that all meet the same load.

What is told is the median of the ratios of each round, not the ratio of two medians. A peer that is
slow runs in fewer rounds: a call of many seconds is hardly disturbed, and its ratio is large.
"""

import math
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
SLOW_S = 2.0
"""A peer's first call that takes as long is its first round too: it needs no warming up."""


@dataclass(frozen=True, slots=True)
class _Entrant:
    """One way that is timed: its peak and where its times are."""

    call: Call
    peak_mib: float
    first_s: float | None


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often all is run: `least` times, and on to `most` while `fill_s` have not passed.

    Work of milliseconds needs more rounds than work of seconds until its median stands still. A
    peer that has taken `patience_s` runs no more; ours runs in all rounds.
    """

    least: int = ROUNDS_MIN
    most: int = ROUNDS_MOST
    fill_s: float = 0.0
    patience_s: float = math.inf


def round_times(
    calls: Sequence[Call],
    rounds: Rounds,
    clock: Clock,
    progress: Progress = silent,
    ms_of: Callable[..., float] | None = None,
    known_s: Sequence[float | None] = (),
) -> list[list[float]]:
    """Return the seconds of each call in each round, `[call][round]`, or those its result tells.

    Every second round runs backwards, so that no call always follows the same one. The first call
    is ours. `known_s` are the seconds that calls took before, in place of their first round.
    """
    times: list[list[float]] = [[] for _ in calls]
    end = clock() + rounds.fill_s
    for number in range(max(rounds.most, rounds.least)):
        if number >= rounds.least and clock() >= end:
            break
        order = range(len(calls)) if number % 2 == 0 else reversed(range(len(calls)))
        for at in order:
            first_s = known_s[at] if number == 0 and known_s else None
            if first_s is not None:
                times[at].append(first_s)
            elif at == 0 or sum(times[at]) < rounds.patience_s:
                times[at].append(_seconds(calls[at], clock, ms_of))
        progress(min(number + 1, rounds.least), rounds.least)
    return times


def _seconds(call: Call, clock: Clock, ms_of: Callable[..., float] | None) -> float:
    """Return how long a call takes, or what its result tells."""
    start = clock()
    result = call()
    took_s = clock() - start
    return took_s if ms_of is None else ms_of(result) / 1000.0


def median_ratio(ours_s: Sequence[float], peer_s: Sequence[float]) -> float:
    """Return the median over the peer's rounds, which come first, of its time over ours."""
    return median(theirs / own for own, theirs in zip(ours_s, peer_s, strict=False))


ALONE = Rounds()


def compare(
    group: str,
    job: Job,
    rounds: Rounds = ALONE,
    clock: Clock = time.perf_counter,
    progress: Progress = silent,
) -> tuple[Row, ...]:
    """Return the rows of a job: each result is checked first, then all are timed together.

    The call whose result is checked is also the one whose memory is measured, and the first round
    of a peer that is slow.
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
        start = clock()
        theirs, peak_mib = _peak(job, call)
        took_s = clock() - start
        if peer.same(result, theirs):
            first_s = took_s if took_s >= SLOW_S else None
            entrants[peer.name] = _Entrant(call, peak_mib, first_s)
        else:
            faults[peer.name] = DIFFERS
        del theirs
    del result
    _, ours_mib = _peak(job, job.ours)
    calls = [job.ours, *(one.call for one in entrants.values())]
    firsts = (None, *(one.first_s for one in entrants.values()))
    times = round_times(calls, rounds, clock, progress, job.ms_of, firsts)
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
        rounds=len(theirs_s or ours_s),
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
