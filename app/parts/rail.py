"""The five steps at the window's edge."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from app.icons import is_rtl, pixmap
from app.language import translate as _
from app.parts.basic import column, label, row, sign_button, tint
from app.theme import current

CELL_PX: Final = (80, 68)
MARK_PX: Final = 3


class Step(StrEnum):
    """The five steps, in the order of the road."""

    OPEN = "open"
    SEGMENT = "segment"
    PLAN = "plan"
    CHECK = "check"
    HAND_OVER = "hand_over"


class Mark(StrEnum):
    """What stands beside a step that was begun."""

    DONE = "done"
    WARNED = "warned"
    BLOCKED = "blocked"


SIGNS: Final = {
    Step.OPEN: "open",
    Step.SEGMENT: "paint",
    Step.PLAN: "trajectory",
    Step.CHECK: "check",
    Step.HAND_OVER: "package",
}


def step_name(step: Step) -> str:
    """Return a step's name in the user's language."""
    names = {
        Step.OPEN: _("Open"),
        Step.SEGMENT: _("Segment"),
        Step.PLAN: _("Plan"),
        Step.CHECK: _("Check"),
        Step.HAND_OVER: _("Hand over"),
    }
    return names[step]


LOOKS: Final = {
    Mark.DONE: ("check", "ok"),
    Mark.WARNED: ("warning", "warn"),
    Mark.BLOCKED: ("warning", "block"),
}


def mark_words(mark: Mark) -> str:
    """Return what a mark says, in the user's language."""
    words = {
        Mark.DONE: _("done"),
        Mark.WARNED: _("has a warning"),
        Mark.BLOCKED: _("a finding blocks the seal"),
    }
    return words[mark]


class _Cell(QPushButton):
    """One step: icon, word, tick or triangle, a bar at the start when it is the one shown."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step
        self.setObjectName(f"step_{step}")
        self.setAccessibleName(step_name(step))
        self.setProperty("role", "cell")
        self.setCheckable(True)
        self.setFixedSize(*CELL_PX)
        self._icon = QLabel()
        self._icon.setFixedSize(24, 24)
        self._mark = QLabel()
        self._mark.setFixedSize(14, 14)
        balance = QWidget()
        balance.setFixedWidth(14)
        self._words = label(step_name(step), 12, 500)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        top = row(None, balance, self._icon, self._mark, None, gap=2)
        self.setLayout(column(top, self._words, gap=6, margins=(0, 10, 0, 10)))
        for part in (self._icon, self._mark, self._words, balance):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_state(self, mark: Mark | None, *, is_now: bool) -> None:
        """Draw the step as the one shown, with its mark, or as not begun."""
        self.setChecked(is_now)
        tone = "accent" if is_now else "faint" if mark is None else "text"
        self._icon.setPixmap(pixmap(SIGNS[self.step], tone, 24))
        sign, colour = LOOKS[mark] if mark is not None else ("check", "#00000000")
        self._mark.setPixmap(pixmap(sign, colour, 14))
        tint(self._words, "text" if is_now else "faint" if mark is None else "soft")
        chosen = self._words.font()
        chosen.setBold(False)
        chosen.setWeight(chosen.Weight.DemiBold if is_now else chosen.Weight.Medium)
        self._words.setFont(chosen)
        words = mark_words(mark) if mark is not None else ""
        self.setAccessibleDescription(words)
        says_more = mark not in {None, Mark.DONE}
        self.setToolTip(f"{step_name(self.step)}: {words}" if says_more else "")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the bar on the side where lines of words begin."""
        super().paintEvent(event)
        if self.isChecked():
            painter = QPainter(self)
            x = self.width() - MARK_PX if is_rtl() else 0
            painter.fillRect(QRectF(x, 0, MARK_PX, self.height()), QColor(current().accent))
            painter.end()


class Rail(QFrame):
    """Five cells, settings and help at the foot; arrows move between the cells."""

    def __init__(
        self, on_step: Callable[[Step], object], on_settings: Callable[[], object],
        on_help: Callable[[], object],
    ) -> None:  # fmt: skip
        super().__init__()
        self.setObjectName("rail")
        self.setAccessibleName(_("Steps"))
        self.setProperty("role", "surface")
        self.setFixedWidth(80)
        self._cells = [_Cell(step) for step in Step]
        for cell in self._cells:
            cell.clicked.connect(lambda _on=False, step=cell.step: on_step(step))
        settings = sign_button("open_settings", _("Settings"), "settings", size=(40, 40))
        settings.clicked.connect(lambda _on=False: on_settings())
        help_ = sign_button("open_keys", _("Keys and help") + "  F1", "help", size=(40, 40))
        help_.clicked.connect(lambda _on=False: on_help())
        foot = (row(None, b, None) for b in (settings, help_))
        self.setLayout(column(*self._cells, None, *foot, gap=4, margins=(0, 8, 0, 8)))

    def show_steps(self, now: Step, marks: Mapping[Step, Mark]) -> None:
        """Show which step is open and what is known of each."""
        for cell in self._cells:
            cell.show_state(marks.get(cell.step), is_now=cell.step is now)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move between the cells with the arrows."""
        turns = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        turn = turns.get(Qt.Key(event.key()))
        focused = [n for n, cell in enumerate(self._cells) if cell.hasFocus()]
        if turn is None or not focused:
            super().keyPressEvent(event)
            return
        self._cells[(focused[0] + turn) % len(self._cells)].setFocus()
