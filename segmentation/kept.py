"""What a tool keeps from one preview to the next, so that the next one costs what is new."""

from threading import Lock
from typing import TypeVar

T = TypeVar("T")


class Kept:
    """Room for one thing under one key; a thing of another key takes its place.

    Whoever takes a thing has it alone until it is put back, so it may change it. A thing that is
    not put back, because the work on it was cancelled, is gone and will be made anew. Without
    room nothing is kept: a tool gives the same result either way.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._key: tuple[object, ...] = ()
        self._thing: object = None

    def take(self, key: tuple[object, ...], kind: type[T]) -> T | None:
        """Return what was put under `key` and keep it no longer; None when it isn't there."""
        with self._lock:
            thing = self._thing if self._key == key else None
            self._key, self._thing = (), None
        return thing if isinstance(thing, kind) else None

    def put(self, key: tuple[object, ...], thing: object) -> None:
        """Keep `thing` in place of what was kept."""
        with self._lock:
            self._key, self._thing = key, thing

    def clear(self) -> None:
        """Keep nothing."""
        self.put((), None)
