"""Ratios on a clock that the test moves; peers that are wrong or missing are never timed."""

import numpy as np
import pytest

from app.bench.job import Job, Peer
from app.bench.machine import floor_share
from app.bench.paired import Rounds, compare, median_ratio, round_times
from app.bench.peak import Peak

MIB = 2**20


class Clock:
    """A clock that only work moves."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s

    def work(self, seconds, answer=None):
        """Return work that takes what `seconds` yields next."""
        left = iter(seconds)

        def run():
            self.now_s += next(left)
            return answer

        return run


def same(ours, theirs):
    return ours == theirs


def peer(name, call, agree=same):
    return Peer(name, lambda: call, agree)


def test_the_ratio_is_the_median_of_ratios_not_the_ratio_of_medians():
    ours, theirs = [1.0, 2.0, 4.0], [8.0, 2.0, 12.0]
    assert median_ratio(ours, theirs) == 3.0
    assert np.median(theirs) / np.median(ours) == 4.0


def test_each_round_runs_every_call_once_and_every_second_round_backwards():
    ran = []
    calls = [lambda name=name: ran.append(name) for name in "abc"]
    times = round_times(calls, Rounds(3, 3), Clock())
    assert "".join(ran) == "abccbaabc"
    assert [len(one) for one in times] == [3, 3, 3]


@pytest.mark.parametrize(("seconds", "rounds_n"), [(4.0, 3), (0.5, 6), (0.01, 9)])
def test_short_work_runs_on_until_the_time_is_filled_or_it_was_enough(seconds, rounds_n):
    clock = Clock()
    times = round_times([clock.work([seconds] * 20)], Rounds(3, 9, 3.0), clock)
    assert times == [pytest.approx([seconds] * rounds_n)]


def test_times_and_ratio_come_from_the_rounds_and_not_from_the_warm_up():
    clock = Clock()
    # the check and the peak come first: calls that no round counts
    ours = clock.work([90.0, 90.0, 1.0, 2.0, 4.0], "same")
    theirs = clock.work([1.9, 8.0, 2.0, 12.0], "same")
    (row,) = compare("g", Job("n", "s", ours, (peer("P", theirs),), 16.0), Rounds(3), clock)
    assert (row.ratio, row.ours_ms, row.peer_ms) == (3.0, 2000.0, 8000.0)
    assert (row.group, row.name, row.size, row.peer) == ("g", "n", "s", "P")
    assert (row.rounds, row.budget_ms, row.error) == (3, 16.0, None)


def test_the_first_call_of_a_slow_peer_is_a_round_and_patience_with_it_ends():
    clock = Clock()
    ours = clock.work([9.0, 9.0, 1.0, 2.0, 4.0, 1.0], "same")
    slow = clock.work([6.0, 8.0], "same")
    fast = clock.work([0.1, 1.0, 1.0, 1.0, 1.0], "same")
    peers = peer("S", slow), peer("F", fast)
    rows = compare("g", Job("n", "s", ours, peers), Rounds(4, patience_s=10.0), clock)
    assert [(row.peer, row.rounds) for row in rows] == [("S", 2), ("F", 4)]
    assert [row.ratio for row in rows] == [5.0, 0.75]
    assert {row.ours_ms for row in rows} == {1500.0}


def test_all_peers_share_the_rounds_of_one_measurement_of_ours():
    clock = Clock()
    ours = clock.work([0.0, 0.0, 1.0, 1.0, 1.0], "same")
    fast = clock.work([0.0, 0.5, 0.5, 0.5], "same")
    slow = clock.work([0.0, 5.0, 5.0, 5.0], "same")
    rows = compare("g", Job("n", "s", ours, (peer("F", fast), peer("S", slow))), Rounds(3), clock)
    assert [(row.peer, row.ratio) for row in rows] == [("F", 0.5), ("S", 5.0)]


def test_a_peer_with_another_result_is_an_error_and_is_never_timed():
    clock = Clock()
    calls = []

    def wrong():
        calls.append(1)
        return "other"

    right = clock.work([0.0] * 9, "same")
    job = Job("n", "s", clock.work([1.0] * 9, "same"), (peer("W", wrong), peer("R", right)))
    bad, good = compare("g", job, Rounds(7), clock)
    assert (bad.error, bad.ratio, bad.ours_ms, bad.peer_ms) == ("result-differs", None, None, None)
    assert len(calls) == 1
    assert good.error is None
    assert good.ratio == 0.0


def test_a_missing_peer_has_no_ratio_and_leaves_our_time():
    def absent():
        import no_such_library_at_all  # noqa: F401

    clock = Clock()
    job = Job("n", "s", clock.work([1.0] * 9, 1), (Peer("no_such_library", absent, same),))
    (row,) = compare("g", job, Rounds(7), clock)
    assert (row.error, row.peer, row.ratio, row.peer_ms) == (
        "peer-missing",
        "no_such_library",
        None,
        None,
    )
    assert row.ours_ms == 1000.0


def test_a_job_without_a_peer_is_one_row():
    clock = Clock()
    (row,) = compare("g", Job("n", "s", clock.work([0.25] * 9)), Rounds(7), clock)
    assert (row.peer, row.ratio, row.error, row.ours_ms) == (None, None, None, 250.0)


def test_the_peak_counts_memory_that_is_freed_before_the_end():
    with Peak() as peak:
        block = np.ones(48 * MIB, np.uint8)
        del block
    assert peak.mib == pytest.approx(48, abs=4)


def test_memory_that_is_used_again_counts_again():
    before = [np.ones(MIB // 2, np.uint8) for _ in range(64)]
    del before
    with Peak() as peak:
        block = [np.ones(MIB // 2, np.uint8) for _ in range(64)]
        del block
    assert peak.mib == pytest.approx(32, abs=4)


def test_a_result_may_tell_its_own_milliseconds():
    clock = Clock()
    told = iter((40.0, 70.0, 50.0, 60.0))
    job = Job("n", "s", lambda: next(told), ms_of=float, peak_mib_of=lambda _told: 1.0)
    (row,) = compare("g", job, Rounds(2, 2), clock)
    assert row.ours_ms == 55.0, "of those that are timed"


@pytest.mark.parametrize(("floor", "is_missed"), [(None, False), (1.9, False), (2.1, True)])
def test_a_ratio_below_its_floor_is_missed(floor, is_missed):
    clock = Clock()
    rival = Peer("P", lambda: clock.work([2.0] * 9, 1), same, floor)
    (row,) = compare("g", Job("n", "s", clock.work([1.0] * 9, 1), (rival,)), Rounds(3), clock)
    share = floor_share()
    assert row.floor == (None if floor is None else floor * share)
    assert row.ratio == 2.0
    assert row.is_missed == (is_missed and share == 1.0)


@pytest.mark.parametrize(("budget_ms", "budget_mib"), [(999.0, None), (None, 4.0)])
def test_work_beyond_its_budget_is_missed(budget_ms, budget_mib):
    clock = Clock()

    def job(factor):
        return Job(
            "n", "s", clock.work([1.0] * 9, 5.0), (),
            budget_ms and factor * budget_ms, budget_mib and factor * budget_mib,
            peak_mib_of=float,
        )  # fmt: skip

    (over,) = compare("g", job(1.0), Rounds(3), clock)
    (within,) = compare("g", job(1.5), Rounds(3), clock)
    assert (over.is_missed, within.is_missed) == (True, False)


def test_what_cannot_be_done_here_is_said_and_not_tried():
    def never():
        raise AssertionError

    (row,) = compare("g", Job("n", "s", never, lacking="bench-ct-missing"))
    assert (row.error, row.ratio, row.ours_ms, row.rounds) == ("bench-ct-missing", None, None, 0)
    assert not row.is_missed
