"""The Check step's panel: what blocks, what warns, what passed, and the seal."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QBoxLayout, QDialog, QWidget

from app.dialogs.reason import ReasonDialog
from app.dialogs.seal import SealDialog
from app.dialogs.withdraw import WithdrawDialog
from app.dispatcher import Dispatcher
from app.language import translate as _
from app.panels.check_lists import Answers, guide_words
from app.parts.basic import Slot, button, column, isolated, note, picture, row
from app.parts.finding_card import FindingActions
from app.parts.panel import Panel
from app.reviewing import Reviewing, Standing
from planning.case.case import Case, Touched

if TYPE_CHECKING:
    from planning.checks.finding import PlanFinding

SETTLE_MS = 120


class CheckPanel(Panel):
    """Shows the checkup of the case as it is; while there is none it says so (HAZ-35)."""

    def __init__(self, reviewing: Reviewing, dispatcher: Dispatcher) -> None:
        super().__init__("check", _("Check"), "", reviewing.stop)
        self._reviewing, self._desk = reviewing, reviewing.desk
        self._dispatcher = dispatcher
        self._shows_all = False
        self._answers: Answers | None = None
        self._list = Slot()
        self.body.addWidget(self._list)
        self.body.addStretch(1)
        self._lock = self._make_lock()
        self.footer.add(self._lock)
        self._version = button("new_version", _("New version"), self._start_version,
                               sign="report", height=36)  # fmt: skip
        self.footer.add(self._version)
        self._withdraw = button("withdraw_version", _("Withdraw this version"),
                                lambda: self._run("withdraw_version"), role="link")  # fmt: skip
        self.footer.add(self._withdraw)
        self.footer.set_action("seal_plan", _("Seal the plan"), self._act)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(SETTLE_MS)
        self._wait.timeout.connect(self._want)
        reviewing.changed.connect(self.show_answers)
        reviewing.seal_asked.connect(self._ask_seal)
        reviewing.withdraw_asked.connect(self._ask_withdrawal)
        self.show_answers()

    def _run(self, name: str) -> None:
        self._dispatcher.run(name)

    def _start_version(self) -> None:
        self._run("new_version")
        self.window().setFocus()  # the button is gone: the focus would fall to the rail

    def _make_lock(self) -> QWidget:
        self._lock_words = note("", "soft", 12)
        self._lock_words.setObjectName("seal_closed")
        line = row(picture("lock", "soft", 16), self._lock_words)
        line.setStretch(1, 1)
        whole = QWidget()
        whole.setLayout(line)
        return whole

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Check the plan when somebody comes to look."""
        super().showEvent(event)
        self._wait.start()

    def show_case(self, case: Case | None, touched: Touched) -> None:
        """Check again what has changed, as soon as hands rest."""
        self.show_answers()
        if self.isVisible():
            self._wait.start()

    def _want(self) -> None:
        if self.isVisible() and self._reviewing.standing is Standing.UNKNOWN:
            self._reviewing.want()

    def show_answers(self) -> None:
        """Show what is known about the case as it is."""
        case, checkup = self._desk.case, self._reviewing.checkup
        self.show_guide(guide_words(self._reviewing))
        self._answers = None
        if case is None:
            words = _("No case is open")
            self._list.fill(self._nothing(words, "open", _("Open a CT"), "step_open"))
        elif checkup is not None:
            can_reason = self._desk.can_edit and not case.is_sealed
            does = FindingActions(self._take_there, self._ask_reason if can_reason else None)
            self._answers = Answers(checkup, does, self._show_all, shows_all=self._shows_all)
            self._answers.pick(self._reviewing.chosen)
            self._list.fill(column(self._answers))
        elif self._reviewing.standing is Standing.RUNNING:
            self._list.fill(column(8, note(_("Checking the plan. Nothing is known yet."))))
        else:
            words = _("Nothing is known about the plan as it is")
            self._list.fill(self._nothing(words, "check", _("Check again"), "check_plan"))
        self._show_footer(case)
        # After the layout has found its heights, or wrapped words would be squeezed for a moment.
        QTimer.singleShot(0, self, self.fit_body)

    def _nothing(self, words: str, sign: str, action: str, command: str) -> QBoxLayout:
        go = button(f"check_{command}", action, lambda: self._run(command), sign=sign)
        title = note(words, "text", 14)
        return column(12, title, row(go, None))

    def _show_footer(self, case: Case | None) -> None:
        is_closed = self._desk.is_closed_by_seal
        why = self._why_closed(case)
        self._lock_words.setText(why)
        self._lock.setVisible(bool(why) and case is not None)
        self._version.setVisible(is_closed)
        self._withdraw.setVisible(is_closed and bool(self._reviewing.sealing.withdrawable))
        self.footer.show_action_at_all(is_shown=case is not None)
        if is_closed:
            words = _("Hand over the plan")
            can = case is not None and not case.is_withdrawn
            self.footer.show_action(is_enabled=can, sign="package", words=words)
        else:
            can = self._reviewing.can_seal
            self.footer.show_action(is_enabled=can, sign="seal", words=_("Seal the plan"))

    def _why_closed(self, case: Case | None) -> str:
        if case is None or self._reviewing.can_seal:
            return ""
        if case.is_sealed:
            return self._why_sealed(case)
        if not self._desk.can_edit:
            return _("This case is open to be read only, so it can't be sealed here.")
        if self._reviewing.checkup is None:
            return _("Sealing opens when the plan has been checked.")
        return _("Sealing opens when nothing blocks.")

    def _why_sealed(self, case: Case) -> str:
        gone = case.withdrawal_of(case.version)
        if gone is not None:
            words = _("Version {n} was withdrawn by {by}: {reason}")
            n = isolated(str(case.version))
            return words.format(n=n, by=isolated(gone.by), reason=isolated(gone.text))
        if self._desk.is_closed_by_seal:
            text = _("Version {n} is sealed. Changes belong to a new version.")
        else:
            text = _("Nothing has changed since version {n} was sealed.")
        return text.format(n=isolated(str(case.version)))

    def _act(self) -> None:
        self._run("step_hand_over" if self._desk.is_closed_by_seal else "seal_plan")

    def _take_there(self, finding: "PlanFinding") -> None:
        self._reviewing.choose(finding)
        self._run("take_to_finding")

    def _show_all(self) -> None:
        self._shows_all = not self._shows_all
        self.show_answers()

    def _ask_reason(self, finding: "PlanFinding") -> None:
        self._reviewing.choose(finding)
        name = self._desk.settings.signer_name
        self._open(ReasonDialog(self.window(), finding, name, self._reviewing.give_reason))

    def _ask_seal(self) -> None:
        if self._reviewing.can_seal:
            self._open(SealDialog(self.window(), self._reviewing, self._sealed))

    def _ask_withdrawal(self) -> None:
        sealing, settings = self._reviewing.sealing, self._desk.settings
        version = sealing.withdrawable
        if version:
            done = partial(sealing.withdraw, version)
            names = settings.signer_name, settings.signer_role
            self._open(WithdrawDialog(self.window(), version, *names, done))

    def _open(self, dialog: QDialog) -> None:
        # The link that asked is made anew by the edit: without this the focus falls to the rail.
        dialog.finished.connect(lambda _code: self.window().setFocus())
        dialog.open()

    def _sealed(self) -> None:
        self._run("step_hand_over")
