"""The menu of one segment: name, colour, opacity, order, deletion."""

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.commands.command import Command
from app.commands.segments import COLOURS, DELETE, FADES, HIDE, MOVE_DOWN, MOVE_UP
from app.dispatcher import Dispatcher
from app.icons import swatch, tick
from app.language import translate as _
from app.parts.basic import isolated
from viewers.fonts import font
from viewers.palette import SEGMENTS


def segment_menu(parent: QWidget, dispatcher: Dispatcher, on_rename: Callable[[], object]) -> QMenu:
    """Return the menu for the chosen segment; it goes away when it is closed.

    Every entry bears its command's name, so that it is found and said as the command is.
    """
    menu = _Menu(parent, dispatcher)
    menu.setObjectName("segment_menu")
    menu.setAccessibleName(_("Actions for the segment"))
    rename = menu.addAction(_("Rename the segment"))
    rename.setObjectName("rename_segment")
    rename.setEnabled(dispatcher.context.desk.can_edit)
    rename.triggered.connect(lambda _on=False: on_rename())
    menu.add(HIDE)
    menu.addSeparator()
    menu.add_choice("colour_menu", _("Colour"), COLOURS, SEGMENTS)
    menu.add_choice("opacity_menu", _("Opacity"), FADES)
    menu.addSeparator()
    menu.add(MOVE_UP)
    menu.add(MOVE_DOWN)
    menu.addSeparator()
    menu.add(DELETE)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


class _Menu(QMenu):
    """A menu whose entries are commands."""

    def __init__(self, parent: QWidget, dispatcher: Dispatcher) -> None:
        super().__init__(parent)
        self.setFont(font(13))
        self._dispatcher = dispatcher
        self._enabled, self._on = dispatcher.enabled(), dispatcher.on()

    def add(self, command: Command) -> None:
        """Add an entry that runs `command`."""
        self._fill(self, command)

    def add_choice(
        self, name: str, title: str, commands: Sequence[Command], swatches: Sequence[str] = ()
    ) -> None:
        """Add a submenu of commands of which one is on; `swatches` are `#RRGGBB`, one each."""
        inner = self.addMenu(title)
        inner.setObjectName(name)
        inner.setFont(font(13))
        inner.setEnabled(any(command.id in self._enabled for command in commands))
        for n, command in enumerate(commands):
            is_on = command.id in self._on
            sign = swatch(swatches[n], is_on=is_on) if swatches else tick(is_on=is_on)
            entry = self._fill(inner, command)
            entry.setIcon(sign)
            if not swatches:
                entry.setText(isolated(entry.text()))  # a number with its sign, left to right
            entry.setCheckable(True)
            entry.setChecked(is_on)

    def _fill(self, menu: QMenu, command: Command) -> QAction:
        entry = menu.addAction(f"{_(command.title)}\t{command.shortcut}".rstrip())
        entry.setObjectName(command.id)
        entry.setEnabled(command.id in self._enabled)
        run = self._dispatcher.run
        entry.triggered.connect(lambda _on=False, name=command.id: run(name))
        return entry
