"""The views and what they are set to: layout, hand, window, look of the 3D. Not in the case."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QStackedLayout, QWidget

from planning.case.case import Case, SegmentId, Touched
from planning.model.item import ItemId, LpsPoint
from segmentation.grid import Point

if TYPE_CHECKING:
    from viewers.widgets.four_views import FourViews

LAYOUTS: Final = ("four", "wide", "one")
SOLIDS: Final = ("surfaces", "bone", "vessel", "skin")
RADII_MM: Final = (1.0, 30.0)


@dataclass(frozen=True, slots=True)
class ViewState:
    """What the views are set to; survives a rebuilt window."""

    tool: str = "crosshair"
    layout: str = "four"
    solid: str = "surfaces"
    window_hu: float = 2200.0
    level_hu: float = 480.0
    radius_mm: float = 5.0


class Stage(QWidget):
    """Holds the four views; they are made with the first case, after the window shows."""

    intent = Signal(object)
    probed = Signal(object)
    changed = Signal()

    def __init__(self, make_views: Callable[[], "FourViews"]) -> None:
        super().__init__()
        self.setObjectName("views")
        self.setProperty("role", "views")
        self._make_views = make_views
        self._layout = QStackedLayout(self)
        self.views: FourViews | None = None
        self.state = ViewState()

    def show_case(self, case: Case | None, touched: Touched) -> None:
        """Show a case in the views."""
        if case is None and self.views is None:
            return
        views = self._views()
        former = views.scene.case
        is_new = case is not None and (former is None or former.volume is not case.volume)
        views.show_case(case, touched)
        if case is not None and is_new:
            from viewers.pipelines.first_view import first_window

            self.set_window(*first_window(case))

    def _views(self) -> "FourViews":
        if self.views is None:
            views = self._make_views()
            views.intent.connect(self.intent)
            views.probed.connect(self.probed)
            self._layout.addWidget(views)
            self.views = views
            self.set_state(self.state)
        return self.views

    def set_state(self, state: ViewState) -> None:
        """Set the views to `state`."""
        self.state = state
        if self.views is not None:
            self._apply(self.views, state)
        self.changed.emit()

    def _apply(self, views: "FourViews", state: ViewState) -> None:
        from viewers.gestures.intents import Tool

        views.set_layout(state.layout)
        views.set_solid_mode(state.solid)
        views.set_window(state.window_hu, state.level_hu)
        views.set_tool(Tool(state.tool), state.radius_mm)

    def set_layout_name(self, layout: str) -> None:
        """Arrange the views as `four`, `wide` or `one`."""
        self.set_state(replace(self.state, layout=layout))

    def set_solid(self, solid: str) -> None:
        """Draw the 3D view as surfaces, bone, vessel or skin."""
        self.set_state(replace(self.state, solid=solid))

    def set_hand(self, tool: str) -> None:
        """Give the left button a meaning, named as `viewers.gestures.intents.Tool`."""
        self.set_state(replace(self.state, tool=tool))

    def set_window(self, window_hu: float, level_hu: float) -> None:
        """Map HU to grey."""
        self.set_state(replace(self.state, window_hu=window_hu, level_hu=level_hu))

    def note_window(self, window_hu: float, level_hu: float) -> None:
        """Take note of a window that a hand set in a view."""
        self.state = replace(self.state, window_hu=window_hu, level_hu=level_hu)
        self.changed.emit()

    def note_layout(self, layout: str) -> None:
        """Take note of a layout that a double click made."""
        self.state = replace(self.state, layout=layout)
        self.changed.emit()

    def choose_segment(self, segment_id: SegmentId | None) -> None:
        """Fill the chosen segment lightly."""
        if self.views is not None:
            self.views.choose_segment(segment_id)

    def set_radius(self, radius_mm: float) -> None:
        """Set the brush."""
        low, high = RADII_MM
        self.set_state(replace(self.state, radius_mm=min(max(radius_mm, low), high)))

    def reset(self) -> None:
        """Show the whole scan again."""
        if self.views is not None:
            self.views.reset()

    def go_to(self, lps_mm: Point) -> None:
        """Centre the views."""
        if self.views is not None:
            self.views.go_to(lps_mm)

    @property
    def is_looking_along(self) -> bool:
        """Whether the slices lie along and across a path."""
        return self.views is not None and self.views.is_looking_along

    def look_along(self, start_lps_mm: LpsPoint, end_lps_mm: LpsPoint) -> None:
        """Turn the slices along and across a path."""
        if self.views is not None:
            self.views.look_along(start_lps_mm, end_lps_mm)

    def look_straight(self) -> None:
        """Turn the slices to the anatomical planes again."""
        if self.views is not None:
            self.views.look_straight()

    def show_item(self, case: Case, item_id: ItemId) -> None:
        """Show an item of the plan close by, what stands before it as glass."""
        from viewers.pipelines.journey import item_journey

        journey = item_journey(case, item_id)
        if self.views is not None and journey is not None:
            self.views.show_item(journey.points_lps_mm)

    def leave_item(self) -> None:
        """Make solid again what was glass for an item."""
        if self.views is not None:
            self.views.leave_item()

    def pictures(self) -> dict[str, QImage]:
        """Return each view as it is painted now."""
        return self.views.grab_views() if self.views is not None else {}

    def renderer_words(self) -> str:
        """Return what draws the 3D view; empty before it has drawn."""
        return self.views.solid.renderer_words() if self.views is not None else ""

    def shutdown(self) -> None:
        """Give back what the views hold of the graphics system."""
        if self.views is not None:
            self.views.shutdown()
