"""Where names and values stand over one picture: inside it, and never one upon another."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from viewers import palette
from viewers.fonts import font
from viewers.widgets import ink

EDGE_PX: Final = 8.0
ROW_PX: Final = 4.0
HIGH_PX: Final = 22.0
FAR_PX: Final = 2.0 * HIGH_PX
PAD_PX: Final = 14.0
STEPS: Final = 240
CLEAR_PX: Final = 5.0
HALO_ALPHA: Final = 95
FURNITURE_PX: Final = 34.0
CORNERS_PX: Final = ((170.0, True, True), (130.0, False, True), (190.0, True, False))


class Tags:
    """The tags of one picture of `size_px`; its corners belong to the furniture.

    `last_px` is the size of the furniture at the lower right, the only one that differs.
    """

    def __init__(
        self, painter: QPainter, size_px: tuple[int, int], last_px: tuple[float, float]
    ) -> None:
        self._painter = painter
        width, height = float(size_px[0]), float(size_px[1])
        self._picture = QRectF(0.0, 0.0, width, height)
        self._room = QRectF(EDGE_PX, EDGE_PX, width - 2.0 * EDGE_PX, height - 2.0 * EDGE_PX)
        self._taken = [QRectF(width - last_px[0], height - last_px[1], *last_px)]
        for wide, is_left, is_top in CORNERS_PX:
            left, top = 0.0 if is_left else width - wide, 0.0 if is_top else height - FURNITURE_PX
            self._taken.append(QRectF(left, top, wide, FURNITURE_PX))

    def keep_free(self, box: QRectF) -> None:
        """Let no tag stand here."""
        self._taken.append(box)

    def keep_clear(self, line: Sequence[QPointF]) -> None:
        """Let no tag stand on a line, from point to point: it is what the tags tell of."""
        for start, end in pairwise(line):
            way = end - start
            steps = min(int(math.hypot(way.x(), way.y()) / (2.0 * CLEAR_PX)) + 1, STEPS)
            for n in range(steps + 1):
                at = start + way * (n / steps)
                if self._picture.contains(at):
                    self._taken.append(
                        QRectF(at.x() - CLEAR_PX, at.y() - CLEAR_PX, 2.0 * CLEAR_PX, 2.0 * CLEAR_PX)
                    )

    def plate(self, at: QPointF, away: QPointF, words: str, colour: str) -> None:
        """Write on a dark tag aside of a place in the picture."""
        if self._picture.contains(at):
            words, width = self._fitted(words, 600, PAD_PX)
            ink.plate(self._painter, self._free(at, away, width), words, colour)

    def plates(self, labels: Iterable[tuple[str, QPointF]], away: QPointF, colour: str) -> None:
        """Write on tags aside of places in the picture, with lines to them below all tags."""
        placed = []
        for full, at in labels:
            if self._picture.contains(at):
                words, width = self._fitted(full, 600, PAD_PX)
                placed.append((words, at, self._free(at, away, width)))
        for shade, wide in ((QColor(0, 0, 0, HALO_ALPHA), 3.0), (QColor(palette.STRONG), 1.0)):
            self._painter.setPen(QPen(shade, wide))
            for _, at, box in placed:
                near = QPointF(min(max(at.x(), box.left()), box.right()), box.center().y())
                self._painter.drawLine(at, near)
        for words, _, box in placed:
            ink.plate(self._painter, box, words, colour)

    def name(self, at: QPointF, away: QPointF, words: str, colour: str, weight: int = 400) -> None:
        """Write a name without a tag aside of a place in the picture."""
        if not self._picture.contains(at):
            return
        words, width = self._fitted(words, weight, 2.0)
        box = self._free(at, away, width)
        ink.write(self._painter, box, ink.LEFT, words, colour, 12, weight)

    def _fitted(self, words: str, weight: int, pad_px: float) -> tuple[str, float]:
        """Return the words, shortened in the middle if no view is as wide, and their width."""
        metrics = QFontMetricsF(font(12, weight))
        widest = self._room.width() - pad_px
        words = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, widest)
        return words, metrics.horizontalAdvance(words) + pad_px

    def _free(self, at: QPointF, away: QPointF, width: float) -> QRectF:
        """Return the free place that is nearest up or down, on the wanted side if it has room.

        On the other side where that is much nearer: a value far away tells of nothing.
        """
        right, left = at.x() + away.x(), at.x() - away.x() - width
        sides = [x for x in (right, left) if self._has_room(x, width)] or [right]
        top = at.y() + away.y() - HIGH_PX / 2.0
        boxes = [self._nearest(x, top, width) for x in sides]
        found = [box for box in boxes if box is not None]
        box = found[0] if found else self._held(QRectF(sides[0], top, width, HIGH_PX))
        if abs(box.top() - top) > FAR_PX:
            box = min(found, key=lambda one: abs(one.top() - top), default=box)
        self._taken.append(box)
        return box

    def _has_room(self, left: float, width: float) -> bool:
        return left >= self._room.left() and left + width <= self._room.right()

    def _nearest(self, left: float, top: float, width: float) -> QRectF | None:
        """Return the free box of a column that is nearest to a height, None where it is full."""
        for step in range(STEPS):
            away = (step + 1) // 2 * ROW_PX * (1.0 if step % 2 else -1.0)
            box = self._held(QRectF(left, top + away, width, HIGH_PX))
            if not _meets(box, self._taken):
                return box
        return None

    def _held(self, box: QRectF) -> QRectF:
        """Return a box moved into the picture."""
        room = self._room
        left = max(room.left(), min(box.left(), room.right() - box.width()))
        top = max(room.top(), min(box.top(), room.bottom() - box.height()))
        return QRectF(left, top, box.width(), box.height())


def _meets(box: QRectF, others: Sequence[QRectF]) -> bool:
    """Whether a box with a pixel around it touches another."""
    wide = box.adjusted(-1.0, -1.0, 1.0, 1.0)
    return any(wide.intersects(other) for other in others)
