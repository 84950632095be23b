"""A field for words under its own heading."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.parts.basic import column, label
from viewers.fonts import font


class TextField(QWidget):
    """A heading and one line to type; `is_secret` shows dots, and never keeps what was typed."""

    def __init__(
        self, name: str, title: str, text: str = "", *, is_secret: bool = False,
        on_change: Callable[[], object] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.line = QLineEdit(text)
        self.line.setObjectName(name)
        self.line.setAccessibleName(title)
        self.line.setFont(font(13))
        self.line.setFixedHeight(32)
        if is_secret:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
            self.line.setInputMethodHints(
                Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
            )
        if on_change is not None:
            self.line.textChanged.connect(lambda _text: on_change())
        self.setLayout(column(label(title, 12, 600, "soft"), self.line, gap=4))
        self.setFocusProxy(self.line)

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.line.text()

    def clear(self) -> None:
        """Empty the field, its own undo list too."""
        self.line.clear()
