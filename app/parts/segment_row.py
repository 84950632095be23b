"""One segment in the list: sign in its colour, name, lock, status, millilitres, menu, eye."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app import figures
from app.icons import icon
from app.language import translate as _
from app.parts.banner import Elided
from app.parts.basic import isolated, label, picture, row, sign_button
from app.parts.card import Card
from app.parts.rename_field import RenameField
from app.term_words import term_words
from app.theme import seen_on_panel
from planning.case.case import Segment, SegmentId, Status
from planning.case.provenance import is_unaccepted
from viewers.fonts import font

SIGNS: Final = {Status.DONE: ("check", "soft"), Status.REVIEWED: ("seal", "ok")}


@dataclass(frozen=True, slots=True)
class RowActions:
    """What a row asks for; `on_menu` gets the place on the screen where the menu shall open.

    `can_accept` says whether the chosen row offers to be marked as reviewed.
    """

    on_pick: Callable[[SegmentId], None]
    on_rename: Callable[[SegmentId, str], None]
    on_eye: Callable[[SegmentId], None]
    on_menu: Callable[[SegmentId, QPoint], None]
    on_accept: Callable[[SegmentId], None]
    can_accept: bool = True


class SegmentRow(Card):
    """Click chooses, double click renames, the eye hides, right click opens the menu.

    The chosen row shows a button for the menu too, and one that marks it as reviewed.
    """

    def __init__(self, segment: Segment, volume_ml: float, does: RowActions) -> None:
        self.segment = segment
        self._is_picked: bool | None = None
        self._does = does
        self._name = Elided(13, 400)
        self._edit = RenameField(
            f"rename_{segment.id}", self._name, lambda name: does.on_rename(segment.id, name)
        )
        self._menu = self._make_menu_button()
        self._accept = self._make_accept_button()
        self._amount = label(isolated(figures.ml(volume_ml)), 12, 400, "soft")
        swatch = picture("surface", seen_on_panel(segment.colour))
        line = row(
            swatch, self._name, self._edit, None, *_marks(segment), self._accept, self._amount,
            row(self._menu, self._make_eye(), gap=0), margins=(8, 0, 2, 0),
        )  # fmt: skip
        line.setStretch(1, 100)
        line.setStretch(2, 100)
        spoken = ", ".join((segment.name, *mark_words(segment)))
        super().__init__(
            f"segment_{segment.id}", spoken, lambda: does.on_pick(segment.id), line, "plain"
        )
        self._name.show_words(segment.name)
        self.setFixedHeight(40)
        self.setToolTip(_("Double click to rename"))

    def show_amount(self, segment: Segment, volume_ml: float) -> None:
        """Show the segment after an edit of its voxels alone."""
        self.segment = segment
        self._amount.setText(isolated(figures.ml(volume_ml)))
        self._show_accept()

    def _make_eye(self) -> QPushButton:
        segment = self.segment
        words = _("Hide {name}") if segment.is_visible else _("Show {name}")
        sign = "eye" if segment.is_visible else "eye-off"
        eye = sign_button(f"eye_{segment.id}", words.format(name=segment.name), sign, size=(28, 28))
        eye.setIcon(icon(sign, "soft" if segment.is_visible else "faint", 16))
        eye.clicked.connect(lambda _on=False: self._does.on_eye(segment.id))
        return eye

    def _make_menu_button(self) -> QPushButton:
        words = _("More for {name}").format(name=self.segment.name)
        menu = sign_button(f"menu_{self.segment.id}", words, "settings", size=(28, 28))
        menu.setIcon(icon("settings", "soft", 16))
        policy = menu.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # numbers keep their column from row to row
        menu.setSizePolicy(policy)
        menu.hide()
        menu.clicked.connect(lambda _on=False: self._open_menu(menu, menu.rect().bottomLeft()))
        return menu

    def _make_accept_button(self) -> QPushButton:
        words = _("Mark as reviewed")
        accept = sign_button(f"accept_{self.segment.id}", words, "seal", size=(28, 28))
        accept.setIcon(icon("seal", "faint", 16))
        accept.hide()
        accept.clicked.connect(lambda _on=False: self._does.on_accept(self.segment.id))
        return accept

    def _show_accept(self) -> None:
        """Offer to accept the chosen segment, where there is something to accept."""
        segment = self.segment
        is_open = self._does.can_accept and segment.status is not Status.REVIEWED
        self._accept.setVisible(bool(self._is_picked) and is_open and not segment.mask.is_empty)

    def _open_menu(self, widget: QWidget, at: QPoint) -> None:
        self._does.on_menu(self.segment.id, widget.mapToGlobal(at))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Open the menu under the pointer, or at the row for the menu key."""
        self._open_menu(self, event.pos())
        event.accept()

    def pick(self, *, is_picked: bool) -> None:
        """Draw it as the chosen one, with a bolder name."""
        if is_picked == self._is_picked:
            return
        self._is_picked = is_picked
        super().pick(is_picked=is_picked)
        self._menu.setVisible(is_picked)
        self._show_accept()
        self._name.setFont(font(13, 600 if is_picked else 400))
        self._name.show_words(self.segment.name)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Start to rename."""
        self.start_rename()

    def start_rename(self) -> None:
        """Put a field in the place of the name."""
        self._edit.start(self.segment.name)


def status_words(status: Status) -> str:
    """Return a status in words; nothing for what is still to do."""
    return {Status.DONE: _("Done"), Status.REVIEWED: _("Reviewed")}.get(status, "")


def unaccepted_words() -> str:
    """Return what a segment is called that a model made and nobody accepted."""
    return _("Made by a model, not accepted")


def mark_words(segment: Segment) -> tuple[str, ...]:
    """Return origin, lock, status and chosen term in words, without those that say nothing."""
    model = unaccepted_words() if is_unaccepted(segment) else ""
    lock = _("Locked") if segment.is_locked else ""
    words = (model, lock, status_words(segment.status), term_words(segment.code))
    return tuple(word for word in words if word)


def _marks(segment: Segment) -> list[QLabel]:
    """Return the signs of lock and status; a segment that is still to do and open has none."""
    marks = []
    if is_unaccepted(segment):
        marks.append(_mark("model", "warn", unaccepted_words()))
    if segment.is_locked:
        marks.append(_mark("lock", "soft", _("Locked")))
    if segment.status in SIGNS:
        marks.append(_mark(*SIGNS[segment.status], status_words(segment.status)))
    return marks


def _mark(sign: str, tone: str, words: str) -> QLabel:
    mark = picture(sign, tone, 16)
    mark.setToolTip(words)
    mark.setAccessibleName(words)
    return mark
