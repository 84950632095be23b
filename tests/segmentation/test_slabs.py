"""Slabs shared over threads: each once, stopped when asked, faults not lost."""

import threading

import numpy as np
import pytest

from segmentation.errors import Cancelled
from segmentation.slabs import part, share


@pytest.mark.parametrize("threads_n", [None, 1, 2, 5])
@pytest.mark.parametrize("slabs_n", [0, 1, 7])
def test_each_slab_is_done_once(threads_n, slabs_n):
    done = np.zeros(slabs_n, int)
    calls = []
    share(
        lambda n: done.__setitem__(n, done[n] + 1), slabs_n, lambda *at: calls.append(at), threads_n
    )
    assert (done == 1).all()
    assert calls == [(n + 1, slabs_n) for n in range(slabs_n)]


def test_progress_is_called_in_the_callers_thread():
    threads = set()
    share(lambda n: None, 6, lambda d, t: threads.add(threading.get_ident()), 3)
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("threads_n", [1, 2])
def test_cancel_keeps_later_slabs_from_starting(threads_n):
    begun = []

    def stop(done, total):
        raise Cancelled

    gate = threading.Event()

    def work(slab):
        begun.append(slab)
        if slab:
            gate.wait(0.2)

    with pytest.raises(Cancelled):
        share(work, 500, stop, threads_n)
    assert len(begun) < 20


@pytest.mark.parametrize("threads_n", [1, 3])
def test_a_fault_in_a_slab_reaches_the_caller(threads_n):
    def work(slab):
        if slab == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        share(work, 9, threads_n=threads_n)


def test_parts_of_a_progress_add_up():
    ratios = []
    for number in range(3):
        phase = part(lambda done, total: ratios.append(done / total), number, 3)
        for step in range(4):
            phase(step + 1, 4)
    np.testing.assert_allclose(ratios, np.arange(1, 13) / 12)
