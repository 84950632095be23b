"""A field that is one of a few names, in the manner of the other fields."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPaintEvent, QTransform
from PySide6.QtWidgets import QComboBox, QSizePolicy

from app.icons import pixmap
from viewers.fonts import font

ARROW_PX: Final = 16
INSET_PX: Final = 8
SHORTEST_LETTERS: Final = 6


class Chooser(QComboBox):
    """A combo box whose arrow is the house's and stands at the end in every direction."""

    def __init__(self, name: str, spoken: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setFont(font(13, 500))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(SHORTEST_LETTERS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setStyleSheet("QComboBox::drop-down { border: 0; width: 24px; }")

    def take_words(self, placeholder: str, on_words: Callable[[str], object]) -> None:
        """Let words be written in the place of a choice; `on_words` hears them when they are whole.

        `placeholder` says what an empty field means.
        """
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(None)  # type: ignore[arg-type]  # Qt takes none, its stubs don't
        field = self.lineEdit()
        assert field is not None
        field.setFont(self.font())
        field.setPlaceholderText(placeholder)
        field.setAccessibleName(self.accessibleName())

        def finish() -> None:
            field.setModified(False)
            on_words(field.text().strip())

        field.editingFinished.connect(finish)

    @property
    def is_being_written(self) -> bool:
        """Whether somebody is writing words that are not whole yet: they are left alone."""
        field = self.lineEdit()
        return field is not None and field.hasFocus() and field.isModified()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the arrow over the field."""
        super().paintEvent(event)
        tone = "soft" if self.isEnabled() else "faint"
        arrow = pixmap("chevron", tone, ARROW_PX).transformed(
            QTransform().rotate(-90.0 if self.isRightToLeft() else 90.0)
        )
        x = INSET_PX if self.isRightToLeft() else self.width() - ARROW_PX - INSET_PX
        painter = QPainter(self)
        painter.drawPixmap(QPoint(x, (self.height() - ARROW_PX) // 2), arrow)
        painter.end()
