"""From plain Python to Qt, in one place: a history's call becomes a signal of the window."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.message import Message
from planning.case.case import Case, Touched
from planning.case.history import History


class Bridge(QObject):
    """The signals that the window listens to.

    `changed(case or None, touched)` after every edit and every open or close; `said(message or
    None)` for the footer; `written()` when a step reached the disk or failed to;
    `settled()` when the desk took note of that; `selected()` when another segment was chosen.
    """

    changed = Signal(object, object)
    said = Signal(object)
    written = Signal()
    settled = Signal()
    selected = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._leave: Callable[[], None] | None = None

    def attach(self, history: History) -> None:
        """Listen to `history` and to no other."""
        self.detach()
        self._leave = history.listen(self._heard)
        # Called on the writer's thread: the signal takes it to the window's.
        history.when_written(self.written.emit)

    def detach(self) -> None:
        """Listen to nothing."""
        if self._leave is not None:
            self._leave()
            self._leave = None

    def say(self, message: Message | None) -> None:
        """Show a message in the panel's footer; None takes it away."""
        self.said.emit(message)

    def _heard(self, case: Case, touched: Touched) -> None:
        self.changed.emit(case, touched)
