"""A field for one number with its name and unit; takes `,` and `.`, arrows step it."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit

from app import figures
from app.parts.basic import label, restyle, row
from viewers.fonts import font

STEPS_WITH_SHIFT: Final = 10.0


class NumberField(QFrame):
    """Shows one number; `changed(value)` when a person has set another valid one.

    `limit_words` maps a limit to the word shown for it (the upper end of HU reads `max`).
    """

    changed = Signal(float)

    def __init__(
        self, name: str, title: str, unit: str, limits: tuple[float, float], step: float
    ) -> None:
        super().__init__()
        self.setObjectName(f"field_{name}")
        self.setProperty("role", "field")
        self.setFixedHeight(32)
        self._limits = limits
        self._step = step
        self._digits = 0 if float(step).is_integer() else len(f"{step:g}".partition(".")[2])
        self._value = limits[0]
        self.is_shown = False
        self._end_words: dict[float, str] = {}
        self._text = ""
        self._edit = QLineEdit()
        self._edit.setObjectName(name)
        self._edit.setAccessibleName(f"{title}, {unit}" if unit else title)
        self._edit.setProperty("role", "inner")
        self._edit.setFont(font(13, 600))
        self._edit.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._edit.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._edit.setMinimumWidth(36)
        self._edit.setFrame(False)
        self._edit.setFixedHeight(24)
        self._edit.editingFinished.connect(self._finish)
        self._edit.installEventFilter(self)
        self.setFocusProxy(self._edit)
        units = label(unit, 12, 400, "soft")
        parts = (label(title, 12, 400, "soft"), self._edit, units)
        line = row(*parts, gap=4, margins=(8, 0, 8, 0))
        line.setStretch(1, 1)
        self.setLayout(line)

    @property
    def value(self) -> float:
        """The number last shown or set."""
        return self._value

    def name_limit(self, limit: float, word: str) -> None:
        """Show `word` where the value is `limit`."""
        self._end_words[limit] = word

    def show_value(self, value: float) -> None:
        """Show a number; nobody is told."""
        self._value, self.is_shown = value, True
        self._text = self._end_words.get(value) or figures.decimal(value, self._digits)
        self._edit.setText(self._text)
        self._mark_wrong(is_wrong=False)

    def type_text(self, text: str) -> bool:
        """Take what a person typed; return whether it is a number within the limits."""
        value = self._read(text)
        if value is None:
            self._mark_wrong(is_wrong=True)
            return False
        is_new = value != self._value
        self.show_value(value)
        if is_new:
            self.changed.emit(value)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Step by the arrows, ten times as far with Shift; show the focus on the frame."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("lit", "true" if event.type() == QEvent.Type.FocusIn else "false")
            restyle(self)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            turns = {Qt.Key.Key_Up: 1.0, Qt.Key.Key_Down: -1.0}
            turn = turns.get(Qt.Key(event.key()), 0.0)
            if turn:
                is_far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self._step_by(turn * self._step * (STEPS_WITH_SHIFT if is_far else 1.0))
                return True
        return super().eventFilter(watched, event)

    def _read(self, text: str) -> float | None:
        for limit, word in self._end_words.items():
            if text.strip() == word:
                return limit
        value = figures.read_number(text)
        low, high = self._limits
        return value if value is not None and low <= value <= high else None

    def _step_by(self, change: float) -> None:
        low, high = self._limits
        value = round(min(max(self._value + change, low), high), 6)
        if value != self._value:
            self.show_value(value)
            self.changed.emit(value)

    def _finish(self) -> None:
        if self._edit.text() == self._text:
            return  # nobody typed: a value with more digits than are shown keeps them
        if not self.type_text(self._edit.text()):
            # What can't be read is not kept: the last good number comes back.
            self.show_value(self._value)

    def _mark_wrong(self, *, is_wrong: bool) -> None:
        self.setProperty("wrong", "true" if is_wrong else "false")
        restyle(self)
