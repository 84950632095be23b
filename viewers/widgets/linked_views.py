"""Three slices and the 3D view that follow each other: one scene, one layout, one crosshair."""

# ruff: noqa: N802 - Qt's own names

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QWidget

from segmentation.grid import Grid, Point
from viewers import palette
from viewers.fonts import load_fonts
from viewers.gestures.changes import changed
from viewers.gestures.intents import (
    CrosshairMoved,
    Intent,
    Layout,
    LayoutChanged,
    Tool,
    ViewMaximised,
    ViewsReset,
    WindowChanged,
)
from viewers.gestures.scene import SliceScene, Translate, untranslated
from viewers.pipelines.first_view import FirstView
from viewers.pipelines.plane import PlaneKind, Triple, fitted_mm_per_px, patient_plane, triple
from viewers.pipelines.pose import STRAIGHT
from viewers.widgets.arrangement import NAMES, arranged
from viewers.widgets.slice_view import SliceView
from viewers.widgets.solid_view import SolidView


class LinkedViews(QWidget):
    """Holds the views and what they share; it knows no case of its own."""

    intent = Signal(object)
    probed = Signal(object)

    def __init__(
        self,
        translate: Translate = untranslated,
        number: Translate = untranslated,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        load_fonts()
        self.scene = SliceScene(translate=translate, number=number)
        self.slices = {kind.value: SliceView(kind, self) for kind in PlaneKind}
        self.solid = SolidView(translate, self)
        self._layout, self._main = Layout.FOUR, NAMES[0]
        self._layout_before = Layout.FOUR
        self.views: dict[str, QWidget] = {**self.slices, "3d": self.solid}
        self.solid.intent.connect(self._follow)
        self.solid.activated.connect(self._activate)
        for view in self.slices.values():
            view.intent.connect(self._follow)
            view.activated.connect(self._activate)
            view.probed.connect(self.probed)
            view.zoomed.connect(partial(self._zoom_others, view))
        self.setObjectName("views")
        self.setMinimumSize(480, 360)
        colours = self.palette()
        colours.setColor(QPalette.ColorRole.Window, QColor(palette.GAP))
        self.setPalette(colours)
        self.setAutoFillBackground(True)
        self._place()

    def set_window(self, window_hu: float, level_hu: float) -> None:
        """Show this range of HU in all slices."""
        self.scene = changed(self.scene, WindowChanged(window_hu, level_hu))
        self.share()

    def set_tool(self, tool: Tool, radius_mm: float | None = None) -> None:
        """Choose what the left button does; `radius_mm` is the brush's."""
        radius = self.scene.radius_mm if radius_mm is None else radius_mm
        self.scene = replace(self.scene, tool=tool, radius_mm=radius)
        self.share()

    def show_seeds(self, points_lps_mm: tuple[Triple, ...]) -> None:
        """Draw the points that are set for the open tool."""
        if self.scene.seeds_lps_mm != points_lps_mm:
            self.scene = replace(self.scene, seeds_lps_mm=points_lps_mm)
            self.share()

    def set_layout(self, layout: Layout | str) -> None:
        """Arrange the views; the active view is the large one."""
        self._layout = Layout(layout)
        self._place()

    def go_to(self, lps_mm: Point) -> None:
        """Put the crosshair on a point and the point in the middle of all slices."""
        self.scene = changed(self.scene, CrosshairMoved(triple(lps_mm)))
        for view in self.slices.values():
            view.show_plane(view.plane.centred(self.scene.crosshair_lps_mm))
        self.share()

    def reset(self) -> None:
        """Show the whole scan in every slice and the first camera in 3D."""
        self.scene = replace(self.scene, pose=STRAIGHT)
        if self.scene.case is not None:
            grid, crosshair = self.scene.case.volume.grid, self.scene.crosshair_lps_mm
            lay(self.slices, _whole(self.slices, grid, crosshair))
        self.solid.reset()
        self.share()

    def grab_views(self) -> dict[str, QImage]:
        """Return the pictures of all views by name, the 3D one at its best."""
        self.solid.draw_now()
        return {name: self.views[name].grab().toImage() for name in NAMES}

    def shutdown(self) -> None:
        """Stop timers, join builds and finalise the 3D view; call it before closing."""
        self.solid.shutdown()

    def resizeEvent(self, event: QEvent) -> None:
        """Give each view its place."""
        self._place()

    def _follow(self, intent: Intent) -> None:
        """Do what concerns the views, then tell the owner."""
        if isinstance(intent, ViewMaximised):
            intent = self._maximise(intent.view)
        elif isinstance(intent, ViewsReset):
            self.reset()
        elif isinstance(intent, CrosshairMoved):
            self.scene = changed(self.scene, intent)
            intent = CrosshairMoved(self.scene.crosshair_lps_mm)
        else:
            self.scene = changed(self.scene, intent)
        self.share()
        self.intent.emit(intent)

    def _zoom_others(self, zoomed: SliceView, factor: float) -> None:
        """Keep one scale in all slices."""
        for view in self.slices.values():
            if view is not zoomed:
                view.zoom_at_crosshair(factor)

    def _maximise(self, view: str) -> LayoutChanged:
        """Show one view alone, or all as before."""
        if self._layout is Layout.ONE:
            self._layout = self._layout_before
        else:
            self._layout_before, self._layout = self._layout, Layout.ONE
            self._main = view
        self._place()
        return LayoutChanged(self._layout)

    def _activate(self, view: str) -> None:
        """Remember the active view for the layouts with a large one."""
        if self._layout is Layout.FOUR:
            self._main = view

    def share(self) -> None:
        """Let all views show the scene."""
        self.solid.plan = self.scene
        for view in self.slices.values():
            view.show_scene(self.scene)

    def _place(self) -> None:
        """Give each view its place."""
        boxes = arranged(self._layout, self._main, (self.width(), self.height()))
        for name, view in self.views.items():
            view.setVisible(name in boxes)
            if name in boxes:
                view.setGeometry(*boxes[name])


def sizes_of(slices: dict[str, SliceView]) -> dict[PlaneKind, tuple[int, int]]:
    """Return the sizes of the slices that are seen, of all where none is."""
    seen = {name: view for name, view in slices.items() if not view.isHidden()} or slices
    return {PlaneKind(name): (view.width(), view.height()) for name, view in seen.items()}


def lay(slices: dict[str, SliceView], view_of_all: FirstView) -> None:
    """Show the same place at the same scale in all slices."""
    for name, view in slices.items():
        size = view.width(), view.height()
        centre, scale = view_of_all.centre_lps_mm, view_of_all.mm_per_px
        plane = patient_plane(PlaneKind(name), centre, scale, size)
        view.show_plane(plane.through(view_of_all.crosshair_lps_mm))


def _whole(slices: dict[str, SliceView], grid: Grid, crosshair_lps_mm: Triple) -> FirstView:
    """Return the view of the whole scan at one scale."""
    sizes = sizes_of(slices).items()
    scale = max(fitted_mm_per_px(grid, kind, size) for kind, size in sizes)
    return FirstView(crosshair_lps_mm, triple(grid.centre_lps_mm), scale)
