"""The plan under the hand: which item is chosen, what is being placed or dragged, its numbers."""

from PySide6.QtCore import QObject, Signal

from app.desk import Desk
from app.stage import Stage


class Placing(QObject):
    """`changed` when something that the panel shows did."""

    changed = Signal()

    def __init__(self, desk: Desk, stage: Stage) -> None:
        super().__init__(desk)
        self.desk = desk
        self._stage = stage
