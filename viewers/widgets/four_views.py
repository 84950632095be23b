"""Four linked views of one case: three slices and the 3D view."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from planning.case.case import Case, SegmentId, Touched
from segmentation.grid import Point
from viewers.gestures.changes import changed
from viewers.gestures.intents import CrosshairMoved, SolidMode
from viewers.gestures.scene import PlanScene, Preview, Translate, untranslated
from viewers.pipelines.first_view import first_view
from viewers.pipelines.glass import Glass
from viewers.pipelines.journey import FIELD_MM, Journey, journey_of, solid_segments
from viewers.pipelines.plane import PlaneKind, Triple, triple
from viewers.pipelines.pose import STRAIGHT, Pose
from viewers.widgets.linked_views import LinkedViews, lay, sizes_of
from viewers.widgets.slice_view import SliceView
from viewers.widgets.zones import Zones

BY_CASE: Final = Touched.VOLUME | Touched.SEGMENTS | Touched.SEGMENT_LOOK | Touched.STUDY
BY_PLAN: Final = BY_CASE | Touched.PLAN
FINDING_MM: Final = 62.0
MARK_MS: Final = 2000


class FourViews(LinkedViews):
    """Shows a case with its plan and reports what the hand does; it never changes the case.

    `intent` carries one of `viewers.gestures.intents`, after the views have followed those that
    concern only them (crosshair, window, tool, layout); `probed` carries a `Probe`. The owner
    calls `shutdown` before the window goes.
    """

    def __init__(
        self,
        translate: Translate = untranslated,
        number: Translate = untranslated,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(translate, number, parent)
        self._solid_mode = SolidMode.SURFACES
        self._zones = Zones(self)
        self._zones.changed.connect(self._share_plan)
        self._glass = Glass()
        self._solid_before: frozenset[SegmentId] | None = None
        self._journey: Journey | None = None
        self._zones.changed.connect(self._settle)
        self.solid.content.changed.connect(self._settle)
        self._mark = QTimer(self)
        self._mark.setSingleShot(True)
        self._mark.setInterval(MARK_MS)
        self._mark.timeout.connect(self._thin_mark)

    def show_case(self, case: Case | None, touched: Touched = Touched.EVERYTHING) -> None:
        """Show a case; another volume opens at its first segment or bone, the body in sight."""
        former = self.scene.case
        is_new = case is not None and (former is None or former.volume is not case.volume)
        self.scene = replace(self.scene, case=case, is_loading=False)
        if is_new or case is None:
            self.scene = replace(self.scene, previews=(), pose=STRAIGHT)
            self.solid.content.propose(())
            self._show_glass(Glass())
            self._journey = None
        if touched & BY_CASE or is_new or case is None:
            self.solid.show_case(case, self._solid_mode)
        if case is not None and is_new:
            first = first_view(case, sizes_of(self.slices))
            self.scene = replace(self.scene, crosshair_lps_mm=first.crosshair_lps_mm)
            lay(self.slices, first)
        if touched & BY_PLAN or is_new or case is None:
            self._zones.show(case)
            self._share_plan()
        else:
            self.share()

    def show_loading(self) -> None:
        """Show grey lines in every view until `show_case`."""
        self.scene = replace(self.scene, is_loading=True)
        self.solid.show_loading()
        self.share()

    def show_preview(self, previews: tuple[Preview, ...]) -> None:
        """Draw what a tool would make, or nothing; in 3D it follows when its surface is built."""
        self.scene = replace(self.scene, previews=previews)
        self.solid.content.propose(previews)
        self.share()

    def show_plan(self, plan: PlanScene) -> None:
        """Choose how the plan's items are shown, and what else belongs to them."""
        has_new_mark = plan.mark_lps_mm not in {None, self.scene.plan.mark_lps_mm}
        self.scene = replace(self.scene, plan=plan)
        if has_new_mark:
            self.scene = replace(self.scene, is_mark_thin=False)
            self._mark.start()
        self._share_plan()

    def choose_segment(self, segment_id: SegmentId | None) -> None:
        """Fill this segment's outline lightly; None fills none."""
        self.scene = replace(self.scene, chosen=segment_id)
        self.share()

    def set_solid_mode(self, mode: SolidMode | str) -> None:
        """Choose what the 3D view shows."""
        self._solid_mode = SolidMode(mode)
        self.solid.show_case(self.scene.case, self._solid_mode)

    def set_region(self, region: str) -> None:
        """Choose the first 3D camera by body region ("shoulder", "spine", ...)."""
        self.solid.set_region(region)

    def set_glass(self, segment_ids: frozenset[SegmentId]) -> None:
        """Draw these segments as glass in the 3D view, all others as their opacity says.

        Partner bones of an item that is shown stay glass until `leave_item`.
        """
        self._show_glass(replace(self._glass, segment_ids=segment_ids))

    def show_item(
        self, points_lps_mm: tuple[Point | Triple, ...], *, field_mm: float = FIELD_MM
    ) -> None:
        """Show an item as its operation does: close by, its own bone solid, the others as glass.

        The crosshair is put on the first point, of a trajectory its entry; the slices, along the
        patient's axes, show the middle of all points on a width of `field_mm`, or more where the
        item is longer. The 3D view looks from outside the entry, from where it and the zones
        near it are seen most freely. The item is the plan's own that has these points, else the
        chosen one. No point shows nothing new.
        """
        case = self.scene.case
        if case is None or not points_lps_mm:
            return
        points = tuple(triple(point) for point in points_lps_mm)
        found = journey_of(case, points, self.scene.plan.chosen)
        journey = replace(found, field_mm=field_mm)
        self.scene = replace(self.scene, pose=STRAIGHT)
        self.scene = changed(self.scene, CrosshairMoved(journey.start_lps_mm))
        for name, view in self.slices.items():
            view.show_plane(journey.plane(PlaneKind(name), (view.width(), view.height())))
        self._show_glass(Glass(frozenset(), solid_segments(case, journey)))
        self.share()
        self._journey = journey if self._is_building else None
        self.solid.show_journey(journey)

    def leave_item(self) -> None:
        """Make the partner bones of an item solid again; slices and camera stay."""
        self._journey = None
        self._show_glass(replace(self._glass, solid=None))

    @property
    def is_looking_along(self) -> bool:
        """Whether the slices lie along and across a path."""
        return self.scene.pose.path is not None

    def look_along(self, start_lps_mm: Point | Triple, end_lps_mm: Point | Triple) -> None:
        """Turn the slices and the 3D view to a path; called again it follows the path.

        The first slice lies across the path, at its start; the two others hold it, 118 mm wide.
        The 3D view looks from outside the start towards the end, partner bones as glass. Depth and
        scale are kept when it follows. Raises ValueError when the points coincide.
        """
        former, pose = self.scene.pose.path, Pose.along(start_lps_mm, end_lps_mm)
        if pose.path is None:
            return
        place = pose.path.at(former.depth_mm(self.scene.crosshair_lps_mm) if former else 0.0)
        self._turn(pose, place)
        if former is None:
            ends = (triple(start_lps_mm), triple(end_lps_mm))
            journey = journey_of(self.scene.case, ends, self.scene.plan.chosen)
            _come_near(self.slices, journey)
            case, self._solid_before = self.scene.case, self._glass.solid
            solid = solid_segments(case, journey) if case is not None else None
            self._show_glass(replace(self._glass, solid=solid))
        self.solid.look_along(pose.path)

    def look_straight(self) -> None:
        """Lay the slices along the patient's axes again; the crosshair stays."""
        if self.is_looking_along:
            self._turn(STRAIGHT, self.scene.crosshair_lps_mm)
            self._show_glass(replace(self._glass, solid=self._solid_before))
            self.solid.look_back()

    def show_finding(self, lps_mm: Point | Triple) -> None:
        """Show a place closely: in the middle of all slices, in free sight in 3D, bone as glass."""
        place = triple(lps_mm)
        self._turn(STRAIGHT, place)
        for view in self.slices.values():
            field_px = max(1, min(view.width(), view.height()))
            view.show_plane(replace(view.plane, mm_per_px=FINDING_MM / field_px))
        case = self.scene.case
        if case is not None:
            self._show_glass(Glass(frozenset(segment.id for segment in case.segments)))
            self.solid.look_at(place)

    def shutdown(self) -> None:
        """Stop timers, join builds and finalise the 3D view; call it before closing."""
        self._mark.stop()
        self._zones.shutdown()
        super().shutdown()

    @property
    def is_waiting(self) -> bool:
        """Whether anything to show is still being built."""
        return self._zones.is_waiting or self.solid.is_waiting

    @property
    def _is_building(self) -> bool:
        """Whether a surface is still being made."""
        return self._zones.is_waiting or self.solid.content.is_waiting

    def _turn(self, pose: Pose, place_lps_mm: Triple) -> None:
        """Turn all slices, with a place in the middle of each and under the crosshair."""
        self.scene = replace(self.scene, pose=pose, crosshair_lps_mm=place_lps_mm)
        for view in self.slices.values():
            view.show_plane(pose.turned(view.plane).centred(place_lps_mm))
        self.share()

    def _show_glass(self, glass: Glass) -> None:
        """Let the 3D view show what is glass."""
        self._glass = glass
        self.solid.set_glass(glass)

    def _settle(self) -> None:
        """Look for the best eye again once all surfaces are ready."""
        if self._journey is not None and not self._is_building:
            journey, self._journey = self._journey, None
            self.solid.show_journey(journey, is_again=True)

    def _share_plan(self) -> None:
        """Let all views show the plan with the zones that are ready."""
        self.scene = replace(self.scene, zones=self._zones.regions)
        self.solid.show_plan(self.scene, self._zones.meshes)
        self.share()

    def _thin_mark(self) -> None:
        """Draw the ring of a finding thin, once it has been seen."""
        self.scene = replace(self.scene, is_mark_thin=True)
        self.share()


def _come_near(slices: Mapping[str, SliceView], journey: Journey) -> None:
    """Show the slices, as they lie, at a journey's scale."""
    for view in slices.values():
        scale = journey.mm_per_px((view.width(), view.height()))
        view.show_plane(replace(view.plane, mm_per_px=scale))
