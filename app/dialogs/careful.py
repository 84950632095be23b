"""A dialog in which Enter does nothing: what can't be taken back wants a click or a Space."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from app.icons import icon
from app.parts.basic import button

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CarefulDialog(QDialog):
    """Base of the dialogs that seal and that record a reason."""

    def __init__(self, parent: QWidget, name: str, title: str, width_px: int) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setFixedWidth(width_px)

    def action(
        self, name: str, text: str, on_click: Callable[[], object], *, role: str = "",
        sign: str = "",
    ) -> QPushButton:  # fmt: skip
        """Return a button of this dialog that Enter never presses."""
        one = button(name, text, on_click, role=role, height=40 if role != "link" else 24)
        if sign:
            one.setText(f" {text}")
            one.setIcon(icon(sign, "on_fill" if role == "primary" else "soft"))
        one.setAutoDefault(False)
        one.setDefault(False)
        one.installEventFilter(self)
        return one

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Keep Enter from the buttons: some desktops let it press whatever has the focus."""
        if isinstance(event, QKeyEvent) and event.key() in ENTER:
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Leave Enter without an effect; Escape closes."""
        if event.key() not in ENTER:
            super().keyPressEvent(event)
