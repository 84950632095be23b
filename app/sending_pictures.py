"""The pictures that go with a package: drawn by the views' own painters, in a task."""

from dataclasses import replace
from itertools import chain
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.desk import Desk
from app.language import current, translate
from app.tasks import Task
from planning.case.case import Case, Kind, Touched
from planning.model.item import LpsPoint
from planning.model.trajectory import Trajectory
from segmentation.progress import Progress

KEY: Final = "pictures"
VIEWS: Final = ("axial", "coronal", "3d")
PAGE_PX: Final = (320, 320)
PACKAGE_PX: Final = (720, 720)
FIELD_MM: Final = 84.0
SOLID: Final = "3d"


def draw(case: Case, size_px: tuple[int, int], progress: Progress) -> dict[str, bytes]:
    """Return each view of the plan as PNG, with the marks that apply."""
    from viewers.still import Look, picture

    centre = plan_centre_lps_mm(case)
    look = Look(
        centre_lps_mm=centre,
        field_mm=None if centre is None else FIELD_MM,
        is_simulation=case.kind is Kind.SIMULATION,
        is_draft=not case.is_sealed,
        translate=translate,
    )
    drawn = {}
    for n, view in enumerate(VIEWS):
        progress(n, len(VIEWS))
        drawn[view] = picture(about_plan(case) if view == SOLID else case, (view,), size_px, look)
    progress(len(VIEWS), len(VIEWS))
    return drawn


def plan_centre_lps_mm(case: Case) -> LpsPoint | None:
    """Return where the plan is: where its first path enters, or its first point."""
    paths = (item.entry_lps_mm for item in case.plan.of(Trajectory))
    points = (place for item in case.plan.items for place in item.places_lps_mm)
    return next(chain(paths, points), None)


def about_plan(case: Case) -> Case:
    """Return the case with only those segments in sight that its plan is about, if it names any.

    Only for a picture from afar, where ribs in front would hide what was planned.
    """
    named = {one for item in case.plan.items for one in item.segment_ids}
    if not any(segment.id in named and not segment.mask.is_empty for segment in case.segments):
        return case
    shown = tuple(replace(one, is_visible=one.id in named) for one in case.segments)
    return replace(case, segments=shown)


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
        task = Task("", lambda progress: draw(case, PAGE_PX, progress), key=KEY, is_quiet=True)
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
