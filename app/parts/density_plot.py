"""HU along a path as a filled curve, from entry to target; never mirrored."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.language import translate as _
from app.parts.basic import colour_of
from viewers.fonts import font

Floats = NDArray[np.float64]
HEIGHT_PX: Final = 64
FOOT_PX: Final = 14.0
HEAD_PX: Final = 4.0
TOP_HU: Final = 1700.0
STEP_HU: Final = 500.0
FILL_ALPHA: Final = 40


class DensityPlot(QWidget):
    """Shows samples at equal distances; where one is NaN the curve has a gap."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self.setObjectName("plan_density")
        self.setAccessibleName(_("Density along the path"))
        self.setFixedHeight(HEIGHT_PX)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._colour = colour
        self._hu: Floats = np.zeros(0)
        self._end = ""
        self._is_stale = False

    @property
    def hu(self) -> Floats:
        """The samples that are shown."""
        return self._hu

    def show_path(self, hu: Floats, end: str, *, is_stale: bool) -> None:
        """Show samples (N,) in HU; `end` is the length in words at the end of the axis."""
        self._hu, self._end, self._is_stale = hu, end, is_stale
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the curve and the ends of its axis from left to right in every language."""
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        foot = self.height() - FOOT_PX
        painter.fillRect(QRectF(0.0, foot, self.width(), 1.0), QColor(colour_of("line")))
        for run in runs(self._hu):
            self._draw_run(painter, run, foot)
        painter.setPen(QColor(colour_of("faint" if self._is_stale else "soft")))
        painter.setFont(font(11))
        box = QRectF(0.0, foot, self.width(), FOOT_PX)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, "0")
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, self._end)
        painter.end()

    def _draw_run(self, painter: QPainter, run: slice, foot: float) -> None:
        top = top_hu(self._hu)
        last = max(self._hu.size - 1, 1)
        points = [
            QPointF(
                n / last * self.width(),
                foot - float(np.clip(self._hu[n], 0.0, top)) / top * (foot - HEAD_PX),
            )
            for n in range(run.start, run.stop)
        ]
        curve = QPainterPath(points[0])
        for point in points[1:]:
            curve.lineTo(point)
        colour = QColor(colour_of("faint")) if self._is_stale else QColor(self._colour)
        filled = QPainterPath(curve)
        filled.lineTo(points[-1].x(), foot)
        filled.lineTo(points[0].x(), foot)
        filled.closeSubpath()
        painter.strokePath(curve, QPen(colour, 1.5))
        colour.setAlpha(FILL_ALPHA)
        painter.fillPath(filled, colour)


def runs(hu: Floats) -> list[slice]:
    """Return the runs of samples that are known, in order."""
    is_known = np.concatenate(([False], ~np.isnan(hu), [False]))
    starts = np.flatnonzero(is_known[1:] & ~is_known[:-1])
    ends = np.flatnonzero(~is_known[1:] & is_known[:-1])
    return [slice(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


def top_hu(hu: Floats) -> float:
    """Return the upper end of the scale: cortical bone, or what lies above it."""
    highest = float(np.nanmax(hu)) if hu.size and not np.isnan(hu).all() else 0.0
    return TOP_HU if highest <= TOP_HU else float(np.ceil(highest / STEP_HU) * STEP_HU)
