"""Accepted surfaces that tasks share, one task after the other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from planning.measures.surfaces import Surfaces
from segmentation.progress import Progress

WAIT_S = 0.1


class KeptSurfaces:
    """`Surfaces` belong to one thread at a time; who wants them waits, and can be cancelled."""

    def __init__(self) -> None:
        self._surfaces = Surfaces()
        self._lock = threading.Lock()

    @contextmanager
    def held(self, progress: Progress) -> Iterator[Surfaces]:
        """Give the surfaces to this thread; `progress` is asked while it waits."""
        while not self._lock.acquire(timeout=WAIT_S):
            progress(0, 0)
        try:
            yield self._surfaces
        finally:
            self._lock.release()
