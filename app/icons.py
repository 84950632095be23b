"""Icons in the colours of the theme: SVG with `currentColor`, drawn at twice the size."""

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.theme import current
from resources import FOLDER as RESOURCES

FOLDER: Final = RESOURCES / "icons"
MIRRORED: Final = frozenset({"undo", "redo", "open", "chevron", "folder"})
SCALE: Final = 2


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
