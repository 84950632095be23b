"""Slabs: each is done once, cancel stops the rest, an exception comes out."""

import threading

import numpy as np
import pytest

from segmentation.errors import Cancelled
from segmentation.kernels.slabs import each_slab, threads


@pytest.mark.parametrize("wanted", [1, 2, 5])
@pytest.mark.parametrize("total", [0, 1, 7, 8, 9, 64])
def test_each_slice_is_worked_on_once(total, wanted):
    done = np.zeros(total, np.int64)

    def work(start, stop):
        done[start:stop] += 1

    reports = []
    with threads(wanted):
        each_slab(work, total, lambda n, of: reports.append((n, of)), thick=8)
    assert (done == 1).all()
    assert all(0 < n <= of == -(-total // 8) for n, of in reports)


def test_progress_is_called_in_the_callers_thread():
    seen = set()
    with threads(2):
        each_slab(lambda *_: None, 100, lambda *_: seen.add(threading.get_ident()), thick=1)
    assert seen <= {threading.get_ident()}


@pytest.mark.parametrize("wanted", [1, 2])
def test_cancel_starts_no_further_slab(wanted):
    started = []
    both = threading.Barrier(wanted, timeout=10)

    def work(start, stop):
        started.append(start)
        if len(started) <= wanted:
            both.wait()

    def stop(_done, _total):
        raise Cancelled

    with threads(wanted), pytest.raises(Cancelled):
        each_slab(work, 100_000, stop, thick=1)
    assert len(started) < 100_000


@pytest.mark.parametrize("wanted", [1, 2, 4])
def test_what_a_slab_raises_comes_out(wanted):
    def work(start, stop):
        if start == 50:
            raise ArithmeticError("planted")

    with threads(wanted), pytest.raises(ArithmeticError, match="planted"):
        each_slab(work, 100, thick=1)
