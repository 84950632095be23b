"""The seal: what will be sealed, typed code and side, who seals, with which key."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QPushButton, QWidget

from app import figures, picking
from app.dialogs.careful import CarefulDialog
from app.language import translate as _
from app.language import translate_n
from app.parts.basic import column, framed, isolated, label, note, picture, row, tint
from app.parts.key_form import KeyAsks, KeyForm
from app.parts.text_field import TextField
from app.reviewing import Reviewing
from app.sealing import KeyFile, Signature, practice_key_file
from app.tasks import Task
from planning.case.case import Case, Kind
from segmentation.errors import Refusal
from segmentation.finding import Severity

if TYPE_CHECKING:
    from planning.checks.finding import Checkup

WIDTH_PX = 540
SPARE_PX = 8


class SealDialog(CarefulDialog):
    """Opens its button only when code and side are typed and everything else is given."""

    def __init__(
        self, parent: QWidget, reviewing: Reviewing, on_sealed: Callable[[], object]
    ) -> None:
        super().__init__(parent, "seal_dialog", _("Seal the plan"), WIDTH_PX)
        case, checkup = reviewing.desk.case, reviewing.checkup
        assert case is not None
        assert checkup is not None
        self._case, self._on_sealed = case, on_sealed
        self._desk, self._sealing = reviewing.desk, reviewing.sealing
        self._task: Task | None = None
        self._make_fields(case)
        self._make_foot()
        guide = _("You stand for this version with your name. A later change makes a new version.")
        self.setLayout(
            column(
                label(_("Seal the plan"), 20, 600), note(guide), facts(case, checkup), 4,
                self._confirm, row(self._name, self._role), self._keys, self._passphrase,
                None, self._line, self._bar, self._foot,
                gap=10, margins=(24, 20, 24, 20),
            )
        )  # fmt: skip
        self._keys.show_key(self._sealing.offered_key)
        reviewing.changed.connect(self._close_when_moved)
        self._confirm.setFocus()
        self.say("")
        self._show_state()
        # One height for all that may stand in it: nothing moves while somebody types.
        layout = self.layout()
        assert layout is not None
        self.setFixedHeight(layout.totalHeightForWidth(WIDTH_PX) + SPARE_PX)

    def _make_fields(self, case: Case) -> None:
        from planning.exchange.seal import confirmation

        settings = self._desk.settings
        words = _("To confirm, type the code and the side: {words}")
        title = words.format(words=isolated(confirmation(case)))
        self._confirm = TextField("seal_confirm", title, on_change=self._show_state)
        self._confirm.line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._name = TextField(
            "seal_name", _("Your name"), settings.signer_name, on_change=self._show_state
        )
        self._role = TextField(
            "seal_role", _("Your role"), settings.signer_role, on_change=self._show_state
        )
        self._passphrase = TextField(
            "seal_passphrase", _("Passphrase of the key"), is_secret=True,
            on_change=self._show_state,
        )  # fmt: skip
        is_practice = case.kind is Kind.SIMULATION
        place = practice_key_file if is_practice else self._ask_place
        asks = KeyAsks(self._ask_key, place, self._make_key, self._make_button)
        self._keys = KeyForm(asks, self._show_state, is_practice=is_practice)

    def _make_button(
        self, name: str, text: str, on_click: Callable[[], object], role: str
    ) -> QPushButton:
        return self.action(name, text, on_click, role=role)

    def _make_foot(self) -> None:
        self._sign = QLabel()
        self._sign.setPixmap(picture("blocked", "block", 16).pixmap())
        self._sign.setFixedSize(16, 16)
        self._words = note("", "soft", 12)
        self._words.setObjectName("seal_message")
        self._line = QWidget()
        line = row(column(self._sign, None, gap=0), self._words)
        line.setStretch(1, 1)
        self._line.setLayout(line)
        # A place of its own, so that nothing moves when something is said.
        self._line.setMinimumHeight(34)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(4)
        cancel = self.action("seal_cancel", _("Cancel"), self.reject)
        version = isolated(str(self._case.version))
        words = _("Seal version {n}").format(n=version)
        self._apply = self.action("seal_apply", words, self._seal, role="primary", sign="seal")
        self._foot = QWidget()
        self._foot.setLayout(row(None, cancel, self._apply))

    @property
    def is_confirmed(self) -> bool:
        """Whether code and side of this very case are typed."""
        from planning.exchange.seal import confirmed

        try:
            confirmed(self._case, self._confirm.text)
        except Refusal:
            return False
        return True

    def _show_state(self) -> None:
        if not hasattr(self, "_apply"):
            return
        key = self._keys.key
        is_given = bool(
            self.is_confirmed and self._name.text.strip() and self._role.text.strip()
            and key is not None and key.fingerprint and self._passphrase.text
        )  # fmt: skip
        is_free = self._task is None and not self._keys.is_making
        self._apply.setEnabled(is_given and is_free)
        self._passphrase.setVisible(not self._keys.is_making)
        self._bar.setVisible(self._task is not None)

    def say(self, text: str, tone: str = "block") -> None:
        """Say one thing over the buttons; nothing for an empty text."""
        self._words.setText(text)
        tint(self._words, tone)
        self._sign.setVisible(bool(text) and tone == "block")

    def _ask_key(self) -> Path | None:
        path = picking.ask_key_file(self, self._key_folder())
        return path if path is not None and self.take_key(path) else None

    def take_key(self, path: Path) -> bool:
        """Return whether the file may seal this case, and say so where it may not."""
        if self._sealing.accepts(path):
            self.say("")
            return True
        self.say(_("This key is for practice. Choose your own key for a patient's plan."))
        return False

    def _ask_place(self) -> Path | None:
        return picking.ask_new_key_file(self, self._key_folder() / "signing-key.json")

    def _key_folder(self) -> Path:
        last = self._desk.settings.key_file
        return Path(last).parent if last else self._desk.settings.handover_folder()

    def _make_key(self, path: Path, passphrase: str) -> None:
        self.say(_("Making the key"), "soft")
        self._task = self._sealing.make_key(path, passphrase, self._made, self._failed)
        self._show_state()

    def _made(self, key: KeyFile) -> None:
        self._task = None
        self.say(_("The key is made. Type its passphrase to seal."), "soft")
        self._keys.show_key(key)
        self._passphrase.setFocus()

    def _seal(self) -> None:
        key = self._keys.key
        if key is None or not self._apply.isEnabled():
            return
        given = Signature(
            self._confirm.text, self._name.text, self._role.text, key.path, self._passphrase.text
        )
        self._passphrase.clear()
        self.say(_("Checking once more and sealing"), "soft")
        self._task = self._sealing.seal(given, self._done, self._failed)
        self._show_state()

    def _done(self) -> None:
        self._task = None
        self.accept()
        self._on_sealed()

    def _failed(self, words: str) -> None:
        self._task = None
        self.say(words)
        self._keys.show_key(self._keys.key)
        self._show_state()
        self._passphrase.setFocus()

    def _close_when_moved(self) -> None:
        """Close when the plan is another one than what the dialog tells of."""
        if self._desk.case is not self._case and self._task is None and self.isVisible():
            self.reject()

    def reject(self) -> None:
        """Stop what runs and close; nothing is sealed."""
        task, self._task = self._task, None
        if task is not None:
            self._desk.tasks.cancel(task)
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stop what runs."""
        self.reject()
        event.accept()


def facts(case: Case, checkup: "Checkup") -> QWidget:
    """Return a card with what will be sealed: whose plan, which version, how much of what."""
    who = case.identity
    name = figures.person(who.name) or _("De-identified")
    born = _("born {date}").format(date=isolated(figures.date_of(who.birth_date)))
    warned = sum(f.severity is Severity.WARN and f.reason is None for f in checkup.findings)
    stood = sum(f.reason is not None for f in checkup.findings)
    found = [translate_n("{n} passed", "{n} passed", len(checkup.passed))]
    if warned:
        found.append(translate_n("{n} warning", "{n} warnings", warned))
    if stood:
        found.append(translate_n("{n} with a reason", "{n} with reasons", stood))
    holds = (
        translate_n("{n} plan item", "{n} plan items", len(case.plan.items)),
        translate_n("{n} segment", "{n} segments", len(case.segments)),
    )
    lines = (
        ("code", _("Code"), isolated(who.code)),
        ("side", _("Side"), figures.side_words(case.side)),
        ("patient", _("Patient"), f"{name}, {born}"),
        ("version", _("Version"), isolated(str(case.version))),
        ("content", _("Content"), " · ".join(holds)),
        ("checks", _("Checks"), " · ".join(found)),
    )
    grid = QGridLayout()
    grid.setContentsMargins(12, 10, 12, 10)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    for n, (key, title, text) in enumerate(lines):
        value = label(text, 13, 600 if key in ("code", "side") else 400)
        value.setObjectName(f"seal_fact_{key}")
        grid.addWidget(label(title, 12, 400, "soft"), n, 0)
        # Beside its title in every language, whichever way its own words run.
        grid.addWidget(value, n, 1, Qt.AlignmentFlag.AlignLeft)
    grid.setColumnStretch(1, 1)
    return framed("card", grid)
