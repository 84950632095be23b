"""Segments of a file into the case on the desk: read beside the window, laid as one step."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.bringing import TITLE, edits_for
from app.desk import Desk
from app.language import translate as _
from app.message import Message, of_error, of_finding
from app.parts.basic import isolated
from app.tasks import Task
from segmentation.errors import Refusal
from segmentation.finding import Severity
from segmentation.progress import Progress

if TYPE_CHECKING:
    from planning.case.bringing import Brought

KEY: Final = "bring-in"
ASKS_UNIT: Final = "mesh-size-asked"


class Importing:
    """Reads one file at a time; `ask_unit(question, then)` lets a person say a surface's unit."""

    def __init__(self, desk: Desk, ask_unit: Callable[[str, Callable[[str], None]], None]) -> None:
        self.desk = desk
        self._ask_unit = ask_unit

    def look(self, path: Path, then: Callable[[bool], None]) -> None:
        """Tell whether a file that is dropped on the open case holds segments for it.

        It is looked at beside the window: the readers of every format are imported for it.
        """
        case = self.desk.case
        if case is None or not self.desk.can_edit:
            then(False)
            return

        def work(_progress: Progress) -> bool:
            from segmentation.io.incoming_segments import offers_segments

            return offers_segments(path)

        task = Task(_("Reading the files"), work, key=KEY)
        self.desk.tasks.run(task, then, self.desk.fail, lambda: self.desk.case is case)

    def start(self, path: Path, unit: str = "") -> Task | None:
        """Read the segments of a file; they are dropped when another case lies here by then."""
        case = self.desk.case
        if case is None or not self.desk.can_edit:
            return None
        self.desk.bridge.say(None)

        def work(progress: Progress) -> "Brought":
            from planning.case.bringing import Wish, bring

            return bring(case, path, Wish(unit=unit), progress)

        def is_wanted() -> bool:
            now = self.desk.case
            return now is not None and now.volume is case.volume

        def failed(error: Exception) -> None:
            self._failed(error, path, unit)

        task = Task(_("Reading the segments"), work, key=KEY)
        return self.desk.tasks.run(task, self._take, failed, is_wanted)

    def _take(self, brought: "Brought") -> None:
        case = self.desk.case
        if case is None:
            return
        try:
            edits = edits_for(case, brought)
        except Refusal as refusal:
            self.desk.fail(refusal)
            return
        if self.desk.do_all(edits, TITLE):
            self.desk.bridge.say(_told(brought))

    def _failed(self, error: Exception, path: Path, unit: str) -> None:
        """Ask for the unit where that is the question; else say what went wrong."""
        if isinstance(error, Refusal) and error.code == ASKS_UNIT and not unit:
            self._ask_unit(of_error(error).text, lambda answer: self._start_again(path, answer))
        self.desk.fail(error)

    def _start_again(self, path: Path, unit: str) -> None:
        self.start(path, unit)


def _told(brought: "Brought") -> Message:
    """Return what came in, and every finding that a person must look at."""
    names = ", ".join(isolated(arrival.name) for arrival in brought.arrivals)
    text = _("Imported: {names}").format(names=names)
    findings = brought.all_findings
    words = " ".join([text, *(of_finding(finding) for finding in findings)])
    is_warning = any(finding.severity is not Severity.INFO for finding in findings)
    return Message(words, "warn" if is_warning else "ok")
