"""One plan item in the list: sign in its colour, name, key number, warning, eye."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel

from app.icons import icon, pixmap
from app.language import translate as _
from app.parts.banner import Elided
from app.parts.basic import isolated, label, picture, row, sign_button, tint
from app.parts.card import Card
from app.parts.rename_field import RenameField
from planning.model.item import ItemId
from viewers.fonts import font


@dataclass(frozen=True, slots=True)
class ItemActions:
    """What a row asks for; `on_menu` gets the place on the screen where the menu shall open.

    `on_step` goes to the row above (-1) or below (1).
    """

    on_pick: Callable[[ItemId], object]
    on_rename: Callable[[ItemId, str], object]
    on_eye: Callable[[ItemId], object]
    on_menu: Callable[[ItemId, QPoint], object]
    on_step: Callable[[ItemId, int], object]


@dataclass(frozen=True, slots=True)
class ItemLook:
    """What a row shows. `tone` is empty, `warn` or `block`; `words` is the key number."""

    name: str
    words: str = ""
    tone: str = ""
    is_stale: bool = False
    is_hidden: bool = False


class ItemRow(Card):
    """Click chooses, double click renames, the eye hides, right click opens the menu."""

    def __init__(
        self, item_id: ItemId, n: int, sign: tuple[str, str], does: ItemActions, *, can_edit: bool
    ) -> None:
        self.item_id = item_id
        self._does, self._can_edit = does, can_edit
        self._look = ItemLook("")
        self._name = Elided(13, 400)
        self._edit = RenameField(
            f"plan_rename_{n}", self._name, lambda name: does.on_rename(item_id, name)
        )
        self._warning = QLabel()
        self._warning.setFixedSize(16, 16)
        self._number = label("", 12, 400, "soft")
        self._eye = sign_button(f"plan_eye_{n}", _("Hide {name}"), "eye", size=(28, 28))
        self._eye.clicked.connect(lambda _on=False: does.on_eye(item_id))
        parts = (picture(*sign), self._name, self._edit, None, self._warning, self._number)
        line = row(*parts, self._eye, margins=(8, 0, 2, 0))
        line.setStretch(1, 100)
        line.setStretch(2, 100)
        super().__init__(f"plan_item_{n}", "", lambda: does.on_pick(item_id), line, "plain")
        self.setFixedHeight(40)
        if can_edit:
            self.setToolTip(_("Double click to rename"))

    @property
    def look(self) -> ItemLook:
        """What it shows now."""
        return self._look

    def show_look(self, look: ItemLook) -> None:
        """Show name, number, verdict and eye."""
        if look == self._look:
            return
        self._look = look
        self._name.show_words(look.name)
        self._number.setText(isolated(look.words))
        tint(self._number, "faint" if look.is_stale or look.is_hidden else "soft")
        self._warning.setVisible(bool(look.tone))
        if look.tone:
            self._warning.setPixmap(pixmap("warning", look.tone, 16))
        words = (_("Show {name}") if look.is_hidden else _("Hide {name}")).format(name=look.name)
        sign = "eye-off" if look.is_hidden else "eye"
        self._eye.setIcon(icon(sign, "faint" if look.is_hidden else "soft", 16))
        self._eye.setAccessibleName(words)
        self._eye.setToolTip(words)
        verdict = _("beyond a limit") if look.tone else ""
        spoken = (look.name, look.words, verdict)
        self.setAccessibleName(", ".join(part for part in spoken if part))

    def pick(self, *, is_picked: bool) -> None:
        """Draw it as the chosen one, with a bolder name."""
        super().pick(is_picked=is_picked)
        self._name.setFont(font(13, 600 if is_picked else 400))
        self._name.show_words(self._look.name)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Open the menu under the pointer, or at the row for the menu key."""
        self._does.on_menu(self.item_id, self.mapToGlobal(event.pos()))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Start to rename."""
        self.start_rename()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go to the row above or below with the arrows."""
        turn = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if turn is None:
            super().keyPressEvent(event)
        else:
            self._does.on_step(self.item_id, turn)

    def start_rename(self) -> None:
        """Put a field in the place of the name."""
        if self._can_edit:
            self._edit.start(self._look.name)
