"""What a segment is: a term of the terminology, found by typing a part of it, and its side."""

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QPushButton, QWidget

from app.language import translate as _
from app.parts.basic import button, column, label, note, row
from app.parts.text_field import TextField
from app.term_words import meaning
from planning.case.case import Segment
from planning.case.terminology import LEFT, RIGHT, Coded, Term, coded, terms
from viewers.fonts import font

SIZE_PX: Final = (440, 560)
TERM: Final = Qt.ItemDataRole.UserRole


class TermDialog(QDialog):
    """Type to find, choose a term and a side; `on_done` gets the code, empty for the name's own."""

    def __init__(self, parent: QWidget, segment: Segment, on_done: Callable[[str], object]) -> None:
        super().__init__(parent)
        self.setObjectName("term_dialog")
        title = _("What {name} is").format(name=segment.name)
        self.setWindowTitle(title)
        self.setFixedSize(*SIZE_PX)
        self._on_done = on_done
        now = coded(segment.code) if segment.code else None
        self._side = "" if now is None else now.side
        self._search = TextField("term_search", _("Search for a term"), on_change=self._filter)
        self._list = QListWidget()
        self._list.setObjectName("term_list")
        self._list.setAccessibleName(_("What it is"))
        self._list.setFont(font(13))
        for term in terms().values():
            entry = QListWidgetItem(meaning(term), self._list)
            entry.setData(TERM, term.code)
            if now is not None and term is now.term:
                self._list.setCurrentItem(entry)
        self._none = note(_("No term fits. Try another word."), "soft", 12)
        self._none.hide()
        self._sides = {side: self._side_button(side, words) for side, words in _side_words()}
        self._use = button("term_use", _("Use this term"), self._do, role="primary", height=40)
        self._use.setDefault(True)
        by_name = button("term_by_name", _("As the name says"), partial(self._end, ""), height=40)
        by_name.setAutoDefault(False)
        about = _("Codes of SNOMED CT. DICOM files and the plan say them.")
        self.setLayout(
            column(
                label(title, 16, 600), self._search, self._list, self._none,
                row(*self._sides.values(), gap=4), note(about, "soft", 12), 8,
                row(by_name, None, self._use), margins=(24, 24, 24, 24),
            )
        )  # fmt: skip
        self._list.currentItemChanged.connect(lambda _new, _old: self._show_state())
        self._list.itemActivated.connect(lambda _entry: self._do())
        self._show_state()
        self._search.setFocus()

    def _side_button(self, side: str, words: str) -> QPushButton:
        one = button(f"term_side_{side or 'none'}", words, partial(self._take_side, side))
        one.setCheckable(True)
        one.setAutoDefault(False)
        return one

    def _take_side(self, side: str) -> None:
        self._side = side
        self._show_state()

    @property
    def _term(self) -> Term | None:
        entry = self._list.currentItem()
        return None if entry is None or entry.isHidden() else terms()[entry.data(TERM)]

    def _filter(self) -> None:
        wanted = _plain(self._search.text)
        shown = []
        for n in range(self._list.count()):
            entry = self._list.item(n)
            # English is the language of the codes: it finds a term in every language.
            words = _plain(f"{entry.text()} {terms()[entry.data(TERM)].meaning}")
            entry.setHidden(wanted not in words)
            if wanted in words:
                shown.append(entry)
        self._none.setVisible(not shown)
        if shown and self._term is None:
            self._list.setCurrentItem(shown[0])
        self._show_state()

    def _show_state(self) -> None:
        term = self._term
        has_sides = term is not None and term.has_sides
        for side, one in self._sides.items():
            one.setEnabled(has_sides or not side)
            one.setChecked(side == (self._side if has_sides else ""))
        self._use.setEnabled(term is not None)

    def _do(self) -> None:
        term = self._term
        if term is not None:
            self._end(Coded(term, self._side if term.has_sides else "").text)

    def _end(self, code: str) -> None:
        self._on_done(code)
        self.accept()


def _side_words() -> tuple[tuple[str, str], ...]:
    return ("", _("No side")), (LEFT, _("Left")), (RIGHT, _("Right"))


def _plain(text: str) -> str:
    """Return a text without case and accents."""
    split = unicodedata.normalize("NFKD", text.casefold().strip())
    return "".join(sign for sign in split if not unicodedata.combining(sign))
