"""The review: the checkup of the case as it is, never of one that has moved on (HAZ-35)."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.desk import Desk
from app.language import translate as _
from app.sealing import Sealing
from app.stage import Stage
from app.tasks import Task
from planning.case.case import Case, Touched
from planning.case.edits import GiveReason
from segmentation.errors import Refusal
from segmentation.finding import Severity
from segmentation.progress import Progress

if TYPE_CHECKING:
    from planning.checks.finding import Checkup, PlanFinding

KEY = "check"


class Standing(StrEnum):
    """What is known about the case as it is."""

    UNKNOWN = "unknown"
    RUNNING = "running"
    FAILED = "failed"
    KNOWN = "known"


class Reviewing(QObject):
    """`changed` when something that the panel shows did; `seal_asked` when a person wants to seal.

    A checkup belongs to one case object and one day. As soon as either moves on there is none,
    until another check has run to its end.
    """

    changed = Signal()
    seal_asked = Signal()
    withdraw_asked = Signal()

    def __init__(self, desk: Desk, stage: Stage) -> None:
        super().__init__(desk)
        self.desk = desk
        self._stage = stage
        self.sealing = Sealing(desk)
        self._checked: tuple[Case, date, Checkup] | None = None
        self._task: Task | None = None
        self._running_for: Case | None = None
        self._has_failed = False
        self.chosen: PlanFinding | None = None
        desk.bridge.changed.connect(self._follow)
        desk.tasks.changed.connect(self._note_stop)

    @property
    def checkup(self) -> "Checkup | None":
        """The answers about the case as it is today; None while nobody knows."""
        if self._checked is None:
            return None
        case, day, checkup = self._checked
        return checkup if case is self.desk.case and day == datetime.now(UTC).date() else None

    @property
    def standing(self) -> Standing:
        """What is known about the case as it is."""
        if self.checkup is not None:
            return Standing.KNOWN
        if self._task is not None:
            return Standing.RUNNING
        return Standing.FAILED if self._has_failed else Standing.UNKNOWN

    @property
    def blocks(self) -> bool:
        """Whether something is known to keep the seal closed."""
        return self.checkup is not None and bool(self.checkup.blocks)

    @property
    def warns(self) -> bool:
        """Whether a warning is known that nobody has answered with a reason."""
        found = () if self.checkup is None else self.checkup.findings
        return any(one.severity is Severity.WARN and one.reason is None for one in found)

    @property
    def is_passed(self) -> bool:
        """Whether the case as it is was checked, and nothing blocks."""
        return self.checkup is not None and not self.checkup.blocks

    @property
    def can_seal(self) -> bool:
        """Whether the plan may be sealed now."""
        case = self.desk.case
        return self.is_passed and self.desk.can_edit and case is not None and not case.is_sealed

    def want(self) -> None:
        """Check the case as it is, unless that was done or is on its way."""
        case = self.desk.case
        if case is None or self.checkup is not None or self._running_for is case:
            return
        today = datetime.now(UTC).date()

        def work(progress: Progress) -> "Checkup":
            from planning.checks import check_plan

            with self.desk.surfaces.held(progress) as surfaces:
                return check_plan(case, surfaces, today, progress)

        def done(checkup: "Checkup") -> None:
            self._end()
            self._checked = (case, today, checkup)
            self.changed.emit()

        def failed(error: Exception) -> None:
            self._end()
            self._has_failed = True
            self.desk.fail(error)
            self.changed.emit()

        self._has_failed = False
        # Before it runs: `tasks.changed` asks for it at once.
        task = Task(_("Checking the plan"), work, key=KEY)
        self.desk.tasks.cancel_key(KEY)
        self._task, self._running_for = task, case
        self.desk.tasks.run(task, done, failed, lambda: self._running_for is case)
        self.changed.emit()

    def stop(self) -> None:
        """Stop the check; nothing is known then."""
        self.desk.tasks.cancel_key(KEY)

    def choose(self, finding: "PlanFinding | None") -> None:
        """Mark one finding as the one that is looked at."""
        self.chosen = finding
        self.changed.emit()

    def give_reason(self, finding: "PlanFinding", text: str, name: str) -> bool:
        """Record why the plan goes on although `finding` stands; an edit that undo takes back."""
        from planning.checks.reasons import reason_for

        settings = self.desk.settings
        at = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            reason = reason_for(finding, text.strip(), name.strip(), at)
        except Refusal as refusal:
            self.desk.fail(refusal)
            return False
        is_done = self.desk.do(GiveReason(reason))
        if is_done and settings.signer_name != name.strip():
            self.desk.keep(replace(settings, signer_name=name.strip()))
        return is_done

    def _end(self) -> None:
        self._task, self._running_for = None, None

    def _note_stop(self) -> None:
        """Know nothing more when somebody stopped the check."""
        if self._task is not None and self._task.is_cancelled:
            self._end()
            self.changed.emit()

    def _follow(self, case: Case | None, _touched: Touched) -> None:
        """Forget what was known about another case than this one."""
        before = self._known
        if self._running_for is not None and self._running_for is not case:
            self.stop()
        if self._checked is not None and self._checked[0] is not case:
            former = self._checked[2].findings
            self._checked = None if case is None else _again(self._checked, case)
            # A reason changes nothing of what is looked at: the views stay with the finding.
            now = () if self._checked is None else self._checked[2].findings
            pairs = zip(former, now, strict=False)
            self.chosen = next((new for old, new in pairs if old is self.chosen), None)
        self._has_failed = False
        if self._known != before:
            self.changed.emit()

    @property
    def _known(self) -> tuple[int, ...]:
        """Tell apart what is known from what was known before."""
        parts = self._task, self._checked, self._has_failed, self.chosen
        return tuple(map(id, parts))


def _again(
    checked: "tuple[Case, date, Checkup]", case: Case
) -> "tuple[Case, date, Checkup] | None":
    """Return the checkup with the reasons of `case` where it differs in nothing that is checked."""
    from planning.checks.reasons import reasoned

    former, day, checkup = checked
    own = (f.name for f in fields(Case) if f.name not in ("reasons", "withdrawals"))
    if any(getattr(case, name) is not getattr(former, name) for name in own):
        return None
    bare = (replace(finding, reason=None) for finding in checkup.findings)
    found = tuple(reasoned(finding, case.reasons) for finding in bare)
    return case, day, replace(checkup, findings=found)
