"""The plan under the hand: which item is chosen and how it is seen, its numbers."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.clicking import Clicking
from app.desk import Desk
from app.dragging import Dragging
from app.message import of_error
from app.numbers import Numbers
from app.stage import Stage
from planning.case.case import Case, CaseId, Touched
from planning.case.edits import RemoveItem, ReplaceItem
from planning.model.item import Item, ItemId, LpsPoint
from planning.model.trajectory import Trajectory
from segmentation.errors import Refusal


class Placing(QObject):
    """`changed` when something that the panel shows did.

    Choice and hiding are not in the case; what changes the plan goes through the desk.
    """

    changed = Signal()

    def __init__(self, desk: Desk, stage: Stage) -> None:
        super().__init__(desk)
        self.desk = desk
        self._stage = stage
        self.numbers = Numbers(desk)
        self.clicking = Clicking(desk, stage)
        self.dragging = Dragging(desk)
        self.chosen: ItemId | None = None
        self.hidden: frozenset[ItemId] = frozenset()
        self.mark_lps_mm: LpsPoint | None = None
        self._is_here = self._shows_all = False
        self._close_to: tuple[CaseId, ItemId] | None = None  # what the views stand at
        self._place = 0  # of the chosen item in the list, for when it goes
        desk.bridge.changed.connect(self._follow_case)
        self.numbers.changed.connect(self._tell)
        self.clicking.changed.connect(self._tell)
        self.clicking.added.connect(self.choose)
        self.dragging.grabbed.connect(self.choose)
        self.dragging.ended.connect(self._end_drag)

    @property
    def items(self) -> tuple[Item, ...]:
        """The plan's items, in their order."""
        case = self.desk.case
        return () if case is None else case.plan.items

    @property
    def item(self) -> Item | None:
        """The chosen item."""
        return next((item for item in self.items if item.id == self.chosen), None)

    @property
    def is_along(self) -> bool:
        """Whether the slices stand along and across the chosen trajectory."""
        return self._stage.is_looking_along

    def _tell(self) -> None:
        self.show_in_views()
        self.changed.emit()

    def _follow_case(self, case: Case | None, _touched: Touched) -> None:
        """Keep a choice that is there; the window then shows the views and the panels anew."""
        ids = [] if case is None else [item.id for item in case.plan.items]
        self.hidden &= frozenset(ids)
        if self.chosen not in ids:
            self.chosen = self._next_choice()
            self.look_straight()
        self._place = ids.index(self.chosen) if self.chosen is not None else 0
        self.numbers.want(self.chosen)
        if not self.dragging.is_on:
            self._keep_along()

    def _next_choice(self) -> ItemId | None:
        """Return the neighbour of what went; of a plan just opened, its first trajectory."""
        items = self.items
        if self.chosen is not None and items:
            return items[min(self._place, len(items) - 1)].id
        paths = [item for item in items if isinstance(item, Trajectory)]
        return next((item.id for item in (*paths, *items)), None)

    def _end_drag(self) -> None:
        self._keep_along()
        self._tell()

    def show_in_views(self) -> None:
        """Let the views show what is chosen, hidden, and placed so far."""
        views = self._stage.views
        if views is None:
            return
        from viewers.gestures.scene import PlanScene

        item = self.item
        hidden = frozenset() if self._shows_all else self.hidden
        is_seen = item is not None and item.id not in hidden
        scene = PlanScene(
            chosen=self.chosen,
            hidden=hidden,
            has_handles=self._is_here and self.desk.can_edit and not self.clicking.kind,
            placing=self.clicking.points,
            placing_kind=self.clicking.kind,
            mark_lps_mm=self.mark_lps_mm,
            gaps=self.numbers.gaps(item) if item is not None and is_seen else (),
        )
        views.show_plan(scene)

    def enter(self, *, is_here: bool, shows_all: bool = False) -> None:
        """Take note of whether the Plan step is the one shown; on leaving, hands let go.

        With `shows_all` the views show hidden items too: what is judged is what is seen.
        """
        if (is_here, shows_all) == (self._is_here, self._shows_all):
            return
        self._is_here, self._shows_all = is_here, shows_all
        if not is_here:
            self.dragging.drop()
            self.clicking.cancel()
            self.look_straight()
        self._tell()
        if is_here:
            self._come_close()

    def _come_close(self) -> None:
        """Show the chosen item as its operation does, once for each item."""
        case, item = self.desk.case, self.item
        if case is None or item is None or self._close_to == (case.id, item.id):
            return
        self._close_to = (case.id, item.id)
        self._stage.show_item(case, item.id)

    def leave_item(self) -> None:
        """Make solid again what was glass for an item; the next visit comes close anew."""
        self._close_to = None
        self._stage.leave_item()

    def choose(self, item_id: ItemId | None) -> None:
        """Choose an item; None for none, and one that isn't there changes nothing."""
        ids = [item.id for item in self.items]
        if item_id == self.chosen or (item_id is not None and item_id not in ids):
            return
        self.chosen = item_id
        self._place = ids.index(item_id) if item_id is not None else 0
        self.look_straight()
        self.numbers.want(item_id)
        self._tell()

    def take_to(self, item_id: ItemId) -> None:
        """Choose an item and take the slices there."""
        self.choose(item_id)
        if self.chosen == item_id:
            self._close_to = None
            self._come_close()

    def show_mark(self, lps_mm: LpsPoint | None) -> None:
        """Ring the place of a finding, None for none; bone made glass for it is solid again."""
        if lps_mm == self.mark_lps_mm:
            return
        self.mark_lps_mm = lps_mm
        if lps_mm is None and self._stage.views is not None:
            self._stage.views.set_glass(frozenset())
        self.show_in_views()

    def turn_eye(self, item_id: ItemId) -> None:
        """Hide an item in the views, or show it again."""
        self.hidden ^= {item_id}
        self._tell()

    def show_all(self) -> None:
        """Hide nothing."""
        self.hidden = frozenset()
        self._tell()

    def replace(self, item: Item, title: str = "", **changes: Any) -> bool:  # noqa: ANN401
        """Change fields of an item as one step; a value that can't be is said in the panel."""
        try:
            changed = replace(item, **changes)
        except Refusal as refusal:
            self.desk.bridge.say(of_error(refusal))
            self.changed.emit()
            return False
        return self.desk.do(ReplaceItem(changed), title or f"Change {item.name}")

    def delete(self) -> bool:
        """Take the chosen item out of the plan; its neighbour is chosen then."""
        item = self.item
        return item is not None and self.desk.do(RemoveItem(item.id), f"Delete {item.name}")

    def look_along(self) -> None:
        """Stand the slices along and across the chosen trajectory."""
        item = self.item
        if isinstance(item, Trajectory):
            self._stage.look_along(item.entry_lps_mm, item.target_lps_mm)
            self.changed.emit()

    def look_straight(self) -> None:
        """Go back to the anatomical planes."""
        if self.is_along:
            self._stage.look_straight()
            self.changed.emit()

    def _keep_along(self) -> None:
        """Follow a trajectory that moved while the slices stand along it."""
        if self.is_along:
            self.look_along()
