"""Words over pictures. Text is drawn here and nowhere else, always left to right (HAZ-2)."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from viewers.fonts import font

HALO_PX: Final = (
    (-1.4, 0.0), (1.4, 0.0), (0.0, -1.4), (0.0, 1.4),
    (-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0),
)  # fmt: skip
LEFT: Final = Qt.AlignmentFlag.AlignLeft
RIGHT: Final = Qt.AlignmentFlag.AlignRight
CENTRE: Final = Qt.AlignmentFlag.AlignHCenter


def begin(painter: QPainter) -> None:
    """Make a painter safe for pictures: in a right-to-left window Qt would swap R and L."""
    painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def write(  # noqa: PLR0913, PLR0917 - one face of Qt's own call
    painter: QPainter,
    box: QRectF,
    align: Qt.AlignmentFlag,
    text: str,
    colour: str,
    size_px: int = 12,
    weight: int = 400,
    has_halo: bool = True,
) -> None:
    """Write one line, centred in height, with a dark halo that keeps it readable on bone."""
    painter.setFont(font(size_px, weight))
    flags = align | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
    if has_halo:
        painter.setPen(QColor(0, 0, 0, 150))
        for right, down in HALO_PX:
            painter.drawText(box.translated(right, down), flags, text)
    painter.setPen(QColor(colour))
    painter.drawText(box, flags, text)


def tag(painter: QPainter, at: QPointF, text: str, colour: str, width_px: float) -> None:
    """Write a measured value on a dark tag whose left end stands at `at`, kept in the view."""
    plate(painter, tag_box(painter, at, text, width_px), text, colour)


def tag_box(painter: QPainter, at: QPointF, text: str, width_px: float) -> QRectF:
    """Return the place of a tag whose left end stands at `at`, kept in the view."""
    width = tag_width(painter, text)
    left = max(8.0, min(at.x(), width_px - width - 8.0))
    return QRectF(left, at.y() - 11.0, width, 22.0)


def tag_width(painter: QPainter, text: str) -> float:
    """Return how wide the tag of a text is."""
    painter.setFont(font(12, 600))
    return painter.fontMetrics().horizontalAdvance(text) + 14.0


def plate(painter: QPainter, box: QRectF, text: str, colour: str) -> None:
    """Write on a dark tag."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(10, 12, 15, 215))
    painter.drawRoundedRect(box, 4.0, 4.0)
    write(painter, box, CENTRE, text, colour, 12, 600, has_halo=False)


def ring(painter: QPainter, at: QPointF, radius_px: float, colour: str) -> None:
    """Draw an open ring that can be taken, with a dark halo."""
    painter.setPen(QPen(QColor(0, 0, 0, 130), 1.2))
    painter.setBrush(QColor(16, 19, 23, 190))
    painter.drawEllipse(at, radius_px + 1.2, radius_px + 1.2)
    painter.setPen(QPen(QColor(colour), 1.6))
    painter.drawEllipse(at, radius_px, radius_px)


def dot(painter: QPainter, at: QPointF, radius_px: float, colour: QColor) -> None:
    """Draw a dot with a dark ring, as faint as its colour is."""
    painter.setPen(QPen(QColor(0, 0, 0, 130 * colour.alpha() // 255), 1.8))
    painter.setBrush(colour)
    painter.drawEllipse(at, radius_px, radius_px)


def title(painter: QPainter, text: str, bar: str, strong: str) -> None:
    """Write a view's name at its upper left beside its colour."""
    painter.fillRect(QRectF(10.0, 12.0, 4.0, 14.0), QColor(bar))
    write(painter, QRectF(22.0, 8.0, 220.0, 22.0), LEFT, text, strong, 13, 600)


def inside_edge(painter: QPainter, size_px: tuple[int, int], colour: str) -> None:
    """Mark the active view by a line inside its edge."""
    painter.setPen(QPen(QColor(colour), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(0.5, 0.5, size_px[0] - 1.0, size_px[1] - 1.0))


def skeleton(painter: QPainter, size_px: tuple[int, int], colour: str) -> None:
    """Draw grey lines where a picture will be."""
    width, height = size_px
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    for n, share in enumerate((0.42, 0.60, 0.52, 0.34)):
        top = height / 2.0 - 46.0 + 28.0 * n
        painter.drawRoundedRect(QRectF(width * 0.2, top, width * share, 8.0), 4.0, 4.0)
