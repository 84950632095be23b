"""One segment in the list: sign in its colour, name, millilitres, eye."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLineEdit

from app import figures
from app.icons import icon
from app.language import translate as _
from app.parts.banner import Elided
from app.parts.basic import isolated, label, picture, row, sign_button
from app.parts.card import Card
from app.theme import seen_on_panel
from planning.case.case import Segment, SegmentId
from viewers.fonts import font


class SegmentRow(Card):
    """Click chooses, double click renames, the eye hides."""

    def __init__(
        self, segment: Segment, volume_ml: float, on_pick: Callable[[SegmentId], None],
        on_rename: Callable[[SegmentId, str], None], on_eye: Callable[[SegmentId], None],
    ) -> None:  # fmt: skip
        self.segment = segment
        self._on_rename = on_rename
        self._name = Elided(13, 400)
        self._edit = QLineEdit()
        self._edit.setObjectName(f"rename_{segment.id}")
        self._edit.setAccessibleName(_("New name"))
        self._edit.setFont(font(13, 500))
        self._edit.setFixedHeight(28)
        self._edit.hide()
        self._edit.editingFinished.connect(self._end_rename)
        words = _("Hide {name}") if segment.is_visible else _("Show {name}")
        sign = "eye" if segment.is_visible else "eye-off"
        eye = sign_button(f"eye_{segment.id}", words.format(name=segment.name), sign, size=(28, 28))
        eye.setIcon(icon(sign, "soft" if segment.is_visible else "faint", 16))
        eye.clicked.connect(lambda _on=False: on_eye(segment.id))
        amount = label(isolated(figures.ml(volume_ml)), 12, 400, "soft")
        swatch = picture("surface", seen_on_panel(segment.colour))
        line = row(
            swatch, self._name, self._edit, None, amount, eye,
            margins=(8, 0, 2, 0),
        )  # fmt: skip
        line.setStretch(1, 100)
        line.setStretch(2, 100)
        super().__init__(
            f"segment_{segment.id}", segment.name, lambda: on_pick(segment.id), line, "plain"
        )
        self._name.show_words(segment.name)
        self.setFixedHeight(40)
        self.setToolTip(_("Double click to rename"))

    def pick(self, *, is_picked: bool) -> None:
        """Draw it as the chosen one, with a bolder name."""
        super().pick(is_picked=is_picked)
        self._name.setFont(font(13, 600 if is_picked else 400))
        self._name.show_words(self.segment.name)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Start to rename."""
        self.start_rename()

    def start_rename(self) -> None:
        """Put a field in the place of the name."""
        self._name.hide()
        self._edit.setText(self.segment.name)
        self._edit.show()
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._edit.selectAll()

    def _end_rename(self) -> None:
        if self._edit.isHidden():
            return
        self._edit.hide()
        self._name.show()
        name = self._edit.text().strip()
        if name and name != self.segment.name:
            self._on_rename(self.segment.id, name)
