"""Accepted surfaces that tasks share, one task after the other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from segmentation.progress import Progress

if TYPE_CHECKING:
    from planning.measures.surfaces import Surfaces

WAIT_S = 0.1


class KeptSurfaces:
    """`Surfaces` belong to one thread at a time; who wants them waits, and can be cancelled."""

    def __init__(self) -> None:
        self._surfaces: Surfaces | None = None
        self._lock = threading.Lock()

    @contextmanager
    def held(self, progress: Progress) -> "Iterator[Surfaces]":
        """Give the surfaces to this thread; `progress` is asked while it waits."""
        while not self._lock.acquire(timeout=WAIT_S):
            progress(0, 0)
        try:
            if self._surfaces is None:
                from planning.measures.surfaces import Surfaces

                self._surfaces = Surfaces()
            yield self._surfaces
        finally:
            self._lock.release()
