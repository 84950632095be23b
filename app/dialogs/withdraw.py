"""Why nobody shall use a sealed version any more, and who says so."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.dialogs.careful import CarefulDialog
from app.language import translate as _
from app.parts.basic import column, isolated, label, note, row
from app.parts.text_box import text_box
from app.parts.text_field import TextField
from planning.case.edits.review import TEXT_LENGTH_MAX

WIDTH_PX = 480


class WithdrawDialog(CarefulDialog):
    """A text of at most 500 signs, name and role; `on_done` takes them and says whether it is."""

    def __init__(
        self, parent: QWidget, version: int, name: str, role: str,
        on_done: Callable[[str, str, str], bool],
    ) -> None:  # fmt: skip
        title = _("Withdraw version {n}").format(n=isolated(str(version)))
        super().__init__(parent, "withdraw_dialog", title, WIDTH_PX)
        self._on_done = on_done
        self._text = text_box("withdraw_text", _("Why it is withdrawn"), self._show_state)
        self._left = label("", 12, 400, "soft")
        self._name = TextField("withdraw_name", _("Your name"), name, on_change=self._show_state)
        self._role = TextField("withdraw_role", _("Your role"), role, on_change=self._show_state)
        cancel = self.action("withdraw_cancel", _("Cancel"), self.reject)
        self._apply = self.action("withdraw_apply", title, self._do, role="primary")
        why = _("Nobody shall use this version any more. This can't be taken back.")
        guide = _("The next package tells every receiver. Call who has this version already.")
        self.setLayout(
            column(
                label(title, 20, 600), note(why), 8,
                row(label(_("Why it is withdrawn"), 12, 600, "soft"), None, self._left),
                self._text, row(self._name, self._role), note(guide, "soft", 12), 16,
                row(None, cancel, self._apply), margins=(24, 24, 24, 24),
            )
        )  # fmt: skip
        layout = self.layout()
        assert layout is not None
        self.setFixedHeight(layout.totalHeightForWidth(WIDTH_PX))
        self._show_state()
        self._text.setFocus()

    def _show_state(self) -> None:
        if not hasattr(self, "_apply"):
            return
        text = self._text.toPlainText()
        self._left.setText(f"{len(text)} / {TEXT_LENGTH_MAX}")
        is_said = bool(text.strip()) and len(text) <= TEXT_LENGTH_MAX
        who = self._name.text.strip() and self._role.text.strip()
        self._apply.setEnabled(is_said and bool(who))

    def _do(self) -> None:
        if self._on_done(self._text.toPlainText(), self._name.text, self._role.text):
            self.accept()
