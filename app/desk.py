"""What lies on the desk: one case at most, its history and file, what is chosen, what runs."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt

from app import settings as stored
from app.bridge import Bridge
from app.grip import Grip
from app.kept_surfaces import KeptSurfaces
from app.message import Message, of_error
from app.settings import Settings
from app.tasks import Task, Tasks, Work, always
from planning.case.case import Case, Segment, SegmentId, Touched
from planning.case.edits import AddSegment, Edit
from planning.case.file import CaseFile
from planning.case.history import History
from segmentation.area import EVERYWHERE
from segmentation.errors import Refusal
from segmentation.models import shelf


class Desk(QObject):
    """The only place of the window from which a case is changed."""

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        shelf.use(stored.models_place(settings))
        self.bridge = Bridge(self)
        self.tasks = Tasks(self)
        self.surfaces = KeptSurfaces()  # of the case that lies here, for whoever measures
        self.history: History | None = None
        self.file: CaseFile | None = None
        self.selected: SegmentId | None = None
        self.area = EVERYWHERE  # where tools may change voxels of the case that lies here
        self.grip = Grip(self._tried)
        self.saved_at = ""
        self._reopened = 0  # the sealed version that may be changed all the same
        self.recovered_n = 0  # edits that came back after a crash and nobody took note of yet
        self.bridge.changed.connect(self._keep_selection)
        self.bridge.written.connect(self._settle, Qt.ConnectionType.QueuedConnection)

    @property
    def case(self) -> Case | None:
        """The case as it is now; None on an empty desk."""
        return self.history.case if self.history is not None else None

    @property
    def can_edit(self) -> bool:
        """Whether there is a case that may be changed; a sealed one only as a new version."""
        is_locked = self.file is not None and self.file.is_read_only
        return self.history is not None and not is_locked and not self.is_closed_by_seal

    @property
    def is_closed_by_seal(self) -> bool:
        """Whether the plan is sealed and nobody asked for a new version of it."""
        case = self.case
        return case is not None and case.is_sealed and self._reopened != case.version

    def start_version(self) -> None:
        """Let a sealed plan be changed: the first edit makes the next draft."""
        case = self.case
        if case is not None and case.is_sealed:
            self._reopened = case.version
            self.bridge.changed.emit(case, Touched.REVIEW)

    @property
    def segment(self) -> Segment | None:
        """The chosen segment."""
        case = self.case
        if case is None or self.selected is None:
            return None
        return next((s for s in case.segments if s.id == self.selected), None)

    def lay(self, file: CaseFile) -> None:
        """Put an open case file on the desk in the place of the one before."""
        self.clear()
        self.file = file
        self.recovered_n = 0 if file.is_read_only else file.recovered_n
        self.history = History(file)
        self.keep(self.settings.with_recent(file.path))
        self._begin(self.history)

    def lay_case(self, case: Case) -> None:
        """Put a case on the desk that lives in memory only."""
        self.clear()
        self.history = History(case)
        self._begin(self.history)

    def _begin(self, history: History) -> None:
        self.bridge.attach(history)
        segments = history.case.segments
        self.selected = segments[0].id if segments else None
        self._settle()
        self.bridge.changed.emit(history.case, Touched.EVERYTHING)

    def clear(self) -> None:
        """Take the case off the desk; every edit is on the disk before this returns."""
        self.grip.drop()
        self.bridge.detach()
        history, self.history, self.file, self.selected = self.history, None, None, None
        self.saved_at, self.recovered_n, self._reopened = "", 0, 0
        self.surfaces = KeptSurfaces()
        self.area = EVERYWHERE
        if history is None:
            return
        self.bridge.changed.emit(None, Touched.EVERYTHING)
        try:
            history.close()
        except Refusal as refusal:
            self.bridge.say(of_error(refusal))

    def do(self, edit: Edit, title: str = "") -> bool:
        """Do one edit; what is refused is said in the panel. Return whether it was done.

        `title` names the step in the undo list in the place of the edit's own.
        """

        def step(history: History) -> None:
            if not title:
                history.do(edit)
                return
            with history.gesture(title):
                history.do(edit)

        is_done = self._tried(step)
        if is_done and isinstance(edit, AddSegment):
            self.select(edit.segment.id)
        return is_done

    def do_all(self, edits: Sequence[Edit], title: str) -> bool:
        """Do edits as one step called `title`, all or none; return whether it was done."""

        def step(history: History) -> None:
            with history.gesture(title):
                for edit in edits:
                    history.do(edit)

        return self._tried(step)

    def undo(self) -> bool:
        """Take the last edit back; a drag under way is dropped instead."""
        if self.grip.is_held:
            self.grip.drop()
            return True
        return self._tried(lambda history: history.undo())

    def redo(self) -> bool:
        """Do again what was taken back, unless a hand holds something."""
        if self.grip.is_held:
            return False
        return self._tried(lambda history: history.redo())

    def _tried(self, step: Callable[[History], object]) -> bool:
        if self.history is None:
            return False
        try:
            step(self.history)
        except Refusal as refusal:
            self.bridge.say(of_error(refusal))
            return False
        self.bridge.say(None)
        return True

    def _settle(self) -> None:
        """Take note of what reached the disk, or say what kept it from there."""
        if self.history is None or self.file is None or self.file.is_read_only:
            return
        refusal = self.history.settle()
        if refusal is not None:
            self.bridge.say(of_error(refusal))
        elif not self.history.unsaved_n:
            self.saved_at = time.strftime("%H:%M")
        self.bridge.settled.emit()

    def select(self, segment_id: SegmentId | None) -> None:
        """Choose a segment."""
        if segment_id != self.selected:
            self.selected = segment_id
            self.bridge.selected.emit()

    def _keep_selection(self, case: Case | None, _touched: Touched) -> None:
        if case is None or self.segment is not None:
            return
        self.select(case.segments[-1].id if case.segments else None)

    def work(
        self,
        title: str,
        work: Work,
        then: Callable[..., None],
        *,
        key: str = "",
        is_wanted: Callable[[], bool] = always,
    ) -> Task:
        """Run shown work; its failure is said in the panel."""
        return self.tasks.run(Task(title, work, key=key), then, self.fail, is_wanted)

    def fail(self, error: Exception) -> None:
        """Say in the panel what went wrong."""
        self.bridge.say(of_error(error))

    def say(self, text: str, tone: str = "soft") -> None:
        """Say one thing in the panel."""
        self.bridge.say(Message(text, tone))

    def keep(self, settings: Settings) -> None:
        """Keep the user's choices, on the disk too."""
        self.settings = settings
        shelf.use(stored.models_place(settings))
        stored.write(settings)

    def shutdown(self) -> None:
        """Stop the work, then close the case."""
        self.tasks.shutdown()
        self.clear()


def new_path(folder: Path, stem: str) -> Path:
    """Return a case file's path in `folder` that no file has yet."""
    n, path = 1, folder / f"{stem}.tasrif"
    while path.exists():
        n += 1
        path = folder / f"{stem}-{n}.tasrif"
    return path
