"""The watchdog: it sees a deaf window, tells for how long and where, and is silent otherwise."""

import gc
import threading
import time

import pytest

from app.heartbeat import LATE_MS, Heartbeat

pytestmark = pytest.mark.qt
BUSY_S = 0.4


@pytest.fixture
def heart(qtbot):
    # A sweep of all that the other tests left alive would count as work of this thread.
    gc.collect()
    gc.disable()
    beating = Heartbeat()
    beating.start()
    qtbot.waitUntil(lambda: beating.summary()["beats"] > 3, timeout=20_000)
    yield beating
    beating.stop()
    gc.enable()


def busy():
    """Work as long as a careless loop would."""
    end = time.thread_time() + BUSY_S
    while time.thread_time() < end:
        pass


def test_a_busy_thread_is_found_with_its_time_and_its_line(heart, qtbot):
    busy()
    qtbot.waitUntil(lambda: bool(heart.stalls), timeout=20_000)
    worst = max(heart.stalls, key=lambda stall: stall.ran_ms)
    assert worst.late_ms > 1000.0 * BUSY_S - 50.0
    assert worst.ran_ms == pytest.approx(1000.0 * BUSY_S, abs=150.0)
    assert worst.where[0].split()[1] == "busy"
    assert worst.where[0].startswith("tests/app/test_heartbeat.py:")


def test_waiting_for_another_program_is_told_apart_from_own_work(heart, qtbot):
    held = threading.Event()
    held.wait(BUSY_S)  # asleep: neither at work nor in line
    qtbot.waitUntil(lambda: bool(heart.stalls), timeout=20_000)
    worst = max(heart.stalls, key=lambda stall: stall.late_ms)
    assert worst.late_ms > 1000.0 * BUSY_S - 50.0
    assert worst.ran_ms < 100.0
    assert worst.own_ms <= worst.late_ms


def test_work_beside_the_window_is_no_stall_and_after_the_end_nothing_is(heart, qtbot):
    worker = threading.Thread(target=threading.Event().wait, args=(0.3,))
    worker.start()
    qtbot.waitUntil(lambda: not worker.is_alive(), timeout=20_000)
    assert all(stall.ran_ms < LATE_MS for stall in heart.stalls)
    heart.stop()
    beats = heart.summary()["beats"]
    busy()
    qtbot.wait(50)
    assert heart.summary()["beats"] == beats
