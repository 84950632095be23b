"""Steps on their way from the screen to the disk."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from planning.case.edits import Edit
from planning.case.file import CaseFile
from planning.case.journal import Act
from planning.case.timeline import Timeline


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """Steps that did not reach the disk: why, where to go back to, and what they were."""

    error: BaseException
    before: Timeline
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    """A step on its way, and where to go back to should it not arrive."""

    written: Future[str]
    before: Timeline
    edits: tuple[Edit, ...]


class Outbox:
    """What a history has sent to its file and not yet heard of; it belongs to one thread.

    Attributes
    ----------
    on_written
        Called without arguments, on the writer's thread, whenever a step was written or failed.
    """

    def __init__(self, file: CaseFile) -> None:
        self._file = file
        self._pending: deque[_Pending] = deque()
        self.on_written: Callable[[], None] | None = None

    @property
    def unsaved_n(self) -> int:
        """How many steps the disk is not known to hold."""
        return sum(
            not step.written.done() or step.written.exception() is not None
            for step in self._pending
        )

    def send(self, act: Act, title: str, edits: tuple[Edit, ...], before: Timeline) -> None:
        """Have a step written; `before` is the timeline it leads away from."""
        written = self._file.append(act, title, edits)
        self._pending.append(_Pending(written, before, edits))
        written.add_done_callback(self._report)

    def settle(self) -> Failure | None:
        """Take note of what was written; return what failed, None when all is well.

        After a failure nothing is on its way any more, and the file takes steps again.
        """
        while self._pending and self._pending[0].written.done():
            error = self._pending[0].written.exception()
            if error is not None:
                return self._given_up(error)
            self._pending.popleft()
        return None

    def wait(self) -> None:
        """Wait until nothing is on its way; `settle` then tells how it went."""
        for step in self._pending:
            step.written.exception()

    def _given_up(self, error: BaseException) -> Failure:
        self.wait()
        steps = list(self._pending)
        self._pending.clear()
        self._file.resume()
        edits = tuple(edit for step in steps for edit in step.edits)
        return Failure(error, steps[0].before, edits)

    def _report(self, written: Future[str]) -> None:
        callback = self.on_written
        if callback is not None:
            callback()
