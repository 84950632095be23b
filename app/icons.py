"""Icons in the colours of the theme: SVG with `currentColor`, drawn at twice the size."""

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.theme import current
from resources import FOLDER as RESOURCES

FOLDER: Final = RESOURCES / "icons"
MIRRORED: Final = frozenset({"undo", "redo", "open", "chevron", "folder"})
SCALE: Final = 2
SWATCH_PX: Final = 16
ON_SWATCH: Final = "#15181C"


def is_rtl() -> bool:
    """Return whether the window runs from right to left."""
    return QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft


@lru_cache(maxsize=512)
def _drawn(name: str, colour: str, size: int, is_mirrored: bool) -> QPixmap:
    svg = (FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    pixmap = QPixmap(size * SCALE, size * SCALE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    side = float(size * SCALE)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0.0, 0.0, side, side))
    painter.end()
    if is_mirrored:
        pixmap = QPixmap.fromImage(pixmap.toImage().flipped(Qt.Orientation.Horizontal))
    pixmap.setDevicePixelRatio(SCALE)
    return pixmap


def pixmap(name: str, tone: str = "soft", size: int = 20) -> QPixmap:
    """Return the icon `name` in a theme token or a `#RRGGBB` colour, `size` logical pixels."""
    colour = tone if tone.startswith("#") else current().tone(tone)
    return _drawn(name, colour, size, is_rtl() and name in MIRRORED)


def icon(name: str, tone: str = "soft", size: int = 20) -> QIcon:
    """Return the icon `name` for buttons, with its own colour when disabled or checked."""
    chosen = QIcon(pixmap(name, tone, size))
    chosen.addPixmap(pixmap(name, "faint", size), QIcon.Mode.Disabled)
    if tone == "soft":
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Active):
            chosen.addPixmap(pixmap(name, "accent", size), mode, QIcon.State.On)
    return chosen


def swatch(colour: str, *, is_on: bool) -> QIcon:
    """Return a small square filled with `#RRGGBB`, ticked when it is the chosen one."""
    drawn = QPixmap(SWATCH_PX * SCALE, SWATCH_PX * SCALE)
    drawn.fill(Qt.GlobalColor.transparent)
    drawn.setDevicePixelRatio(SCALE)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(current().edge))
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(QRectF(0.5, 0.5, SWATCH_PX - 1.0, SWATCH_PX - 1.0), 4.0, 4.0)
    if is_on:
        painter.drawPixmap(1, 1, pixmap("check", ON_SWATCH, SWATCH_PX - 2))
    painter.end()
    return QIcon(drawn)


def tick(*, is_on: bool) -> QIcon:
    """Return a tick for the chosen entry of a menu, or its empty place."""
    if is_on:
        return QIcon(pixmap("check", "accent", SWATCH_PX))
    empty = QPixmap(SWATCH_PX, SWATCH_PX)
    empty.fill(Qt.GlobalColor.transparent)
    return QIcon(empty)
