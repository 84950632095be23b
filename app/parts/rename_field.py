"""The field that stands in the place of a name while somebody gives another one."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.language import translate as _
from viewers.fonts import font

HIGH_PX = 28


class RenameField(QLineEdit):
    """Hidden until `start`; Enter or leaving tells the new name, Escape leaves the old one."""

    def __init__(self, name: str, shown: QWidget, on_rename: Callable[[str], object]) -> None:
        super().__init__()
        self._shown, self._on_rename, self._was = shown, on_rename, ""
        self.setObjectName(name)
        self.setAccessibleName(_("New name"))
        self.setFont(font(13, 500))
        self.setFixedHeight(HIGH_PX)
        self.hide()
        self.editingFinished.connect(self._end)

    def start(self, name: str) -> None:
        """Stand in the place of what shows `name`, all of it chosen."""
        self._was = name
        self._shown.hide()
        self.setText(name)
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Give up on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._was)
            self._end()
        else:
            super().keyPressEvent(event)

    def _end(self) -> None:
        if self.isHidden():
            return
        self.hide()
        self._shown.show()
        name = self.text().strip()
        if name and name != self._was:
            self._on_rename(name)
