"""The pictures that go with a package: drawn by the views' own painters, in a task."""

from typing import Final

from PySide6.QtCore import QObject, Signal

from app.desk import Desk
from app.drawing import drawn
from app.language import current
from app.tasks import Task
from planning.case.case import Case, Touched
from segmentation.progress import Progress

KEY: Final = "pictures"
VIEWS: Final = ("axial", "coronal", "3d")
PACKAGE_VIEWS: Final = (*VIEWS, "sagittal")
PAGE_PX: Final = (320, 320)
PACKAGE_PX: Final = (720, 720)


def draw(
    case: Case,
    views: tuple[str, ...],
    size_px: tuple[int, int],
    progress: Progress,
    *,
    is_draft: bool,
) -> dict[str, bytes]:
    """Return each view of the plan as PNG, with the marks that apply."""
    pictures = {}
    for n, view in enumerate(views):
        progress(n, len(views))
        pictures[view] = drawn(case, (view,), size_px, is_draft=is_draft)
    progress(len(views), len(views))
    return pictures


class Pictures(QObject):
    """The pictures of the case as it is; `changed` when they were drawn or are so no more."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._kept: tuple[Case, str, dict[str, bytes]] | None = None
        self._running_for: Case | None = None
        desk.bridge.changed.connect(self._follow)

    @property
    def shown(self) -> dict[str, bytes]:
        """The pictures of the case as it is, in the window's language; empty while unknown."""
        case = self._desk.case
        if self._kept is None or self._kept[0] is not case or self._kept[1] != current():
            return {}
        return self._kept[2]

    def want(self) -> None:
        """Draw the case as it is, unless that was done or is on its way."""
        case, spoken = self._desk.case, current()
        if case is None or self.shown or self._running_for is case:
            return

        def done(pictures: dict[str, bytes]) -> None:
            self._running_for = None
            self._kept = (case, spoken, pictures)
            self.changed.emit()

        def failed(error: Exception) -> None:
            self._running_for = None
            self._desk.fail(error)

        self._running_for = case
        task = Task("", lambda progress: _page(case, progress), key=KEY, is_quiet=True)
        self._desk.tasks.run(task, done, failed, lambda: self._desk.case is case)

    def stop(self) -> None:
        """Draw no more."""
        self._running_for = None
        self._desk.tasks.cancel_key(KEY)

    def _follow(self, case: Case | None, _touched: Touched) -> None:
        if self._running_for is not None and self._running_for is not case:
            self.stop()
        if self._kept is not None and self._kept[0] is not case:
            self._kept = None


def _page(case: Case, progress: Progress) -> dict[str, bytes]:
    """Draw what a package of the case will show: a sealed one is signed when its key is given."""
    return draw(case, VIEWS, PAGE_PX, progress, is_draft=not case.is_sealed)
