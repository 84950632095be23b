"""What mouse and keys do in the 3D view: turn, pan, zoom, and take plan items along."""

# ruff: noqa: N802 - Qt's own names

from typing import Final

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from viewers.gestures.handle_drags import HandleDrag
from viewers.gestures.intents import Tool, ViewMaximised, ViewsReset
from viewers.gestures.outlines import OUTLINES, OutlineDrag, SolidSheet
from viewers.gestures.scene import SliceScene
from viewers.gestures.slice_keys import is_escape
from viewers.pipelines.camera import EYES_BY_KEY, ZOOM_PER_PX, SolidCamera
from viewers.pipelines.handles import Handle, handle_in_picture
from viewers.pipelines.plane import Pixel

ZOOM_PER_NOTCH: Final = 1.15
NOTCH: Final = 120.0
SIDES: Final[dict[int, tuple[str, str]]] = {
    Qt.Key.Key_1: ("anterior", "posterior"),
    Qt.Key.Key_End: ("anterior", "posterior"),
    Qt.Key.Key_3: ("left", "right"),
    Qt.Key.Key_PageDown: ("left", "right"),
    Qt.Key.Key_7: ("superior", "inferior"),
    Qt.Key.Key_Home: ("superior", "inferior"),
}
SHIFT: Final = Qt.KeyboardModifier.ShiftModifier


class SolidHand(QWidget):
    """A widget with a camera that the hand moves; `plan` is what it may take hold of."""

    intent = Signal(object)
    activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera: SolidCamera | None = None
        self.plan = SliceScene()
        self._drag: HandleDrag | OutlineDrag | None = None
        self._last: QPointF | None = None
        self.setMouseTracking(True)

    def look_from(self, camera: SolidCamera) -> None:
        """Show another view."""
        self.camera = camera
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle under the pointer or draw, else begin to turn, pan or zoom."""
        if self._drag is not None:
            return
        self._last = event.position()
        px = _px(event.position())
        tool, is_left = self.plan.tool, event.button() == Qt.MouseButton.LeftButton
        if is_left and tool in OUTLINES and self.camera is not None and not event.modifiers():
            self._drag = OutlineDrag(SolidSheet(self.camera, self._size_px), tool, px)
            return
        handle = self._handle_at(px) if event.button() == Qt.MouseButton.LeftButton else None
        if handle is not None and self.camera is not None and not event.modifiers():
            self._drag = HandleDrag.in_picture(handle, self.camera, self.height(), px)
            self._follow(px)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn with the left button, pan with the middle or Shift, zoom with the right."""
        px = _px(event.position())
        self._show_cursor(px)
        if self._drag is not None:
            self._follow(px)
            return
        if self._last is None or self.camera is None:
            return
        moved = event.position() - self._last
        self._last = event.position()
        buttons = event.buttons()
        if buttons & Qt.MouseButton.MiddleButton or (buttons and event.modifiers() & SHIFT):
            self.look_from(self.camera.panned(moved.x(), moved.y(), self.height()))
        elif buttons & Qt.MouseButton.RightButton:
            self.look_from(self.camera.zoomed(ZOOM_PER_PX ** -moved.y()))
        elif buttons & Qt.MouseButton.LeftButton:
            self.look_from(self.camera.turned(moved.x(), moved.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of what was held."""
        drag, self._drag = self._drag, None
        meant = drag.released(_px(event.position())) if drag is not None else None
        if meant is not None:
            self.intent.emit(meant)
        self._show_cursor(_px(event.position()))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for this view alone."""
        self.intent.emit(ViewMaximised("3d"))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        if self.camera is not None:
            turn = event.angleDelta().y() / NOTCH
            self.look_from(self.camera.zoomed(ZOOM_PER_NOTCH**turn))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window while something is drawn or held: it gives that up."""
        if self._drag is not None and is_escape(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a standard view, reset or give a drag up; other keys are the window's."""
        if event.key() in SIDES and self.camera is not None:
            has_shift = bool(event.modifiers() & SHIFT)
            self.look_from(self.camera.from_eye(EYES_BY_KEY[SIDES[event.key()][has_shift]]))
        elif event.key() == Qt.Key.Key_R:
            self.intent.emit(ViewsReset())
        elif event.key() != Qt.Key.Key_Escape or not self.cancel():
            super().keyPressEvent(event)

    def cancel(self) -> bool:
        """Give the drag under way up; return whether there was one."""
        drag, self._drag = self._drag, None
        if isinstance(drag, HandleDrag):
            self.intent.emit(drag.dropped())
        self.update()
        return drag is not None

    @property
    def outline_px(self) -> tuple[Pixel, ...]:
        """The corners of the outline that is being drawn."""
        return self._drag.corners_px if isinstance(self._drag, OutlineDrag) else ()

    @property
    def _size_px(self) -> tuple[int, int]:
        return max(1, self.width()), max(1, self.height())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Become the active view."""
        self.activated.emit("3d")
        super().focusInEvent(event)

    def _follow(self, px: Pixel) -> None:
        """Report where the handle is taken, or draw on."""
        if isinstance(self._drag, OutlineDrag):
            self._drag.moved(px)
            self.update()
        elif self._drag is not None:
            meant = self._drag.moved(px)
            if meant is not None:
                self.intent.emit(meant)

    def _handle_at(self, px: Pixel) -> Handle | None:
        """Return the handle that a press would take."""
        scene = self.plan
        if self.camera is None or not scene.plan.has_handles or scene.tool is not Tool.CROSSHAIR:
            return None
        return handle_in_picture(scene.items, self.camera, self._size_px, px, scene.plan.chosen)

    def _show_cursor(self, px: Pixel) -> None:
        """Show a hand over what can be taken, a closed one while it is held."""
        shape = Qt.CursorShape.ArrowCursor
        if self.plan.tool in OUTLINES:
            shape = Qt.CursorShape.CrossCursor
        elif self._drag is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._handle_at(px) is not None:
            shape = Qt.CursorShape.OpenHandCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)


def _px(position: QPointF) -> Pixel:
    """Return a position as two floats."""
    return position.x(), position.y()
