"""The 3D view: an off-screen picture painted into a plain widget."""

# ruff: noqa: N802 - Qt's own names

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from planning.case.case import Case, Side
from segmentation.transfer import transfer_named
from viewers import palette
from viewers.gestures.intents import SolidMode, ViewMaximised, ViewsReset
from viewers.gestures.scene import Translate
from viewers.pipelines.camera import EYES_BY_KEY, ZOOM_PER_PX, SolidCamera, first_camera
from viewers.pipelines.scene import SolidScene
from viewers.widgets import ink
from viewers.widgets.solid_content import SolidContent
from viewers.widgets.solid_painter import image_of, paint_solid_furniture

IDLE_MS: Final = 250
MOVING_RATIO: Final = 0.5
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

    Pictures are made in `paintEvent` alone, so at most one a turn of the event loop: a light one
    while the view moves, a fine one when it has rested for a quarter of a second.
    """

    intent = Signal(object)
    activated = Signal(str)

    def __init__(self, translate: Translate, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera: SolidCamera | None = None
        self._translate = translate
        self._scene = SolidScene()
        self._content = SolidContent(self)
        self._content.changed.connect(self._changed)
        self._case: Case | None = None
        self._region = ""
        self._is_loading = False
        self._is_closed = False
        self._was_moved_by_hand = False
        self._is_still = False
        self._image: QImage | None = None
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
        self._case, self._is_loading = case, False
        self._content.show(case, mode)
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
        self._image = None
        self.update()

    @property
    def is_waiting(self) -> bool:
        """Whether something to show is still being built."""
        return self._content.is_waiting

    def shutdown(self) -> None:
        """Stop timers, join builds, give graphics memory back; the last call."""
        self._is_closed = True
        self._idle.stop()
        self._content.shutdown()
        self._scene.finalize()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, made anew when the view has changed, and the furniture."""
        size = self.width(), self.height()
        if not (self._is_closed or self._is_loading) and self._image is None:
            self._image = self._picture()
        painter = QPainter(self)
        ink.begin(painter)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(palette.SOLID_BACKGROUND))
        if self._image is not None and not self._is_loading:
            painter.drawImage(QRectF(0.0, 0.0, *size), self._image)
        is_empty = self._image is None and self._case is not None and self._content.is_waiting
        if self._is_loading or is_empty:
            ink.skeleton(painter, size, palette.SKELETON)
        camera = None if self._image is None or self._is_loading else self.camera
        paint_solid_furniture(painter, camera, size, self._translate)
        if self.hasFocus():
            ink.inside_edge(painter, size, palette.ACCENT)
        painter.end()

    def _picture(self) -> QImage | None:
        """Return the picture at the present quality, None while there is nothing to show."""
        corners = self._content.corners_lps_mm()
        if corners is None:
            return None
        if self.camera is None:
            is_right = self._case is not None and self._case.side is Side.RIGHT
            aspect = self.width() / max(self.height(), 1)
            self.camera = first_camera(corners, self._region, is_right, aspect)
        ratio = self.devicePixelRatioF()
        size = max(1, int(self.width() * ratio)), max(1, int(self.height() * ratio))
        if not self._is_still:
            self._idle.start()
        factor = self._factor()
        picture = self._content.picture()
        if picture is not None and self._scene.is_software:
            return image_of(picture.render(self.camera, size, factor))
        if picture is None:
            self._scene.show_volume(None, None)
        else:
            self._scene.show_volume(picture.scene.volume, transfer_named(picture.kind))
        self._scene.show(self._content.surfaces())
        return image_of(self._scene.render(self.camera, size, self._is_still, factor))

    def _factor(self) -> float:
        """Return the picture's size in parts of the view's."""
        if self._is_still:
            return 2.0 if self.devicePixelRatioF() < 1.5 else 1.0
        return MOVING_RATIO if self._scene.is_software else 1.0

    def _changed(self) -> None:
        """Ask for a new picture."""
        if not self._was_moved_by_hand:
            self.camera = None
        self._image = None
        self.update()

    def resizeEvent(self, event: QEvent) -> None:
        """Ask for a picture of the new size."""
        self._is_still = False
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
