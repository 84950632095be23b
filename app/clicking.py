"""A plan item under way: what was clicked for it so far; the last click makes it one edit."""

from typing import Final

from PySide6.QtCore import QObject, Signal

from app.desk import Desk
from app.language import translate as _
from app.message import of_error
from app.proposals import CLICKS, ground, new_item
from app.stage import Stage
from planning.case.case import Case, Touched
from planning.case.edits import AddItem
from planning.model.cut_plane import CutPlane
from planning.model.item import LpsPoint
from planning.model.zone import NoGoZone
from segmentation.errors import Refusal

HAND: Final = "place"
AHEAD: Final[LpsPoint] = (0.0, 0.0, 1.0)
ON_A_SEGMENT: Final = frozenset({NoGoZone.kind, CutPlane.kind})


class Clicking(QObject):
    """`kind` is what is being placed, empty for nothing; `points` what was clicked for it.

    `added(item id)` after the edit; until then nothing is in the case.
    """

    changed = Signal()
    added = Signal(object)

    def __init__(self, desk: Desk, stage: Stage) -> None:
        super().__init__(desk)
        self._desk = desk
        self._stage = stage
        self.kind = ""
        self.points: tuple[LpsPoint, ...] = ()
        desk.bridge.changed.connect(self._follow_case)
        stage.changed.connect(self._follow_hand)

    def _follow_case(self, _case: Case | None, _touched: Touched) -> None:
        if self.kind and not self._desk.can_edit:
            self.cancel()

    def _follow_hand(self) -> None:
        """Stop when the hand took up something else."""
        if self.kind and self._stage.state.tool != HAND:
            self.kind, self.points = "", ()
            self.changed.emit()

    def start(self, kind: str) -> None:
        """Begin to place an item; a zone is made at once, on a segment that no item has."""
        self.cancel()
        if not self._desk.can_edit:
            return
        segment = self._desk.segment
        if kind in ON_A_SEGMENT and (segment is None or segment.mask.is_empty):
            words = _("Choose a segment that isn't empty in the Segment step first.")
            self._desk.say(words, "warn")
            return
        self._desk.bridge.say(None)
        if CLICKS[kind] == 0:
            self._finish(kind, AHEAD)
            return
        self._stage.set_hand(HAND)
        self.kind = kind
        self.changed.emit()

    def click(self, lps_mm: LpsPoint, normal_lps: LpsPoint) -> None:
        """Take a click in a slice that looks along `normal_lps`; the last one adds the item."""
        if not self.kind:
            return
        self.points = (*self.points, lps_mm)
        if len(self.points) >= CLICKS[self.kind]:
            self._finish(self.kind, normal_lps)
        self.changed.emit()

    def _finish(self, kind: str, normal_lps: LpsPoint) -> None:
        case = self._desk.case
        if case is None:
            return
        try:
            segment = ground(kind, case, self.points, self._desk.segment)
            item = new_item(kind, case, self.points, normal_lps, segment)
        except Refusal as refusal:
            self._desk.bridge.say(of_error(refusal))
            self.points = self.points[:-1]  # the last point may be clicked again
            return
        points, self.kind, self.points = self.points, "", ()  # nothing is under way any more
        if self._desk.do(AddItem(item), f"Add {item.name}"):
            self._put_hand_away()
            self.added.emit(item.id)
        elif points:
            self.kind, self.points = kind, points[:-1]

    def _put_hand_away(self) -> None:
        if self._stage.state.tool == HAND:
            self._stage.set_hand("crosshair")
        self.changed.emit()

    def cancel(self) -> bool:
        """Stop placing; return whether there was something to stop."""
        if not self.kind:
            return False
        self.kind, self.points = "", ()
        self._put_hand_away()
        return True
