"""The tools of a step: tiles with words, four in a row; arrows move between them."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from app.icons import pixmap
from app.language import translate as _
from app.parts.basic import column, label, row

COLUMNS: Final = 4


class Tile(QPushButton):
    """One tool: icon above, word below."""

    def __init__(self, name: str, words: str, sign: str) -> None:
        super().__init__()
        self.name = name
        self.setObjectName(f"tool_{name}")
        self.setAccessibleName(words)
        self.setProperty("role", "tile")
        self.setCheckable(True)
        self.setFixedHeight(56)
        self.setMinimumWidth(0)
        self._sign = sign
        self._tone = ""
        self._icon = QLabel()
        self._icon.setFixedSize(20, 20)
        self._words = label(words, 12, 500)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        inner = column(row(None, self._icon, None), self._words, gap=3, margins=(0, 9, 0, 9))
        self.setLayout(inner)
        for part in (self._icon, self._words):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_open(is_open=False)

    def show_open(self, *, is_open: bool) -> None:
        """Show whether this tool is the open one."""
        self.setChecked(is_open)
        tone = "accent" if is_open else "text"
        if tone != self._tone:
            self._tone = tone
            self._icon.setPixmap(pixmap(self._sign, tone, 20))


class Tiles(QWidget):
    """A grid of tools, four in a row; a click on the open one closes it."""

    def __init__(
        self, tools: Sequence[tuple[str, str, str]], on_tool: Callable[[str], None]
    ) -> None:
        super().__init__()
        self.setObjectName("tools")
        self.setAccessibleName(_("Tools"))
        self._tiles = [Tile(*tool) for tool in tools]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        for n, tile in enumerate(self._tiles):
            grid.addWidget(tile, n // COLUMNS, n % COLUMNS)
            tile.clicked.connect(lambda _on=False, name=tile.name: on_tool(name))
        for n in range(COLUMNS):
            grid.setColumnStretch(n, 1)

    def show_open(self, name: str) -> None:
        """Show which tool is open; empty for none."""
        for tile in self._tiles:
            tile.show_open(is_open=tile.name == name)

    def allow(self, is_allowed: bool) -> None:
        """Let the tools be opened or not."""
        for tile in self._tiles:
            tile.setEnabled(is_allowed)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move between the tiles with the arrows."""
        ahead = -1 if self.isRightToLeft() else 1
        turns = {
            Qt.Key.Key_Right: ahead,
            Qt.Key.Key_Left: -ahead,
            Qt.Key.Key_Down: COLUMNS,
            Qt.Key.Key_Up: -COLUMNS,
        }
        turn = turns.get(Qt.Key(event.key()))
        focused = [n for n, tile in enumerate(self._tiles) if tile.hasFocus()]
        if turn is None or not focused:
            super().keyPressEvent(event)
            return
        self._tiles[(focused[0] + turn) % len(self._tiles)].setFocus()
