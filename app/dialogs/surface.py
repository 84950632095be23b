"""How a segment's surface is saved: how far smoothing may go, and how many triangles stay."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QButtonGroup, QDialog, QWidget

from app.figures import number
from app.language import translate as _
from app.parts.basic import button, column, isolated, label, note, row, section

if TYPE_CHECKING:
    from segmentation.finish import Finish

SMOOTH_MM: Final = (0.0, 0.25, 0.5, 1.0)
DEVIATION_MM: Final = (0.0, 0.1, 0.3, 1.0)
ABOUT: Final = (
    "What is measured is never this surface. How far it lies off is said when it is saved."
)


class SurfaceDialog(QDialog):
    """Two rows of choices; `on_done` gets what shall be done to the surface."""

    def __init__(self, parent: QWidget, name: str, on_done: Callable[["Finish"], object]) -> None:
        super().__init__(parent)
        self.setObjectName("surface_dialog")
        title = _("Save the surface of {name}").format(name=isolated(name))
        self.setWindowTitle(_("Save surface"))
        self.setMinimumWidth(460)
        self._on_done = on_done
        self._smooth_mm, self._deviation_mm = 0.0, 0.0
        self._groups = (QButtonGroup(self), QButtonGroup(self))
        save = button("surface_save", _("Choose a file"), self._do, role="primary", height=40)
        save.setMinimumWidth(152)
        save.setDefault(True)
        leave = button("surface_cancel", _("Cancel"), self.reject, height=40)
        leave.setAutoDefault(False)
        self.setLayout(
            column(
                label(title, 16, 600),
                section(_("Smooth, by no more than")),
                self._choices(0, "smooth", SMOOTH_MM, _("Not at all")),
                section(_("Fewer triangles, off by no more than")),
                self._choices(1, "fewer", DEVIATION_MM, _("Keep all")),
                note(_(ABOUT), "soft", 12),
                16,
                row(leave, None, save),
                margins=(24, 24, 24, 24),
            )
        )
        self._show_state()

    def _choices(self, place: int, name: str, values: tuple[float, ...], none: str) -> QWidget:
        buttons = []
        for n, mm in enumerate(values):
            text = isolated(f"{number(f'{mm:g}')} mm") if mm else none
            one = button(f"{name}_{n}", text, partial(self._take, place, mm), height=36)
            one.setCheckable(True)
            one.setAutoDefault(False)
            one.setChecked(n == 0)
            self._groups[place].addButton(one, n)
            buttons.append(one)
        line = row(*buttons)
        for n in range(len(buttons)):
            line.setStretch(n, 1)
        holder = QWidget()
        holder.setLayout(line)
        return holder

    def _take(self, place: int, mm: float) -> None:
        if place == 0:
            self._smooth_mm = mm
        else:
            self._deviation_mm = mm
        self._show_state()

    def _show_state(self) -> None:
        """Offer no deviation that the smoothing alone may reach."""
        for n, mm in enumerate(DEVIATION_MM):
            is_there = not mm or mm > self._smooth_mm
            self._groups[1].button(n).setEnabled(is_there)
            if not is_there and mm == self._deviation_mm:
                self._deviation_mm = 0.0
                self._groups[1].button(0).setChecked(True)

    def _do(self) -> None:
        from segmentation.finish import Finish

        self.accept()
        self._on_done(Finish(self._smooth_mm, 0, self._deviation_mm))
