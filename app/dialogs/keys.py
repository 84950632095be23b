"""The key sheet, made from the command table and from what the mouse does."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QScrollArea, QWidget

from app.commands.command import Command
from app.language import translate as _
from app.parts.basic import button, column, label, row


def mouse_words() -> tuple[tuple[str, str], ...]:
    """Return what the mouse does in a slice."""
    return (
        (_("Wheel"), _("Next slice")),
        (_("Ctrl + wheel"), _("Zoom at the pointer")),
        (_("Left drag"), _("What the chosen tool does")),
        (_("Middle drag, Shift + left drag"), _("Move the picture")),
        (_("Right drag"), _("Window and level")),
        (_("Double click"), _("One view, and back")),
    )


class KeySheet(QDialog):
    """All keys on one sheet, by group."""

    def __init__(self, parent: QWidget, commands: Sequence[Command]) -> None:
        super().__init__(parent)
        self.setObjectName("key_sheet")
        self.setWindowTitle(_("Keys"))
        self.resize(720, 620)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        line = 0
        for group in dict.fromkeys(command.group for command in commands):
            keyed = [c for c in commands if c.group == group and c.shortcut]
            if not keyed:
                continue
            line = self._heading(grid, line, _(group))
            for command in keyed:
                line = self._line(grid, line, command.shortcut, _(command.title))
        line = self._heading(grid, line, _("Mouse in a slice"))
        for keys, words in mouse_words():
            line = self._line(grid, line, keys, words)
        inside = QWidget()
        inside.setLayout(column(_held(grid), None, margins=(0, 0, 12, 0)))
        scroll = QScrollArea()
        scroll.setObjectName("keys_scroll")
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        done = button("keys_done", _("Done"), self.accept, role="primary", height=40)
        done.setMinimumWidth(112)
        self.setLayout(
            column(
                label(_("Keys"), 20, 600), scroll, row(None, done), gap=16,
                margins=(24, 24, 24, 24),
            )
        )  # fmt: skip

    def _heading(self, grid: QGridLayout, line: int, words: str) -> int:
        grid.setRowMinimumHeight(line, 12 if line else 0)
        grid.addWidget(label(words, 12, 600, "soft"), line + 1, 0, 1, 2)
        return line + 2

    def _line(self, grid: QGridLayout, line: int, keys: str, words: str) -> int:
        grid.addWidget(label(keys, 13, 600), line, 0, Qt.AlignmentFlag.AlignLeading)
        grid.addWidget(label(words, 13), line, 1)
        return line + 1


def _held(grid: QGridLayout) -> QWidget:
    holder = QWidget()
    holder.setLayout(grid)
    grid.setContentsMargins(0, 0, 0, 0)
    return holder
