"""Runs commands by name, from bars, keys and panels alike."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands import COMMANDS, Context, command_named


class Dispatcher(QObject):
    """`ran` is emitted after each command, so that bars follow."""

    ran = Signal(str)

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self.context = context

    def run(self, name: str) -> bool:
        """Run a command if it is enabled; the edit it returns goes through the history."""
        command = command_named(name)
        if not command.enabled(self.context):
            return False
        edit = command.run(self.context)
        is_done = edit is None or self.context.desk.do(edit)
        self.ran.emit(name)
        return is_done

    def enabled(self) -> frozenset[str]:
        """Return the names of the commands that work now."""
        return frozenset(c.id for c in COMMANDS if c.enabled(self.context))

    def on(self) -> frozenset[str]:
        """Return the names of the commands whose state holds."""
        return frozenset(c.id for c in COMMANDS if c.is_on is not None and c.is_on(self.context))

    def bind(self, window: QWidget) -> None:
        """Give every command its key in `window`; of those that share one, the enabled one runs."""
        meant: dict[str, list[str]] = {}
        for command in COMMANDS:
            keys = [command.shortcut] if command.shortcut else []
            keys += ["?"] if command.id == "keys" else []
            keys += ["Ctrl+Y"] if command.id == "redo" else []
            for key in keys:
                meant.setdefault(key, []).append(command.id)
        for key, names in meant.items():
            shortcut = QShortcut(QKeySequence(key), window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(lambda names=tuple(names): any(map(self.run, names)))
