"""Work for views that would hold up the window: one after another in a thread of its own."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from segmentation.errors import Cancelled, Refusal
from segmentation.progress import Progress

Make = Callable[[Progress], Any]


class Builder(QObject):
    """Builds one thing at a time; what nobody wants any more is stopped or never begun.

    `built` carries the key and the result to the thread of this object, None as the result of a
    refused build. `shutdown` stops and joins; nothing is reported afterwards.
    """

    built = Signal(object, object)
    _ended = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: OrderedDict[Hashable, Make] = OrderedDict()
        self._running: Hashable | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_open = True
        self._ended.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way or waits."""
        return self._running is not None or bool(self._waiting)

    @property
    def running(self) -> Hashable | None:
        """The key of what is under way, None when nothing is."""
        return None if self._stop.is_set() else self._running

    def want(self, jobs: dict[Hashable, Make]) -> None:
        """Build exactly these from now on; what is under way and still wanted goes on."""
        self._waiting = OrderedDict((k, make) for k, make in jobs.items() if k != self._running)
        if self._running is not None and self._running not in jobs:
            self._stop.set()
        self._start()

    def shutdown(self) -> None:
        """Stop, and wait for the thread: at most one chunk of work."""
        self._is_open = False
        self._waiting.clear()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _start(self) -> None:
        """Begin the next build if none is under way."""
        if self._running is not None or not self._waiting or not self._is_open:
            return
        key, make = self._waiting.popitem(last=False)
        self._running = key
        self._stop = threading.Event()
        arguments = (key, make, self._stop)
        self._thread = threading.Thread(target=self._run, args=arguments, name="views", daemon=True)
        self._thread.start()

    def _run(self, key: Hashable, make: Make, stop: threading.Event) -> None:
        """Build in the thread; a fault is the thread hook's, the next build still begins."""

        def progress(done: int, total: int) -> None:
            """Stop the build when nobody wants it any more."""
            if stop.is_set():
                raise Cancelled

        result = None
        try:
            result = make(progress)
        except (Cancelled, Refusal):
            result = None
        finally:
            if self._is_open:
                self._ended.emit(key, None if stop.is_set() else result)

    @Slot(object, object)
    def _take(self, key: Hashable, result: object) -> None:
        """Report in the window's thread and go on."""
        if not self._is_open:
            return
        was_stopped = self._stop.is_set()
        self._running = None
        if not was_stopped:
            self.built.emit(key, result)
        self._start()
