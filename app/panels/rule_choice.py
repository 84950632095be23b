"""What entering a no-go zone means: two buttons of which one is down."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QPushButton, QWidget

from app.language import translate as _
from app.parts.basic import button, label, row
from planning.model.zone import ZoneRule
from viewers.fonts import font


class RuleChoice(QWidget):
    """Forbid or warn, side by side; `on_rule` is called when a person chooses the other."""

    def __init__(self, on_rule: Callable[[ZoneRule], None]) -> None:
        super().__init__()
        self.setObjectName("plan_severity")
        self.setAccessibleName(_("Entering the zone"))
        words = {
            ZoneRule.FORBID: (_("Forbid"), _("Forbid: no tool may enter.")),
            ZoneRule.WARN: (_("Warn"), _("Warn: slow down and tell before entering.")),
        }
        self._group = QButtonGroup(self)
        self._buttons: dict[ZoneRule, QPushButton] = {}
        for rule, (name, meaning) in words.items():
            one = button(f"plan_severity_{rule}", name, partial(on_rule, rule))
            one.setCheckable(True)
            one.setFont(font(12, 500))
            one.setStyleSheet("padding: 0 4px;")
            one.setToolTip(meaning)
            one.setAccessibleDescription(meaning)
            self._group.addButton(one)
            self._buttons[rule] = one
        line = row(label(_("Entering the zone"), 12, 400, "soft"), *self._buttons.values(), gap=4)
        for n in range(1, 3):
            line.setStretch(n, 1)
        self.setLayout(line)

    def show_rule(self, rule: ZoneRule, *, can_edit: bool) -> None:
        """Show which of the two holds."""
        self._buttons[rule].setChecked(True)
        self.setEnabled(can_edit)
