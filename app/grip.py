"""A drag on the desk: all edits from taking hold until letting go are one step, or none."""

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager

from planning.case.history import History
from segmentation.errors import Cancelled

Step = Callable[[History], object]


class Grip:
    """Holds the desk's history while a hand drags; `tried` runs a step and says what it refuses."""

    def __init__(self, tried: Callable[[Step], bool]) -> None:
        self._tried = tried
        self._drag: AbstractContextManager[None] | None = None

    @property
    def is_held(self) -> bool:
        """Whether a drag is under way."""
        return self._drag is not None

    def grab(self, title: str) -> bool:
        """Begin a drag: all edits until `let_go` are one step called `title`.

        Return whether it began; a case that can't be written is said in the panel.
        """
        self.drop()
        begun: list[AbstractContextManager[None]] = []

        def begin(history: History) -> None:
            drag = history.gesture(title)
            drag.__enter__()
            begun.append(drag)

        if not self._tried(begin):
            return False
        self._drag = begun[0]
        return True

    def let_go(self) -> None:
        """End the drag and keep what it led to."""
        drag, self._drag = self._drag, None
        if drag is not None:
            self._tried(lambda _history: drag.__exit__(None, None, None))

    def drop(self) -> None:
        """End the drag and take it back."""
        drag, self._drag = self._drag, None
        if drag is not None:
            with contextlib.suppress(Cancelled):
                drag.__exit__(Cancelled, Cancelled(), None)
