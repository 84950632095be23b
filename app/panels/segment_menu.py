"""The menu of one segment: name, what it is, status, lock, colour, opacity, order, deletion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.commands.command import Command
from app.commands.segments import (
    COLOURS,
    DELETE,
    FADES,
    HIDE,
    LOCK,
    MOVE_DOWN,
    MOVE_UP,
    STATUSES,
)
from app.dispatcher import Dispatcher
from app.icons import swatch, tick
from app.language import translate as _
from app.parts.basic import isolated
from viewers.fonts import font
from viewers.palette import SEGMENTS


@dataclass(frozen=True, slots=True)
class MenuActions:
    """What the menu asks of the panel, for what wants more than a click."""

    on_rename: Callable[[], object]
    on_code: Callable[[], object]
    on_save_recipe: Callable[[], object]
    on_run_recipe: Callable[[], object]
    on_save_surface: Callable[[], object]
    on_branches: Callable[[], object]


def segment_menu(parent: QWidget, dispatcher: Dispatcher, does: MenuActions) -> QMenu:
    """Return the menu for the chosen segment; it goes away when it is closed.

    Every entry bears its command's name, so that it is found and said as the command is.
    """
    menu = _Menu(parent, dispatcher)
    menu.setObjectName("segment_menu")
    menu.setAccessibleName(_("Actions for the segment"))
    menu.ask("rename_segment", _("Rename the segment"), does.on_rename)
    menu.ask("code_segment", _("What it is"), does.on_code)
    menu.add(HIDE)
    menu.addSeparator()
    menu.add_choice("status_menu", _("Status"), STATUSES)
    menu.add(LOCK)
    menu.addSeparator()
    menu.add_choice("colour_menu", _("Colour"), COLOURS, SEGMENTS)
    menu.add_choice("opacity_menu", _("Opacity"), FADES)
    menu.addSeparator()
    menu.ask("save_recipe", _("Save recipe"), does.on_save_recipe)
    menu.ask("run_recipe", _("Run recipe"), does.on_run_recipe)
    menu.ask("save_surface", _("Save surface"), does.on_save_surface)
    menu.ask("show_branches", _("Branches and widths"), does.on_branches)
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

    def ask(self, name: str, text: str, then: Callable[[], object]) -> None:
        """Add an entry that asks for more, where the case may be changed."""
        entry = self.addAction(text)
        entry.setObjectName(name)
        entry.setEnabled(self._dispatcher.context.desk.can_edit)
        entry.triggered.connect(lambda _on=False: then())

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
        if command is LOCK:
            entry.setCheckable(True)
            entry.setChecked(command.id in self._on)
        run = self._dispatcher.run
        entry.triggered.connect(lambda _on=False, name=command.id: run(name))
        return entry
