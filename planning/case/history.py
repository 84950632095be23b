"""The only door through which a case changes: do, undo, redo, gesture.

A history belongs to one thread, the window's. With a file, each step is written in the background:
the case is shown at once and counts as saved when `unsaved_n` is 0. When a step cannot be
written, the case goes back to the last state that the disk holds, and `lost` keeps the edits for
another try: what is on screen is never something that a restart would not bring back.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from planning.case.case import Case, Touched
from planning.case.edits import Edit, coalesced, done
from planning.case.file import CaseFile
from planning.case.journal import Act
from planning.case.outbox import Outbox
from planning.case.timeline import BYTES_MAX, STEPS_MAX, Timeline
from segmentation.errors import Refusal

Listener = Callable[[Case, Touched], None]


class History:
    """The present case and its steps, in memory and, with a file, on disk.

    Memory holds 200 steps or 256 MiB of masks; with a file, undo goes on from its journal.

    Parameters
    ----------
    start
        A case (memory only), or an open case file, which this history closes.
    steps_max, bytes_max
        How much memory holds; both count, and what goes first is the step furthest away.
    """

    def __init__(
        self, start: Case | CaseFile, *, steps_max: int = STEPS_MAX, bytes_max: int = BYTES_MAX
    ) -> None:
        self._limits = (steps_max, bytes_max)
        self._file = start if isinstance(start, CaseFile) else None
        self._timeline = start.timeline if isinstance(start, CaseFile) else Timeline(start)
        self._gesture: list[Edit] | None = None
        self._outbox = None if self._file is None else Outbox(self._file)
        self._listeners: list[Listener] = []
        self.lost: tuple[Edit, ...] = ()

    @property
    def case(self) -> Case:
        """The present case."""
        return self._timeline.case

    @property
    def undo_title(self) -> str | None:
        """The title of the step that `undo` takes back, None when there is none."""
        step = self._timeline.done
        return None if step is None else step.title

    @property
    def redo_title(self) -> str | None:
        """The title of the step that `redo` brings back, None when there is none."""
        step = self._timeline.undone
        return None if step is None else step.title

    @property
    def unsaved_n(self) -> int:
        """How many steps are shown that the disk is not known to hold."""
        return 0 if self._outbox is None else self._outbox.unsaved_n

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the case and what was touched after each step.

        Returns
        -------
        Callable
            Ends the listening.
        """
        self._listeners.append(listener)
        return partial(self._stop_telling, listener)

    def when_written(self, callback: Callable[[], None] | None) -> None:
        """Call `callback`, on the writer's thread, whenever a step was written or failed.

        It shall do no more than make the history's own thread call `settle`.
        """
        if self._outbox is not None:
            self._outbox.on_written = callback

    def do(self, edit: Edit) -> Case:
        """Apply `edit` and return the new case; one that changes nothing leaves no step.

        Raises
        ------
        Refusal
            When the case does not allow the edit.
        Unavailable
            When the file cannot be written, or an earlier step was not; the case then went back.
        """
        self._check_door()
        case = done(edit, self.case)
        if case is self.case:
            return case
        if self._gesture is not None:
            self._gesture.append(edit)
            self._timeline = replace(self._timeline, case=case)
        else:
            before = self._timeline
            self._timeline = self._within_limits(before.did(edit.title, (edit,), case))
            self._write(before, Act.DO, edit.title, (edit,))
        self._tell(edit.touches)
        return case

    @contextmanager
    def gesture(self, title: str) -> Iterator[None]:
        """Make one step, called `title`, of all edits inside; an exception takes them all back.

        Listeners hear of each edit; only what the gesture ends with is kept and written.
        """
        self._check_door()
        if self._gesture is not None:
            raise RuntimeError("a gesture inside a gesture")
        before, edits = self._timeline, list[Edit]()
        self._gesture = edits
        try:
            yield
        except BaseException:
            self._gesture = None
            self._timeline = before
            self._tell(_touched(edits))
            raise
        self._gesture = None
        self._end_gesture(title, before, coalesced(edits))

    def undo(self) -> bool:
        """Take the last step back; False when there is none."""
        return self._move(is_undo=True)

    def redo(self) -> bool:
        """Bring the last undone step back; False when there is none."""
        return self._move(is_undo=False)

    def settle(self) -> Refusal | None:
        """Take note of what was written; return what went wrong, None when all is well.

        After a failure the case is the last one that the disk holds.
        """
        if self._gesture is not None:
            return None  # a drag is not torn from the hand; its end will tell
        failure = None if self._outbox is None else self._outbox.settle()
        if failure is None:
            return None
        self._timeline = failure.before
        self.lost = failure.edits
        self._tell(Touched.EVERYTHING)
        if not isinstance(failure.error, Refusal):
            raise failure.error
        return failure.error

    def flush(self) -> None:
        """Wait until all is written.

        Raises
        ------
        Unavailable
            When something could not be written; the case went back to what the disk holds.
        """
        if self._outbox is not None:
            self._outbox.wait()
        self._raise_failure()

    def close(self) -> None:
        """Write what is left and close the file; what `flush` raises is raised after closing."""
        try:
            self.flush()
        finally:
            if self._file is not None:
                self._file.close()

    def _end_gesture(self, title: str, before: Timeline, edits: tuple[Edit, ...]) -> None:
        try:
            self._raise_failure()
        except Refusal:
            self.lost += edits
            raise
        if edits:
            self._timeline = self._within_limits(before.did(title, edits, self.case))
            self._write(before, Act.DO, title, edits)
            self._tell(Touched.NOTHING)

    def _move(self, *, is_undo: bool) -> bool:
        self._check_door()
        if self._gesture is not None:
            raise RuntimeError("undo inside a gesture")
        before = self._timeline
        step = before.done if is_undo else before.undone
        if step is None:
            return False
        timeline = before.undid() if is_undo else before.redid()
        if self._file is not None:
            timeline = replace(timeline, case=self._file.fetch(timeline.case, before.case))
        self._timeline = self._within_limits(timeline)
        self._write(before, Act.UNDO if is_undo else Act.REDO, step.title, ())
        try:
            if (self._timeline.done if is_undo else self._timeline.undone) is None:
                self._reach_deeper()
        finally:
            self._tell(step.touches)
        return True

    def _reach_deeper(self) -> None:
        """Read again from the file the steps that memory let go of."""
        if self._file is not None and self._timeline.is_cut:
            self.flush()
            self._timeline = self._within_limits(replace(self._file.steps(), case=self.case))

    def _within_limits(self, timeline: Timeline) -> Timeline:
        return timeline.within(*self._limits)

    def _write(self, before: Timeline, act: Act, title: str, edits: tuple[Edit, ...]) -> None:
        self.lost = ()
        if self._outbox is not None:
            self._outbox.send(act, title, edits, before)

    def _check_door(self) -> None:
        """Raise before anything changes when nothing can be written."""
        self._raise_failure()
        if self._file is not None and self._file.refusal is not None:
            raise self._file.refusal

    def _raise_failure(self) -> None:
        failure = self.settle()
        if failure is not None:
            raise failure

    def _stop_telling(self, listener: Listener) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def _tell(self, touched: Touched) -> None:
        for listener in tuple(self._listeners):
            listener(self.case, touched)


def _touched(edits: list[Edit]) -> Touched:
    touched = Touched.NOTHING
    for edit in edits:
        touched |= edit.touches
    return touched
