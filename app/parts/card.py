"""Cards that can be clicked: phantoms, series, recent cases."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QLayout

from app.message import SIGNS
from app.parts.basic import Chip, column, give_role, label, note, picture, row
from viewers.fonts import font

THUMB_PX = 96


class Card(QFrame):
    """A frame that acts as one button, by mouse and by keyboard."""

    def __init__(
        self, name: str, spoken: str, on_click: Callable[[], object] | None, layout: QLayout,
        role: str = "card",
    ) -> None:  # fmt: skip
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setProperty("role", role)
        self._on_click = on_click
        self._rest = role
        if on_click is not None:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setLayout(layout)

    def pick(self, *, is_picked: bool) -> None:
        """Draw it as the chosen one."""
        give_role(self, "picked" if is_picked else self._rest)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Act when the button is let go inside."""
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside and self._on_click is not None:
            self._on_click()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Act on Space and Enter."""
        keys = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() in keys and self._on_click is not None:
            self._on_click()
        else:
            super().keyPressEvent(event)


def phantom_card(
    name: str, words: tuple[str, str], sign: str, sim: Chip, on_click: Callable[[], object]
) -> Card:
    """Return the card of a built-in phantom."""
    top = row(picture(sign, "accent", 24), None, sim)
    what = note(words[1], "soft", 12)
    inner = column(top, None, label(words[0], 14, 600), what, gap=4, margins=(16, 16, 16, 16))
    card = Card(f"phantom_{name}", f"{words[0]}: {words[1]}", on_click, inner)
    card.setMinimumHeight(112)
    return card


class SeriesCard(Card):
    """One series of a scan: picture, what it is, what it may be used for, what was found."""

    def __init__(
        self, name: str, words: tuple[str, str], outcome: Chip, findings: list[tuple[str, str]],
        on_click: Callable[[], object] | None,
    ) -> None:  # fmt: skip
        self._thumb = QLabel()
        self._thumb.setFixedSize(QSize(THUMB_PX, THUMB_PX))
        self._thumb.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._thumb.setPixmap(picture("series", "faint", 32).pixmap())
        self._thumb.setStyleSheet("background: #000000;")
        title = note(words[0], "text", 14)
        title.setFont(font(14, 600))
        head = row(title, outcome, gap=8)
        head.setStretch(0, 1)
        text = column(head, note(words[1], "soft", 12), gap=4)
        for sentence, tone in findings:
            sign = column(picture(SIGNS[tone], tone, 16), None, gap=0, margins=(0, 1, 0, 0))
            line = row(sign, note(sentence, tone, 12), gap=8)
            line.setStretch(1, 1)
            text.addLayout(line)
        text.addStretch(1)
        inner = row(column(self._thumb, None, gap=0), text, gap=16, margins=(12, 12, 16, 12))
        inner.setStretch(1, 1)
        super().__init__(name, f"{words[0]}, {words[1]}", on_click, inner)

    def show_picture(self, image: QPixmap) -> None:
        """Show a slice of the series."""
        self._thumb.setPixmap(
            image.scaled(
                self._thumb.size(),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
