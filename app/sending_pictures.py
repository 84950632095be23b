"""The pictures that go with a package: drawn by the views' own painters, in a task."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.desk import Desk
from app.language import current, translate
from app.tasks import Task
from planning.case.case import Case, Kind, Touched
from segmentation.progress import Progress

KEY: Final = "pictures"
VIEWS: Final = ("axial", "coronal", "3d")
SIZE_PX: Final = (640, 840)


def draw(case: Case, progress: Progress) -> dict[str, bytes]:
    """Return each view of the plan as PNG, with the marks that apply."""
    from viewers.still import Look, picture

    look = Look(
        centre_lps_mm=plan_centre_lps_mm(case),
        is_simulation=case.kind is Kind.SIMULATION,
        is_draft=not case.is_sealed,
        translate=translate,
    )
    drawn = {}
    for n, view in enumerate(VIEWS):
        progress(n, len(VIEWS))
        drawn[view] = picture(case, (view,), SIZE_PX, look)
    progress(len(VIEWS), len(VIEWS))
    return drawn


def plan_centre_lps_mm(case: Case) -> tuple[float, float, float] | None:
    """Return where the plan is: the first point of its first item that has one."""
    for item in case.plan.items:
        for place in item.places_lps_mm:
            return (float(place[0]), float(place[1]), float(place[2]))
    return None


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
        task = Task("", lambda progress: draw(case, progress), key=KEY, is_quiet=True)
        self._desk.tasks.run(task, done, failed, lambda: self._desk.case is case)

    def drawn(self, case: Case) -> Callable[[Progress], dict[str, bytes]]:
        """Return what gives the pictures of `case` to a task: those there are, or new ones."""
        there = self.shown if case is self._desk.case else {}
        return lambda progress: there or draw(case, progress)

    def stop(self) -> None:
        """Draw no more."""
        self._running_for = None
        self._desk.tasks.cancel_key(KEY)

    def _follow(self, case: Case | None, _touched: Touched) -> None:
        if self._running_for is not None and self._running_for is not case:
            self.stop()
        if self._kept is not None and self._kept[0] is not case:
            self._kept = None
