"""Why a person goes on although a check says otherwise."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from app.dialogs.careful import CarefulDialog
from app.language import translate as _
from app.parts.basic import column, label, note, picture, row
from app.parts.finding_card import SIGNS, TONES, finding_words
from app.parts.text_box import text_box
from planning.case.edits.review import TEXT_LENGTH_MAX
from viewers.fonts import font

if TYPE_CHECKING:
    from planning.checks.finding import PlanFinding

WIDTH_PX = 480


class ReasonDialog(CarefulDialog):
    """The finding, a text of at most 500 signs, and who says so."""

    def __init__(
        self, parent: QWidget, finding: "PlanFinding", name: str,
        on_done: "Callable[[PlanFinding, str, str], bool]",
    ) -> None:  # fmt: skip
        super().__init__(parent, "reason_dialog", _("Give a reason"), WIDTH_PX)
        self._finding, self._on_done = finding, on_done
        words, said = finding_words(finding)
        title = note(words, "text", 14)
        title.setFont(font(14, 600))
        tone = TONES[finding.severity]
        sign = column(picture(SIGNS[finding.severity], tone), None, gap=0)
        head = row(sign, title)
        head.setStretch(1, 1)
        said = finding.reason.text if finding.reason is not None else ""
        self._text = text_box("reason_text", _("Why do you go on"), self._show_state, said)
        self._left = label("", 12, 400, "soft")
        self._name = QLineEdit(name)
        self._name.setObjectName("reason_name")
        self._name.setAccessibleName(_("Your name"))
        self._name.setFixedHeight(32)
        self._name.textChanged.connect(self._show_state)
        cancel = self.action("reason_cancel", _("Cancel"), self.reject)
        self._apply = self.action("reason_apply", _("Record the reason"), self._do, role="primary")
        guide = _("The reason is printed with the plan. It holds as long as the number stays.")
        self.setLayout(
            column(
                label(_("Give a reason"), 20, 600), head, note(said, "soft", 12), 8,
                row(label(_("Why do you go on"), 12, 600, "soft"), None, self._left), self._text,
                label(_("Your name"), 12, 600, "soft"), self._name, note(guide, "soft", 12), 16,
                row(None, cancel, self._apply), margins=(24, 24, 24, 24),
            )
        )  # fmt: skip
        layout = self.layout()
        assert layout is not None
        self.setFixedHeight(layout.totalHeightForWidth(WIDTH_PX))
        self._show_state()
        self._text.setFocus()

    def _show_state(self) -> None:
        text = self._text.toPlainText()
        self._left.setText(f"{len(text)} / {TEXT_LENGTH_MAX}")
        is_said = bool(text.strip()) and len(text) <= TEXT_LENGTH_MAX
        self._apply.setEnabled(is_said and bool(self._name.text().strip()))

    def _do(self) -> None:
        if self._on_done(self._finding, self._text.toPlainText(), self._name.text()):
            self.accept()
