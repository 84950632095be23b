"""Long work beside the window: a small pool of threads, progress, cancel, no stale answers."""

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal

from segmentation.errors import Cancelled
from segmentation.progress import Progress

Work = Callable[[Progress], Any]
WORKERS: Final = 2
SHORTEST_REPORT_S: Final = 0.04
LOG: Final = logging.getLogger(__name__)


def always() -> bool:
    """Say that an answer is still wanted."""
    return True


class Task:
    """One piece of work on its way; the window's thread owns everything but `work`."""

    def __init__(
        self,
        title: str,
        work: Work,
        *,
        key: str = "",
        is_quiet: bool = False,
        discard: Callable[[Any], object] | None = None,
    ) -> None:
        self.title = title
        self.key = key
        self.is_quiet = is_quiet
        self.done = 0
        self.total = 0
        self.work = work
        self.discard = discard  # closes an answer that nobody takes: an open file
        self.then: Callable[[Any], None] | None = None
        self.failed: Callable[[Exception], None] | None = None
        self.is_wanted: Callable[[], bool] = always
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop at its next report; its answer is dropped from now on."""
        self._stop.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop.is_set()


class Tasks(QObject):
    """Runs work in at most `WORKERS` threads and answers on the window's thread.

    A task with a `key` replaces an earlier one with the same key: the latest wins.
    """

    changed = Signal()
    _advanced = Signal(object, object, object)
    _ended = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None, workers: int = WORKERS) -> None:
        super().__init__(parent)
        self._queue: SimpleQueue[Task | None] = SimpleQueue()
        self._running: list[Task] = []
        queued = Qt.ConnectionType.QueuedConnection
        self._advanced.connect(self._note, queued)
        self._ended.connect(self._close, queued)
        self._threads = [
            threading.Thread(target=self._serve, name=f"task-{n}", daemon=True)
            for n in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def running(self) -> tuple[Task, ...]:
        """What is on its way and shown to the user, oldest first."""
        return tuple(task for task in self._running if not task.is_quiet)

    @property
    def is_idle(self) -> bool:
        """Whether nothing at all is on its way."""
        return not self._running

    def run(
        self,
        task: Task,
        then: Callable[[Any], None],
        failed: Callable[[Exception], None],
        is_wanted: Callable[[], bool] = always,
    ) -> Task:
        """Start `task`; `then` gets its answer unless it was cancelled or is no longer wanted.

        Parameters
        ----------
        then, failed
            Called on the window's thread with the answer, or with what was raised.
        is_wanted
            Asked right before the answer is handed over: false when its inputs have moved on.
        """
        task.then, task.failed, task.is_wanted = then, failed, is_wanted
        if task.key:
            self.cancel_key(task.key)
        self._running.append(task)
        self._queue.put(task)
        self.changed.emit()
        return task

    def cancel_key(self, key: str) -> None:
        """Cancel what runs under `key`."""
        for task in list(self._running):
            if task.key == key:
                self.cancel(task)

    def cancel(self, task: Task) -> None:
        """Stop `task`: it leaves the list at once, its thread is free at the next report."""
        task.cancel()
        if task in self._running:
            self._running.remove(task)
            self.changed.emit()

    def shutdown(self, wait_s: float = 5.0) -> bool:
        """Cancel everything and join the threads; return whether all of them ended in time."""
        for task in list(self._running):
            self.cancel(task)
        for _ in self._threads:
            self._queue.put(None)
        end = time.monotonic() + wait_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _serve(self) -> None:
        while (task := self._queue.get()) is not None:
            try:
                answer = None if task.is_cancelled else task.work(self._reporter(task))
            except Cancelled:
                self._ended.emit(task, None, None)
            except Exception as error:  # noqa: BLE001 - one of the two doors for bugs
                self._ended.emit(task, None, error)
            else:
                self._ended.emit(task, answer, None)
            del task

    def _reporter(self, task: Task) -> Progress:
        last = [0.0]

        def report(done: int, total: int) -> None:
            if task.is_cancelled:
                raise Cancelled
            now = time.monotonic()
            if now - last[0] >= SHORTEST_REPORT_S or done >= total:
                last[0] = now
                self._advanced.emit(task, done, total)

        return report

    def _note(self, task: Task, done: int, total: int) -> None:
        if task in self._running:
            task.done, task.total = done, total
            self.changed.emit()

    def _close(self, task: Task, answer: object, error: Exception | None) -> None:
        if task in self._running:
            self._running.remove(task)
            self.changed.emit()
        if task.is_cancelled or not task.is_wanted():
            if answer is not None and task.discard is not None:
                task.discard(answer)
            return
        if error is not None and task.failed is not None:
            task.failed(error)
        elif error is None and task.then is not None:
            task.then(answer)
