"""A number against its limit: a bar of 120 x 4 whose mark is the limit; it never mirrors."""

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.parts.basic import colour_of

SIZE_PX: Final = (120, 14)
BAR_PX: Final = 4.0
MARK_PX: Final = (2.0, 12.0)


class LimitBar(QWidget):
    """Filled up to `share` of its width; the mark stands in the middle, at the limit."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(*SIZE_PX)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._share, self._tone = 0.0, "ok"

    def show_share(self, share: float, tone: str) -> None:
        """Show a value, 0 to 1 of twice the limit, in the tone of its verdict."""
        self._share, self._tone = min(max(share, 0.0), 1.0), tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw ground, value and mark from left to right in every language."""
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        width, height = float(self.width()), float(self.height())
        top, round_px = (height - BAR_PX) / 2.0, BAR_PX / 2.0
        for share, tone in ((1.0, "line"), (self._share, self._tone)):
            if share > 0.0:
                painter.setBrush(QColor(colour_of(tone)))
                box = QRectF(0.0, top, max(width * share, BAR_PX), BAR_PX)
                painter.drawRoundedRect(box, round_px, round_px)
        mark = QRectF((width - MARK_PX[0]) / 2.0, (height - MARK_PX[1]) / 2.0, *MARK_PX)
        painter.fillRect(mark, QColor(colour_of("text")))
        painter.end()
