"""The hand-over: destinations, where to, the package that was written and read back."""

from PySide6.QtCore import QObject, Signal

from app.desk import Desk
from app.stage import Stage


class Sending(QObject):
    """`changed` when something that the panel shows did."""

    changed = Signal()

    def __init__(self, desk: Desk, stage: Stage) -> None:
        super().__init__(desk)
        self.desk = desk
        self._stage = stage
