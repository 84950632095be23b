"""A slice in the window: paints itself, follows mouse and keys, reports intents."""

# ruff: noqa: N802 - Qt's own names

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from viewers.gestures.drags import (
    Drag,
    PanDrag,
    RegionDrag,
    SeedDrag,
    StrokeDrag,
    TakeDrag,
    WindowDrag,
)
from viewers.gestures.handle_drags import HandleDrag, PlaceDrag, crosshair_drag, handle_at
from viewers.gestures.intents import (
    CrosshairMoved,
    Intent,
    Probe,
    StepTakenBack,
    Tool,
    ViewMaximised,
)
from viewers.gestures.measuring import Measuring
from viewers.gestures.outlines import OUTLINES, OutlineDrag, SliceSheet
from viewers.gestures.scene import Pointing, SliceScene
from viewers.gestures.slice_keys import intent_of_key, is_escape
from viewers.gestures.wire import Wire
from viewers.pipelines.pictures import SlicePictures
from viewers.pipelines.plane import (
    Pixel,
    PlaneKind,
    SlicePlane,
    patient_plane,
    stepped,
    triple,
)
from viewers.pipelines.slice import hu_at
from viewers.widgets.slice_painter import paint_slice
from viewers.widgets.unchanged import is_unchanged

POINTS_OF: dict[Tool, int] = {Tool.DISTANCE: 2, Tool.ANGLE: 3}
NOTCH = 120.0
ZOOM_PER_NOTCH = 1.15
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
GIVEN_UP = (HandleDrag, OutlineDrag, StrokeDrag, SeedDrag)  # by Escape


class SliceView(QWidget):
    """One slice. It holds its pose and what the hand is doing, never the case's truth."""

    intent = Signal(object)
    probed = Signal(object)
    activated = Signal(str)
    zoomed = Signal(float)

    def __init__(self, kind: PlaneKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plane = patient_plane(kind, (0.0, 0.0, 0.0), 1.0, (1, 1))
        self.scene = SliceScene()
        self._pictures = SlicePictures()
        self._measuring = Measuring()
        self._wire = Wire()
        self._drag: Drag | None = None
        self._pointer: Pixel | None = None
        self._wheel = 0.0
        self.setObjectName(f"view.{kind.value}")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.WheelFocus)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def show_scene(self, scene: SliceScene) -> None:
        """Show what all slices share; the pose follows the crosshair along the normal."""
        if scene.case is not self.scene.case:
            former, now = self.scene.case, scene.case
            if former is None or now is None or former.volume is not now.volume:
                self._pictures.clear()
                self._measuring = Measuring()
        if scene.case is not self.scene.case or scene.tool is not Tool.WIRE:
            self._wire.cancel()
        before, self.scene = self.scene, scene
        self.setAccessibleName(scene.translate(scene.pose.title(self.plane.kind)))
        plane = self.plane.through(scene.crosshair_lps_mm)
        if plane != self.plane or not is_unchanged(before, scene, plane, self._pictures):
            self.show_plane(plane)

    def show_plane(self, plane: SlicePlane) -> None:
        """Show another pose at the widget's own size."""
        self.plane = plane.resized(self.width(), self.height())
        place = self.scene.pose.position(self.plane, self.scene.translate)
        self.setAccessibleDescription(self.scene.number(place))
        self.update()

    def pointing(self) -> Pointing:
        """Return what only this view draws."""
        drag, wire = self._drag, self._wire
        return Pointing(
            self._pointer,
            tuple(drag.points_lps_mm) if isinstance(drag, StrokeDrag) else (),
            self._measuring.shown,
            self.hasFocus(),
            drag.corners_px if isinstance(drag, RegionDrag) else None,
            drag.corners_px if isinstance(drag, OutlineDrag) else (),
            wire.points,
            tuple(wire.clicks),
        )

    def zoom_at_crosshair(self, factor: float) -> None:
        """Enlarge by `factor`; the crosshair stays where it is."""
        x, y = self.plane.px(np.array(self.scene.crosshair_lps_mm))
        self.show_plane(self.plane.zoomed(factor, (float(x), float(y))))

    def cancel(self) -> bool:
        """Drop the drag, the wire and the measures under way; return whether there was any."""
        drag, self._drag = self._drag, None
        had = self._wire.cancel() or drag is not None
        if isinstance(drag, HandleDrag):
            self.intent.emit(drag.dropped())
        self.update()
        return self._measuring.cancel() or had

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the slice."""
        painter = QPainter(self)
        paint_slice(painter, self.plane, self.scene, self._pictures, self.pointing())
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the centre and how much of the patient is seen."""
        factor = min(self.width(), self.height()) / min(self.plane.size_px)
        plane = self.plane.resized(self.width(), self.height())
        if factor > 0.0:
            plane = plane.zoomed(factor, (self.width() / 2.0, self.height() / 2.0))
        self.show_plane(plane)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what the button and the tool ask for."""
        case = self.scene.case
        if case is None or isinstance(self._drag, HandleDrag):
            return
        px = _px(event.position())
        tool, button = self.scene.tool, event.button()
        is_left = button == Qt.MouseButton.LeftButton
        self._pointer = px
        if button == Qt.MouseButton.MiddleButton or (is_left and event.modifiers() & SHIFT):
            self._drag = PanDrag(self.plane, px)
        elif button == Qt.MouseButton.RightButton:
            self._drag = WindowDrag(self.plane, px, self.scene.window, asks_for_menu=True)
        elif is_left and event.modifiers() & CONTROL:
            self._drag = RegionDrag(self.plane, px, case.volume)
        elif is_left and tool in POINTS_OF:
            self._measuring.pressed(self.plane, px, POINTS_OF[tool])
        elif is_left and tool is Tool.WIRE:
            _report(self, self._wire.pressed(case.volume, self.scene.window, self.plane, px))
        elif is_left and tool is Tool.SEED and event.modifiers() & ALT:
            self._drag = TakeDrag(self.plane)
        elif is_left:
            self._drag = self._tool_drag(px)
            self._follow(px)
        self.update()

    def _tool_drag(self, px: Pixel) -> Drag:
        """Return the drag of the current tool."""
        tool, scene = self.scene.tool, self.scene
        if tool is Tool.WINDOW:
            return WindowDrag(self.plane, px, scene.window)
        if tool is Tool.SEED:
            return SeedDrag(self.plane, px)
        if tool in OUTLINES:
            return OutlineDrag(SliceSheet(self.plane), tool, px)
        if tool in {Tool.PAINT, Tool.ERASE}:
            return StrokeDrag(self.plane, scene.radius_mm, tool is Tool.ERASE)
        if tool is Tool.PLACE:
            return PlaceDrag(self.plane)
        return crosshair_drag(scene, self.plane, px)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the drag, or the crosshair with Shift held, and say what is under the pointer."""
        px = _px(event.position())
        self._pointer = px
        if self.scene.case is None:
            return
        self._measuring.moved(self.plane, px)
        self._wire.moved(self.scene.case.volume, self.scene.window, self.plane, px)
        if self._drag is not None:
            self._follow(px)
        elif event.modifiers() & SHIFT and not event.buttons():
            self.intent.emit(CrosshairMoved(triple(self.plane.lps_mm(px))))
        self._probe(px)
        self._show_cursor(px)
        if self.scene.tool is not Tool.CROSSHAIR:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag and report it."""
        px = _px(event.position())
        drag, self._drag = self._drag, None
        if drag is not None:
            _report(self, drag.released(px))
        elif event.button() == Qt.MouseButton.LeftButton:
            self._measuring.released(self.plane, px)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for this view alone, unless the tool needs quick clicks."""
        if event.button() == Qt.MouseButton.LeftButton and self.scene.tool is Tool.CROSSHAIR:
            self._drag = None
            self.intent.emit(ViewMaximised(self.plane.kind.value))
        elif event.button() == Qt.MouseButton.LeftButton and self._wire.is_on:
            _report(self, self._wire.close())
            self.update()
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go through slices, or zoom at the pointer with Control held."""
        turn = event.angleDelta().y() / NOTCH
        if event.modifiers() & CONTROL:
            px = _px(event.position())
            self.show_plane(self.plane.zoomed(ZOOM_PER_NOTCH**turn, px))
            self.zoomed.emit(ZOOM_PER_NOTCH**turn)
        else:
            self._wheel += turn
            whole = int(self._wheel)
            self._wheel -= whole
            self._step(whole)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window while something is drawn or held: it gives that up."""
        if is_escape(event) and (isinstance(self._drag, GIVEN_UP) or self._wire.is_on):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through slices or report what the key asks for; other keys are the window's."""
        meant = intent_of_key(event.key(), bool(event.modifiers() & SHIFT))
        if self._wire.is_on and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            _report(self, self._wire.close())
            self.update()
        elif isinstance(meant, StepTakenBack) and self._wire.step_back():
            self.update()
        elif isinstance(meant, int):
            self._step(meant)
        elif meant is not None:
            self.intent.emit(meant)
        elif event.key() != Qt.Key.Key_Escape or not self.cancel():
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self._pointer = None
        self.probed.emit(Probe())
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the tool as soon as the pointer is here."""
        self._pointer = _px(event.position())
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Become the active view."""
        self.activated.emit(self.plane.kind.value)
        super().focusInEvent(event)

    def _follow(self, px: Pixel) -> None:
        """Carry out what the drag says at a place."""
        meant = self._drag.moved(px) if self._drag is not None else None
        if isinstance(meant, SlicePlane):
            self.show_plane(meant)
        elif meant is not None:
            self.intent.emit(meant)
        self.update()

    def _step(self, slices: int) -> None:
        """Ask for a slice further on; the crosshair carries it."""
        case = self.scene.case
        if case is None or not slices:
            return
        point = stepped(case.volume.grid, self.plane, self.scene.crosshair_lps_mm, slices)
        self.intent.emit(CrosshairMoved(triple(point)))

    def _show_cursor(self, px: Pixel) -> None:
        """Show a hand over what can be taken, a closed one while it is held."""
        shape = Qt.CursorShape.CrossCursor
        if isinstance(self._drag, HandleDrag):
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._drag is None and handle_at(self.scene, self.plane, px) is not None:
            shape = Qt.CursorShape.OpenHandCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)

    def _probe(self, px: Pixel) -> None:
        """Say what lies under the pointer."""
        if self.scene.case is not None:
            point = self.plane.lps_mm(px)
            self.probed.emit(Probe(triple(point), hu_at(self.scene.case.volume, point)))


def _px(position: QPointF) -> Pixel:
    """Return a position as two floats."""
    return position.x(), position.y()


def _report(view: SliceView, meant: Intent | None) -> None:
    """Let a view say what a gesture ended with, if anything."""
    if meant is not None:
        view.intent.emit(meant)
