"""The 3D view: an off-screen picture painted into a plain widget."""

# ruff: noqa: N802 - Qt's own names

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from planning.case.case import Case, Side
from viewers import palette
from viewers.gestures.intents import SolidMode, ViewMaximised, ViewsReset
from viewers.gestures.scene import Translate
from viewers.pipelines.camera import EYES_BY_KEY, ZOOM_PER_PX, SolidCamera, first_camera
from viewers.widgets import ink
from viewers.widgets.solid_content import SolidContent
from viewers.widgets.solid_drawer import Aim, SolidDrawer
from viewers.widgets.solid_painter import paint_solid_furniture

IDLE_MS: Final = 250
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


class SolidView(QWidget):
    """Surfaces or a volume picture in three dimensions.

    Pictures are asked for in `paintEvent` alone, so at most once a turn of the event loop: a light
    one while the view moves, a fine one when it has rested for a quarter of a second. Surfaces are
    drawn at once; pictures of the volume are cast in a thread, the latest wins, and the last one
    stays on screen meanwhile.
    """

    intent = Signal(object)
    activated = Signal(str)

    def __init__(self, translate: Translate, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera: SolidCamera | None = None
        self._translate = translate
        self._content = SolidContent(self)
        self._content.changed.connect(self._arrived)
        self._drawer = SolidDrawer(self._content, self)
        self.renderer_words: Callable[[], str] = self._drawer.renderer_words
        self._drawer.drawn.connect(self.update)
        self._case: Case | None = None
        self._region = ""
        self._is_loading = False
        self._is_closed = False
        self._was_moved_by_hand = False
        self._is_still = False
        self._is_stale = True
        self._last: QPointF | None = None
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self.render_still)
        self.setObjectName("view.3d")
        self.setAccessibleName(translate("3D"))
        self.setFocusPolicy(Qt.FocusPolicy.WheelFocus)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_case(self, case: Case | None, mode: SolidMode) -> None:
        """Show the case's visible segments or its volume; builds go on in the background."""
        former = self._case
        if former is None or case is None or former.volume is not case.volume:
            self.camera, self._was_moved_by_hand = None, False
            self._drawer.forget()  # nobody may see the former patient under another name
        before = self._content.subject
        self._case, self._is_loading = case, False
        self._content.show(case, mode)
        if self._content.subject != before:
            self._refit()
        self._changed()

    def show_loading(self) -> None:
        """Show grey lines until a case comes."""
        self._is_loading = True
        self._changed()

    def set_region(self, region: str) -> None:
        """Choose the first camera of a body region ("shoulder", "spine", ...)."""
        self._region = region
        if not self._was_moved_by_hand:
            self.reset()

    def reset(self) -> None:
        """Go back to the first camera."""
        self.camera, self._was_moved_by_hand = None, False
        self._changed()

    def look_from(self, camera: SolidCamera) -> None:
        """Show another view, lightly until it rests."""
        self.camera, self._was_moved_by_hand = camera, True
        self._is_still = False
        self._changed()

    def render_still(self) -> None:
        """Ask for the fine picture, as when the view has come to rest."""
        self._is_still = True
        self._changed()

    def draw_now(self) -> None:
        """Make the fine picture in this call, for pictures that are taken of the view."""
        self._is_still = True
        aim = None if self._is_closed or self._is_loading else self._aim()
        if aim is not None:
            self._is_stale = False
            self._drawer.draw_now(aim)

    @property
    def is_waiting(self) -> bool:
        """Whether something to show is still being built or cast."""
        return self._content.is_waiting or self._drawer.is_busy

    def shutdown(self) -> None:
        """Stop timers, join builds, give graphics memory back; the last call."""
        self._is_closed = True
        self._idle.stop()
        self._content.shutdown()
        self._drawer.shutdown()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, made anew when the view has changed, and the furniture."""
        size = self.width(), self.height()
        if self._is_stale and not (self._is_closed or self._is_loading):
            self._draw()
        image = self._drawer.image
        painter = QPainter(self)
        ink.begin(painter)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(palette.SOLID_BACKGROUND))
        if image is not None and not self._is_loading:
            painter.drawImage(QRectF(0.0, 0.0, *size), image)
        is_empty = image is None and self._case is not None and self.is_waiting
        if self._is_loading or is_empty:
            ink.skeleton(painter, size, palette.SKELETON)
        camera = None if image is None or self._is_loading else self.camera
        paint_solid_furniture(painter, camera, size, self._translate)
        if self.hasFocus():
            ink.inside_edge(painter, size, palette.ACCENT)
        painter.end()

    def _draw(self) -> None:
        """Draw or ask for the picture; a light one is followed by a fine one."""
        self._is_stale = False
        aim = self._aim()
        if aim is None:
            self._drawer.forget()
            return
        if not aim.is_still:
            self._idle.start()
        self._drawer.draw(aim)

    def _aim(self) -> Aim | None:
        """Return what to draw, from the first camera where none is chosen; None for nothing."""
        corners = self._content.corners_lps_mm()
        if corners is None:
            return None
        if self.camera is None:
            is_right = self._case is not None and self._case.side is Side.RIGHT
            aspect = self.width() / max(self.height(), 1)
            self.camera = first_camera(corners, self._region, is_right, aspect)
        ratio = self.devicePixelRatioF()
        size = max(1, int(self.width() * ratio)), max(1, int(self.height() * ratio))
        return Aim(self.camera, size, ratio, self._is_still)

    def _refit(self) -> None:
        """Take the first camera again, unless the hand has chosen one."""
        if not self._was_moved_by_hand:
            self.camera = None

    def _arrived(self) -> None:
        """Show what was built, lightly first: more may follow at once."""
        self._is_still = False
        self._changed()

    def _changed(self) -> None:
        """Ask for a new picture."""
        self._is_stale = True
        self.update()

    def resizeEvent(self, event: QEvent) -> None:
        """Ask for a picture of the new size."""
        self._is_still = False
        self._refit()
        self._changed()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to turn, pan or zoom."""
        self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn with the left button, pan with the middle or Shift, zoom with the right."""
        if self._last is None or self.camera is None:
            return
        moved = event.position() - self._last
        self._last = event.position()
        buttons = event.buttons()
        has_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if buttons & Qt.MouseButton.MiddleButton or has_shift:
            self.look_from(self.camera.panned(moved.x(), moved.y(), self.height()))
        elif buttons & Qt.MouseButton.RightButton:
            self.look_from(self.camera.zoomed(ZOOM_PER_PX ** -moved.y()))
        elif buttons & Qt.MouseButton.LeftButton:
            self.look_from(self.camera.turned(moved.x(), moved.y()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for this view alone."""
        self.intent.emit(ViewMaximised("3d"))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        if self.camera is not None:
            turn = event.angleDelta().y() / NOTCH
            self.look_from(self.camera.zoomed(ZOOM_PER_NOTCH**turn))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a standard view or reset; other keys are the window's."""
        if event.key() in SIDES and self.camera is not None:
            has_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.look_from(self.camera.from_eye(EYES_BY_KEY[SIDES[event.key()][has_shift]]))
        elif event.key() == Qt.Key.Key_R:
            self.intent.emit(ViewsReset())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Become the active view."""
        self.activated.emit("3d")
        super().focusInEvent(event)
