"""The histogram of a CT with two handles: the range of a threshold, never mirrored."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import figures
from app.language import translate as _
from app.theme import current

LOW_HU: Final = -150.0
HIGH_HU: Final = 1300.0
BARS: Final = 110
HANDLE_PX: Final = 8.0
FOOT_PX: Final = 12.0


class RangeSlider(QWidget):
    """Two HU limits over a histogram; `changed(lower, upper)` while a person drags.

    The picture covers `LOW_HU` to `HIGH_HU`; a handle at an end stands for "no limit there".
    """

    changed = Signal(float, float)

    def __init__(self, limits_hu: tuple[float, float]) -> None:
        super().__init__()
        self.setObjectName("histogram")
        self.setAccessibleName(_("Histogram with two handles"))
        self.setFixedHeight(88)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._limits = limits_hu
        self._range = [limits_hu[0], limits_hu[1]]
        self._bars: NDArray[np.float64] = np.zeros(BARS)
        self._colour = QColor(current().accent)
        self._held = 0
        self._is_dragging = False

    def show_counts(self, counts: NDArray[np.int64]) -> None:
        """Show how often each of `BARS` HU bins occurs, on a logarithmic scale."""
        grown = np.log1p(counts.astype(np.float64))
        top = grown.max()
        # A floor taken away shows the peaks; what is left of a rare bin stays visible.
        self._bars = np.clip(grown / top * 1.6 - 0.6, 0.02, 1.0) if top > 0 else np.zeros(BARS)
        self.update()

    def show_colour(self, colour: str) -> None:
        """Draw what lies inside the range in the segment's colour."""
        self._colour = QColor(colour)
        self.update()

    def show_range(self, lower_hu: float, upper_hu: float) -> None:
        """Show a range; nobody is told."""
        self._range = [lower_hu, upper_hu]
        words = f"{figures.hu(lower_hu)} {figures.NOTHING} {figures.hu(upper_hu)}"
        self.setAccessibleDescription(words)
        self.update()

    def _x(self, hu: float) -> float:
        share = (min(max(hu, LOW_HU), HIGH_HU) - LOW_HU) / (HIGH_HU - LOW_HU)
        return share * self.width()

    def _hu(self, x: float) -> float:
        hu = LOW_HU + x / max(self.width(), 1) * (HIGH_HU - LOW_HU)
        if hu <= LOW_HU:
            return self._limits[0]
        return self._limits[1] if hu >= HIGH_HU else float(round(hu))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw bars, limits and handles from left to right in every language."""
        theme = current()
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, foot = float(self.width()), self.height() - FOOT_PX
        step = width / BARS
        for n, share in enumerate(self._bars):
            hu = LOW_HU + (n + 0.5) * (HIGH_HU - LOW_HU) / BARS
            is_inside = self._range[0] <= hu <= self._range[1]
            tall = float(share) * (foot - 8.0)
            ground = self._colour if is_inside else QColor(theme.edge)
            painter.fillRect(QRectF(n * step, foot - tall, step - 0.6, tall), ground)
        for n, hu in enumerate(self._range):
            self._draw_handle(painter, self._x(hu), foot, is_held=n == self._held)
        painter.end()

    def _draw_handle(self, painter: QPainter, x: float, foot: float, *, is_held: bool) -> None:
        theme = current()
        painter.fillRect(QRectF(x - 1.0, 4.0, 2.0, foot), QColor(theme.accent))
        painter.setBrush(QColor(theme.accent))
        ring = theme.text if is_held and self.hasFocus() else theme.panel
        painter.setPen(QPen(QColor(ring), 2))
        inside = min(max(x, HANDLE_PX), self.width() - HANDLE_PX)
        painter.drawEllipse(QPointF(inside, foot), HANDLE_PX, HANDLE_PX)
        painter.setPen(Qt.PenStyle.NoPen)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take the nearer handle."""
        x = event.position().x()
        gaps = [abs(self._x(hu) - x) for hu in self._range]
        is_tied = abs(gaps[0] - gaps[1]) < 1.0
        self._held = int(x > self._x(self._range[0])) if is_tied else int(gaps[1] < gaps[0])
        self._is_dragging = True
        self._move_to(self._hu(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Drag the handle that is held."""
        if self._is_dragging:
            self._move_to(self._hu(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let the handle go."""
        self._is_dragging = False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows move the held handle by 1 HU (10 with Shift); up and down change hands."""
        turn = {Qt.Key.Key_Left: -1.0, Qt.Key.Key_Right: 1.0}.get(Qt.Key(event.key()))
        if turn is not None:
            far = 10.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
            here = min(max(self._range[self._held], LOW_HU), HIGH_HU)
            self._move_to(here + turn * far)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._held = 1 - self._held
            self.update()
        else:
            super().keyPressEvent(event)

    def _move_to(self, hu: float) -> None:
        lower, upper = self._range
        new = [min(hu, upper), upper] if self._held == 0 else [lower, max(hu, lower)]
        if new != self._range:
            self.show_range(*new)
            self.changed.emit(*new)
        self.update()


def histogram_counts(hu: NDArray[np.int16]) -> NDArray[np.int64]:
    """Return how often each of `BARS` equal bins from `LOW_HU` to `HIGH_HU` occurs.

    Looks at every fourth voxel along each axis: a picture, not a measure.
    """
    sample = hu[::2, ::4, ::4]
    counts, _edges = np.histogram(sample, bins=BARS, range=(LOW_HU, HIGH_HU))
    found: NDArray[np.int64] = counts.astype(np.int64)
    return found
