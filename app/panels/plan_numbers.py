"""The numbers of the chosen item: name, value, unit, and the limit with its bar."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app import figures
from app.icons import pixmap
from app.language import translate as _
from app.numbers import Number, unit_words
from app.panels.plan_words import definition_words, limit_words, number_title, ordered
from app.parts.banner import Elided
from app.parts.basic import Slot, column, isolated, label, note, row, tint
from app.parts.card import Card
from app.parts.limit_bar import LimitBar
from planning.case.case import Case
from viewers.fonts import font

UNIT_PX = 24
PLAIN_PX = 30
LIMITED_PX = 48


class NumberRow(Card):
    """One number; a click unfolds its definition, its source and its stated error."""

    def __init__(self, name: str, *, has_limit: bool) -> None:
        self._title = Elided(13, 400)
        self._sign = QLabel()
        self._sign.setFixedSize(16, 16)
        self._value = label("", 14, 600)
        self._value.setObjectName(f"{name}_value")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._unit = label("", 12, 400, "soft")
        self._unit.setFixedWidth(UNIT_PX)
        pair = QWidget()
        pair.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        pair.setLayout(row(self._value, self._unit, gap=4))
        self._limit = label("", 12, 400, "soft")
        self._bar = LimitBar()
        self._note = note("", "soft", 12)
        self._note.setObjectName(f"{name}_definition")
        self._note.hide()
        lines = column(row(self._title, self._sign, None, pair), gap=2, margins=(0, 4, 0, 4))
        held = QWidget()
        held.setLayout(row(self._limit, None, self._bar))
        held.setVisible(has_limit)
        lines.addWidget(held)
        lines.addWidget(self._note)
        super().__init__(name, "", self._unfold, lines, "plain")
        self.setMinimumHeight(LIMITED_PX if has_limit else PLAIN_PX)

    def _unfold(self) -> None:
        self._note.setVisible(self._note.isHidden())

    def show_number(self, number: Number, title: str, *, is_stale: bool) -> None:
        """Show a number in the tone of its verdict, or faintly while it is stale."""
        held = number.held
        verdict = held.tone if held is not None and not is_stale else ""
        tone = "faint" if is_stale or number.shown is None else verdict or "text"
        value = figures.NOTHING
        if number.shown is not None:
            value = figures.decimal(float(number.shown), number.decimals)
        self._title.setFont(font(13, 600 if verdict else 400))
        tint(self._title, verdict or "text")
        self._title.show_words(title)
        self._value.setText(value)
        tint(self._value, tone)
        self._unit.setText(unit_words(number.unit) if number.shown is not None else "")
        self._sign.setVisible(bool(verdict))
        if verdict:
            self._sign.setPixmap(pixmap("warning", verdict, 16))
        self._limit.setText(isolated(limit_words(number)))
        if held is not None:
            self._bar.show_share(held.share, "faint" if is_stale else verdict or "ok")
        words = definition_words(number)
        self._note.setText(words)
        self.setToolTip(words)
        self.setAccessibleName(f"{title}, {value} {self._unit.text()}".strip())
        standing = _("being measured again") if is_stale else limit_words(number)
        self.setAccessibleDescription(". ".join(part for part in (standing, words) if part))


class NumberList(QWidget):
    """All numbers of an item but the mean HU, which stands over its curve."""

    def __init__(self) -> None:
        super().__init__()
        self._slot = Slot()
        self._rows: dict[str, NumberRow] = {}
        self._shape: list[tuple[str, bool]] = []
        self.setLayout(column(self._slot, gap=0))

    def show_numbers(self, numbers: Sequence[Number], case: Case, *, is_stale: bool) -> None:
        """Show numbers; rows are made anew only when there are others."""
        shown = ordered(tuple(numbers))
        names = _names(shown)
        shape = [(name, number.held is not None) for name, number in zip(names, shown, strict=True)]
        if shape != self._shape:
            self._shape = shape
            self._rows = {name: NumberRow(name, has_limit=has_limit) for name, has_limit in shape}
            self._slot.fill(column(*self._rows.values(), gap=0))
        for name, number in zip(names, shown, strict=True):
            title = number_title(number, case)
            self._rows[name].show_number(number, title, is_stale=is_stale)


def _names(numbers: Sequence[Number]) -> list[str]:
    """Return object names: the measure's, and from the second of its kind on a number."""
    names: list[str] = []
    for number in numbers:
        name, n = f"plan_number_{number.measure}", 2
        while name in names:
            name, n = f"plan_number_{number.measure}_{n}", n + 1
        names.append(name)
    return names
