"""A picture that was drawn for a file, shown as it is."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget


class Still(QWidget):
    """Fills its place as far as its sides allow; it is never stretched, cut or mirrored."""

    def __init__(self, name: str, png: bytes) -> None:
        super().__init__()
        self.setObjectName(f"picture_{name}")
        self.setAccessibleName(name)
        self._pixmap = QPixmap()
        self._pixmap.loadFromData(png)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the whole picture as large as it fits."""
        if self._pixmap.isNull():
            return
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        fitted = self._pixmap.scaled(
            self.size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(ratio)
        left = (self.width() - fitted.width() / ratio) / 2
        top = (self.height() - fitted.height() / ratio) / 2
        painter.drawPixmap(int(left), int(top), fitted)
        painter.end()
