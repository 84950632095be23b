"""From a path to a case on the desk: scan, choose, declare the side, load; or practise."""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal

from app.desk import Desk, new_path
from app.language import translate as _
from app.message import Message, of_error
from app.settings import cache_folder
from app.tasks import Task, Work
from planning.case import file as case_files
from planning.case.case import Case, Side
from planning.case.file import CaseFile
from segmentation.errors import Refusal
from segmentation.progress import Progress

if TYPE_CHECKING:
    from segmentation.io.scan import Scan, SeriesFound

PHANTOM_EDITION: Final = "2"
KEY: Final = "opening"
STALE: Final = "case-lock-stale"


class Phase(Enum):
    """How far the way to a case is."""

    IDLE = auto()
    SCANNING = auto()
    CHOOSING = auto()
    LOADING = auto()


class Opening(QObject):
    """What the Open step knows; `changed` after each step, `done` when a case lies on the desk."""

    changed = Signal()
    done = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.desk = desk
        self.phase = Phase.IDLE
        self.scan: Scan | None = None
        self.picked: SeriesFound | None = None
        self.side: Side | None = None
        self.is_deidentified = False
        self.code = self._free_code = ""
        self.target = Path()
        self.may_replace = False

    @property
    def is_busy(self) -> bool:
        """Whether something is being read."""
        return self.phase in (Phase.SCANNING, Phase.LOADING)

    def open_path(self, path: Path) -> None:
        """Open a case, or look for series in a folder, ZIP or image file."""
        self.desk.bridge.say(None)
        if path.suffix.lower() == ".tasrif" and path.is_file():
            self.open_case(path)
            return
        self._move(Phase.SCANNING)

        def work(progress: Progress) -> object:
            from segmentation.io.scan import scan

            return scan(path, progress)

        self._run(_("Reading the files"), work, self._choose)

    def open_case(self, path: Path, *, take_over: bool = False) -> None:
        """Open a case file; what keeps it from being written is said and it opens to be read.

        `take_over` takes the case from a machine that was not heard of; a person asked for it.
        """
        self.desk.bridge.say(None)
        self._move(Phase.LOADING)

        def work(progress: Progress) -> CaseFile:
            return _believed(case_files.open_case(path, take_over=take_over))

        self._run(_("Opening the case"), work, self._lay, CaseFile.close)

    def _choose(self, found: "Scan") -> None:
        self.scan = found
        usable = [series for series in found.series if is_usable(series)]
        self.side = None
        # Never remembered: a clinical case must not lose its patient by an answer of last week.
        self.is_deidentified = False
        stem = time.strftime("case-%Y%m%d-%H%M")
        self._free_code = stem.upper()
        self.target = new_path(self.desk.settings.cases_folder(), stem)
        self.may_replace = False
        self.phase = Phase.CHOOSING
        self.pick(usable[0] if usable else None)

    def pick(self, series: "SeriesFound | None") -> None:
        """Choose a series; its patient id is the code to begin with."""
        self.picked = series
        if series is not None:
            self.code = self._first_code(series)
        self.changed.emit()

    def declare(self, side: Side) -> None:
        """Take the side to operate from a person."""
        self.side = side
        self.changed.emit()

    def keep_person(self, *, is_kept: bool) -> None:
        """Take whether the case may know its patient; a code nobody typed follows the answer."""
        series = self.picked
        is_own_code = series is not None and self.code != self._first_code(series)
        self.is_deidentified = not is_kept
        if series is not None and not is_own_code:
            self.code = self._first_code(series)
        self.changed.emit()

    def call_it(self, code: str) -> None:
        """Take what the case shall be called on screen and on paper."""
        self.code = code
        self.changed.emit()

    def aim(self, target: Path, *, may_replace: bool) -> None:
        """Take where the case shall be saved."""
        self.target, self.may_replace = target, may_replace
        self.changed.emit()

    @property
    def can_start(self) -> bool:
        """Whether everything that must be answered is answered."""
        is_answered = self.side is not None and bool(self.code.strip())
        return self.phase is Phase.CHOOSING and self.picked is not None and is_answered

    def start(self, *, is_view_only: bool = False, is_regularised: bool = False) -> None:
        """Load the chosen series and make its case file."""
        series, side = self.picked, self.side
        if series is None or side is None:
            return
        target, may_replace, code = self.target, self.may_replace, self.code
        is_deidentified = self.is_deidentified
        self._move(Phase.LOADING)

        def work(progress: Progress) -> CaseFile:
            from planning.case.intake import case_from_loaded
            from segmentation.io.load import load

            loaded = load(series, progress, view_only=is_view_only, regularise=is_regularised)
            case = case_from_loaded(loaded, side, code, is_deidentified=is_deidentified)
            target.parent.mkdir(parents=True, exist_ok=True)
            return case_files.create(target, case, force=may_replace, progress=progress)

        self._run(_("Loading the series"), work, self._lay, _take_back)

    def _first_code(self, series: "SeriesFound") -> str:
        """Return the code to begin with: the patient id, unless nothing may say who it is."""
        patient_id = "" if self.is_deidentified else series.header.patient.patient_id
        return patient_id or self._free_code

    def practise(self, name: str) -> None:
        """Open a fresh practice case of a phantom; the first time it is built and kept."""
        target = new_path(self.desk.settings.cases_folder(), f"SIM-{name}")
        self._move(Phase.LOADING)

        def work(progress: Progress) -> CaseFile:
            kept = cache_folder() / f"{name}-{PHANTOM_EDITION}.tasrif"
            if not kept.is_file():
                _keep_phantom(name, kept, progress)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kept, target)
            return case_files.open_case(target)

        self._run(_("Building the phantom"), work, self._lay, _take_back)

    def cancel(self) -> None:
        """Stop what runs; the state before it is back."""
        self.desk.tasks.cancel_key(KEY)
        is_chosen = self.phase is Phase.LOADING and self.scan is not None
        self._move(Phase.CHOOSING if is_chosen else Phase.IDLE)

    def leave(self) -> None:
        """Go back to the empty page."""
        self.desk.tasks.cancel_key(KEY)
        self.scan = self.picked = None
        self.desk.bridge.say(None)
        self._move(Phase.IDLE)

    def _run(
        self,
        title: str,
        work: Work,
        then: Callable[[Any], None],
        discard: Callable[[Any], object] | None = None,
    ) -> None:
        is_chosen = self.phase is Phase.LOADING and self.scan is not None
        before = Phase.CHOOSING if is_chosen else Phase.IDLE
        task = Task(title, work, key=KEY, discard=discard)
        self.desk.tasks.run(task, then, lambda error: self._fail(error, before))

    def _lay(self, file: CaseFile) -> None:
        self.scan = self.picked = None
        self._move(Phase.IDLE)
        self.desk.lay(file)
        self.done.emit()
        if file.refusal is not None:
            self.desk.bridge.say(_why_to_read_only(file.refusal))

    def _fail(self, error: Exception, before: Phase) -> None:
        self._move(before)
        self.desk.bridge.say(of_error(error))

    def _move(self, phase: Phase) -> None:
        self.phase = phase
        self.changed.emit()


def _why_to_read_only(refusal: Refusal) -> Message:
    """Return why a case opened to be read; a lock that nobody keeps alive can be taken over."""
    message = of_error(refusal)
    if refusal.code != STALE:
        return message
    return replace(message, command="take_over", link=_("Take it over"))


def _believed(file: CaseFile) -> CaseFile:
    """Return the file, unless it calls a plan sealed that nobody sealed (HAZ-25)."""
    from planning.exchange.export import is_as_sealed

    case = file.case
    if case.is_sealed and not is_as_sealed(case):
        file.close()
        raise Refusal("seal-broken", version=case.version)
    return file


def _take_back(file: CaseFile) -> None:
    """Close and remove a new case file that nobody wanted any more when it was ready."""
    file.close()
    file.path.unlink(missing_ok=True)


def can_regularise(series: "SeriesFound") -> bool:
    """Return whether resampling mends all that keeps a series from being planned on."""
    from segmentation.finding import Severity
    from segmentation.io.verdict import REGULARISABLE

    blocking = {f.code for f in series.findings if f.severity is Severity.BLOCK}
    return bool(blocking) and blocking <= REGULARISABLE


def is_usable(series: "SeriesFound") -> bool:
    """Return whether a series can be opened in any way."""
    return series.outcome.value != "refused" or can_regularise(series)


def _keep_phantom(name: str, kept: Path, progress: Progress) -> None:
    """Build a phantom's practice case and keep it whole, or not at all."""
    from planning.phantoms.phantom import build_phantom
    from planning.phantoms.practice import practice_case

    case: Case = practice_case(build_phantom(name, progress=progress))
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_name(f"draft-{kept.name}")
    case_files.create(draft, case, force=True).close()
    draft.replace(kept)
