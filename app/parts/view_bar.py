"""The bar over the views: groups of icon buttons at the start, menus at the end."""

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QSizePolicy

from app.icons import icon
from app.language import translate as _
from app.parts.basic import label, row, rule, sign_button
from viewers.fonts import font


class Action(Protocol):
    """What a button of the bar needs to know of a command."""

    @property
    def id(self) -> str:
        """The command's name."""

    @property
    def title(self) -> str:
        """Its English words."""

    @property
    def sign(self) -> str:
        """Its icon."""

    @property
    def shortcut(self) -> str:
        """Its key."""


class ViewBar(QFrame):
    """Buttons for commands; which are open and which are on is told from outside."""

    def __init__(
        self, groups: Sequence[Sequence[Action]], windows: Sequence[Action],
        solids: Sequence[Action], last: Action, run: Callable[[str], object],
    ) -> None:  # fmt: skip
        super().__init__()
        self.setObjectName("view_bar")
        self.setAccessibleName(_("Views"))
        self.setProperty("role", "surface")
        self.setFixedHeight(40)
        self._run = run
        self._buttons: dict[str, QPushButton] = {}
        line = row(gap=2, margins=(0, 0, 0, 0))
        line.addSpacing(8)
        for n, group in enumerate(groups):
            if n:
                line.addSpacing(8)
                line.addWidget(rule(is_upright=True))
                line.addSpacing(8)
            for action in group:
                line.addWidget(self._sign(action))
        line.addStretch(1)
        self._window = self._menu("window_preset", windows, "window-level", _("Window preset"))
        self._solid = self._menu("solid_mode", solids, "view-3d", _("Look of the 3D view"))
        self._own = self._made_own()
        end = row(label(_("Window"), 12, 400, "soft"), self._window, self._solid, self._own, gap=8)
        end.addWidget(self._sign(last))
        line.addLayout(end)
        line.addSpacing(8)
        self.setLayout(line)

    def _sign(self, action: Action) -> QPushButton:
        words = f"{_(action.title)}  {action.shortcut}".strip()
        button = sign_button(action.id, words, action.sign)
        button.setAccessibleName(_(action.title))
        button.clicked.connect(lambda _on=False: self._run(action.id))
        self._buttons[action.id] = button
        return button

    def _menu(self, name: str, actions: Sequence[Action], sign: str, spoken: str) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.setAccessibleName(spoken)
        button.setToolTip(spoken)
        button.setFont(font(13, 500))
        button.setFixedHeight(28)
        button.setIcon(icon(sign, "soft"))
        button.setIconSize(QSize(20, 20))
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        menu = QMenu(button)
        menu.setFont(font(13))
        for action in actions:
            entry = menu.addAction(f"{_(action.title)}\t{action.shortcut}")
            entry.setObjectName(action.id)
            entry.triggered.connect(lambda _on=False, name=action.id: self._run(name))
        button.setMenu(menu)
        return button

    def _made_own(self) -> QPushButton:
        """Return the button of what the step that is shown adds; it is hidden without one."""
        button = QPushButton()
        button.setObjectName("step_action")
        button.setAccessibleName(_("Views"))
        button.setFont(font(13, 500))
        button.setFixedHeight(28)
        button.setIconSize(QSize(20, 20))
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda _on=False: self._run(button.objectName()))
        button.hide()
        return button

    def show_own(self, action: Action | None, words: str, *, is_open: bool = False) -> None:
        """Show what the step adds to the bar, with `words` for what it does now; None for nothing.

        The 3D menu gives up its words meanwhile: both have room at 1280 px in every language.
        """
        self._own.setVisible(action is not None)
        if action is None:
            return
        self._own.setObjectName(action.id)
        self._own.setText(f" {words}")
        self._own.setAccessibleName(words)
        self._own.setToolTip(f"{words}  {action.shortcut}".strip())
        self._own.setIcon(icon(action.sign, "soft"))
        self._own.setEnabled(is_open)
        self._solid.setText("")

    def show_states(self, enabled: frozenset[str], on: frozenset[str]) -> None:
        """Open the buttons of `enabled` commands, light those that are `on`."""
        for name, button in self._buttons.items():
            button.setEnabled(name in enabled)
            button.setCheckable(name in on)
            button.setChecked(name in on)
        for menu in (self._window, self._solid):
            entries = menu.menu().actions()
            menu.setEnabled(any(entry.objectName() in enabled for entry in entries))

    def show_choices(self, window: str, solid: str) -> None:
        """Write the chosen window preset and 3D look on their menus."""
        self._window.setText(f" {window}")
        self._solid.setText(f" {solid}")
