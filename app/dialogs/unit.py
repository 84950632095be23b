"""The question that a surface of an unlikely size asks: the unit of its numbers."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from app.dialogs.careful import CarefulDialog
from app.language import translate as _
from app.parts.basic import Item, button, column, label, note


class UnitDialog(CarefulDialog):
    """Three units and a way out; nothing is chosen beforehand."""

    def __init__(self, parent: QWidget, question: str, on_answer: Callable[[str], None]) -> None:
        super().__init__(parent, "unit_dialog", _("Unit of the surface"), 440)
        self._on_answer = on_answer
        units = {
            "mm": _("Millimetres (mm)"),
            "cm": _("Centimetres (cm)"),
            "m": _("Metres (m)"),
        }
        buttons = [
            self.action(f"unit_{unit}", text, partial(self._choose, unit))
            for unit, text in units.items()
        ]
        leave = button("unit_cancel", _("Cancel"), self.reject, role="link", height=24)
        title = label(_("In which unit are the numbers of this file?"), 14, 600)
        parts: list[Item] = [title, note(question), 8, *buttons, 8, leave]
        self.setLayout(column(*parts, gap=8, margins=(24, 24, 24, 24)))

    def _choose(self, unit: str) -> None:
        self.accept()
        self._on_answer(unit)


def ask_unit(parent: QWidget, question: str, on_answer: Callable[[str], None]) -> None:
    """Show the question; `on_answer` gets mm, cm or m, and is not called when a person leaves."""
    dialog = UnitDialog(parent, question, on_answer)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
