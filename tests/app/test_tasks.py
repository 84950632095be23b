import threading
import time

import pytest

from app.tasks import Task, Tasks
from segmentation.errors import Refusal


@pytest.fixture
def tasks(english):
    made = Tasks()
    yield made
    assert made.shutdown(), "a worker did not end"


def nothing(_answer: object) -> None:
    """Take an answer."""


def unwanted(error: Exception) -> None:
    raise error


def slow(seconds, ended):
    """Work in chunks of 20 ms for some seconds; `ended` tells when its thread is free."""
    pause = threading.Event()

    def work(progress):
        try:
            for n in range(int(seconds * 50)):
                pause.wait(0.02)
                progress(n, int(seconds * 50))
        finally:
            ended.append(time.monotonic())
        return "done"

    return work


def test_an_answer_arrives_on_the_window_s_thread(tasks, qtbot):
    seen = []
    tasks.run(
        Task("t", lambda progress: threading.get_ident()),
        lambda answer: seen.append((answer, threading.get_ident())),
        unwanted,
    )
    qtbot.waitUntil(lambda: bool(seen))
    worker, receiver = seen[0]
    assert receiver == threading.get_ident() != worker


def test_progress_is_seen_while_work_runs(tasks, qtbot):
    ended = []
    task = tasks.run(Task("t", slow(0.6, ended)), nothing, unwanted)
    qtbot.waitUntil(lambda: task.done > 3)
    assert task.total == 30
    assert tasks.running == (task,)


def test_cancel_frees_the_thread_within_200_ms_and_drops_the_answer(tasks, qtbot):
    ended, seen = [], []
    task = tasks.run(Task("t", slow(20, ended)), seen.append, unwanted)
    qtbot.waitUntil(lambda: task.done > 0)
    asked = time.monotonic()
    tasks.cancel(task)
    assert tasks.running == ()
    qtbot.waitUntil(lambda: bool(ended))
    assert ended[0] - asked < 0.2
    qtbot.wait(50)
    assert seen == []


def test_the_latest_of_one_key_wins(tasks, qtbot):
    seen, ended = [], []
    for n in range(5):
        work = slow(10, ended) if n < 4 else (lambda progress: "last")
        tasks.run(Task("t", work, key="preview"), seen.append, unwanted)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == ["last"]


def test_an_answer_whose_inputs_moved_on_is_dropped_and_closed(tasks, qtbot):
    seen, closed = [], []
    tasks.run(
        Task("t", lambda progress: "old", discard=closed.append), seen.append, unwanted,
        is_wanted=lambda: False,
    )  # fmt: skip
    qtbot.waitUntil(lambda: closed == ["old"])
    assert seen == []


def test_what_is_raised_reaches_the_window(tasks, qtbot):
    def refuse(progress):
        raise Refusal("no-image", path="x")

    failures = []
    tasks.run(Task("t", refuse), nothing, failures.append)
    qtbot.waitUntil(lambda: bool(failures))
    assert failures[0].code == "no-image"
    assert tasks.is_idle
