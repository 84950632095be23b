"""A point of a plan item in the hand: all of the drag is one step, or none when it is dropped."""

from dataclasses import replace
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.desk import Desk
from app.message import of_error
from planning.case.case import Case, Touched
from planning.case.edits import Edit, MovePoint, ReplaceItem
from planning.model.cut_plane import CutPlane
from planning.model.item import Item, ItemId, LpsPoint
from segmentation.errors import Refusal

NORMAL: Final = "normal"


class Dragging(QObject):
    """`grabbed(item id)` when a drag began; `ended()` when it was let go or dropped."""

    grabbed = Signal(object)
    ended = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._held: tuple[ItemId, str] | None = None
        desk.bridge.changed.connect(self._follow_case)

    @property
    def is_on(self) -> bool:
        """Whether a hand holds a point."""
        return self._held is not None and self._desk.grip.is_held

    def _follow_case(self, case: Case | None, _touched: Touched) -> None:
        if case is None:
            self._held = None

    def _item(self, item_id: ItemId) -> Item | None:
        case = self._desk.case
        items = () if case is None else case.plan.items
        return next((item for item in items if item.id == item_id), None)

    def grab(self, item_id: ItemId, point: str) -> None:
        """Begin to move a point of an item."""
        self.drop()
        item = self._item(item_id)
        if item is not None and self._desk.can_edit and self._desk.grip.grab(f"Move {item.name}"):
            self._held = (item_id, point)
            self.grabbed.emit(item_id)

    def move(self, item_id: ItemId, point: str, lps_mm: LpsPoint) -> None:
        """Put the point that is held elsewhere; one that nobody holds stays."""
        item = self._item(item_id)
        if not self.is_on or self._held != (item_id, point) or item is None:
            return
        try:
            edit = _moving(item, point, lps_mm)
        except Refusal as refusal:
            self._desk.bridge.say(of_error(refusal))
            return
        self._desk.do(edit)

    def let_go(self) -> None:
        """End the drag where the point is."""
        if self._held is not None:
            self._held = None
            self._desk.grip.let_go()
            self.ended.emit()

    def drop(self) -> bool:
        """End the drag where it began; return whether there was one."""
        if self._held is None:
            return False
        self._held = None
        self._desk.grip.drop()
        self.ended.emit()
        return True


def _moving(item: Item, point: str, lps_mm: LpsPoint) -> Edit:
    """Return the edit that puts a point, or the tip of a plane's arrow, elsewhere."""
    if point != NORMAL or not isinstance(item, CutPlane):
        return MovePoint(item.id, point, lps_mm)
    x, y, z = (float(n) for n in np.subtract(lps_mm, item.point_lps_mm))
    return ReplaceItem(replace(item, normal_lps=(x, y, z), derived_from=()))
