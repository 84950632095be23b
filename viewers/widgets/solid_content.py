"""What the 3D view has to show: surfaces and volume pictures, built in the background."""

from collections.abc import Hashable, Iterator
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from planning.case.case import Case, Segment
from planning.model.zone import NoGoZone
from segmentation.grid import Point
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from viewers.gestures.intents import SolidMode
from viewers.gestures.scene import Preview
from viewers.pipelines.coverage import corners_lps_mm, voxel_box
from viewers.pipelines.glass import Glass
from viewers.pipelines.plan_solids import PlanSolids
from viewers.pipelines.scene import Surface
from viewers.pipelines.volume_picture import VolumePicture
from viewers.widgets.builder import Builder, Make
from viewers.widgets.segment_surfaces import SegmentSurfaces


class SolidContent(QObject):
    """Surfaces by mask and pictures by volume, kept by identity while the case holds them."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._case: Case | None = None
        self._wanted = SolidMode.SURFACES
        self._held = SegmentSurfaces()
        self._boxes: dict[BitMask, Point] = {}
        self._pictures: dict[SolidMode, VolumePicture | None] = {}
        self._glass = Glass()
        self.plan = PlanSolids()
        self._builder = Builder(self)
        self._builder.built.connect(self._take)

    @property
    def mode(self) -> SolidMode:
        """What is shown: bone as long as no segment and no proposal has a voxel."""
        segments = self._case.segments if self._case is not None else ()
        is_bare = all(s.mask.is_empty for s in segments) and not self._has_proposals
        if self._wanted is SolidMode.SURFACES and is_bare:
            return SolidMode.BONE
        return self._wanted

    @property
    def _has_proposals(self) -> bool:
        """Whether a proposal has a voxel."""
        return not all(preview.mask.is_empty for preview in self._held.previews)

    @property
    def is_waiting(self) -> bool:
        """Whether something to show is still being built."""
        return self._builder.is_busy

    @property
    def subject(self) -> tuple[object, ...]:
        """What the first camera looks at: while it stays equal, the view stays too."""
        case = self._case
        if case is None:
            return ()
        segments = self._shown() if self._wanted is SolidMode.SURFACES else ()
        mode = SolidMode.BONE if self._wanted is SolidMode.SURFACES and not segments else self.mode
        return (case.volume, mode, case.side, *(segment.id for segment in segments))

    def show(self, case: Case | None, wanted: SolidMode) -> None:
        """Hold another case or mode; what is missing is built."""
        former = self._case
        if former is None or case is None or former.volume is not case.volume:
            self._held.forget()
            self._pictures.clear()
        self._case, self._wanted = case, wanted
        segments = case.segments if case is not None else ()
        masks = {segment.mask for segment in segments}
        self._held.keep(segments)
        self._boxes = {m: box for m, box in self._boxes.items() if m in masks}
        self._builder.want(self._jobs())

    def propose(self, previews: tuple[Preview, ...]) -> None:
        """Show what a tool would make, see-through; what was being built before it is stopped."""
        if not previews and not self._held.previews:
            return
        self._held.propose(previews)
        if self._case is not None:
            self._held.keep(self._case.segments)
        self._builder.want(self._jobs())
        self.changed.emit()

    def surfaces(self) -> tuple[Surface, ...]:
        """Return the visible surfaces, each the last one built for its segment."""
        if self._case is None or self.mode is not SolidMode.SURFACES:
            return ()
        segments = (surface for _, surface in self._segments())
        return (*segments, *self._held.proposals(), *self.plan.surfaces)

    def meshes(self) -> tuple[Mesh, ...]:
        """Return the surfaces of the visible segments that are ready."""
        return tuple(surface.mesh for _, surface in self._segments())

    def hiding_meshes(self) -> tuple[Mesh, ...]:
        """Return those of them that hide what lies behind; a zone's own segment does not."""
        zones = {zone.segment_id for zone in self._case.plan.of(NoGoZone)} if self._case else set()
        return tuple(
            surface.mesh
            for segment, surface in self._segments()
            if self._glass.hides(segment) and segment.id not in zones
        )

    def set_glass(self, glass: Glass) -> bool:
        """Choose what is glass; return whether that is new."""
        former, self._glass = self._glass, glass
        return former != glass

    def set_plan(self, plan: PlanSolids) -> bool:
        """Hold other surfaces of the plan; return whether they look different."""
        former, self.plan = self.plan, plan
        return former.looks != plan.looks

    def _segments(self) -> Iterator[tuple[Segment, Surface]]:
        """Yield the visible segments with their surfaces."""
        for segment in self._shown():
            mesh = self._held.mesh(segment)
            if mesh is not None and mesh.triangles.size:
                surface = self._glass.dressed(mesh, segment, self.plan.segment_ids)
                yield segment, self._held.faded(segment, surface)

    def picture(self) -> VolumePicture | None:
        """Return the volume's picture for the mode, None while there is none.

        While the first surfaces are still being built the bone stands in for them.
        """
        if self.mode is not SolidMode.SURFACES:
            return self._pictures.get(self.mode)
        return self._pictures.get(SolidMode.BONE) if self._lacks_surfaces() else None

    @property
    def is_stand_in(self) -> bool:
        """Whether `picture` stands in for surfaces, so that no graphics card need be asked."""
        return self.mode is SolidMode.SURFACES and self.picture() is not None

    def corners_lps_mm(self) -> Point | None:
        """Return points that the first camera shall see, None for an empty view."""
        if self._case is None:
            return None
        shown = self._shown()
        if self.mode is SolidMode.SURFACES:
            if not (self.surfaces() or self.picture()):
                return None
            return self._bounds_lps_mm(shown)
        picture = self.picture()
        return picture.corners_lps_mm if picture is not None else None

    def _bounds_lps_mm(self, shown: tuple[Segment, ...]) -> Point:
        """Return the corners of the segments, of the scan where only proposals are there."""
        if not shown and self._case is not None:
            return self._case.volume.grid.corners_lps_mm
        return np.concatenate([self._box(segment.mask) for segment in shown])

    def shutdown(self) -> None:
        """Stop building and let go of everything."""
        self._builder.shutdown()
        self._case = None
        self._held.forget()
        self._boxes.clear()
        self._pictures.clear()

    def _shown(self) -> tuple[Segment, ...]:
        """Return the segments that are visible and have a voxel."""
        segments = self._case.segments if self._case is not None else ()
        return tuple(s for s in segments if s.is_visible and not s.mask.is_empty)

    def _lacks_surfaces(self) -> bool:
        """Whether no surface is there yet and one is still to come."""
        shown = self._shown()
        if any(self._held.mesh(s) for s in shown) or any(self._held.proposals()):
            return False
        return self._has_proposals or any(self._held.is_missing(s) for s in shown)

    def _box(self, mask: BitMask) -> Point:
        """Return the corners of the mask's box, looked for once."""
        if mask not in self._boxes and self._case is not None:
            self._boxes[mask] = corners_lps_mm(self._case.volume.grid, voxel_box(mask))
        return self._boxes[mask]

    def _jobs(self) -> dict[Hashable, Make]:
        """Return what the mode needs and is not there."""
        case = self._case
        if case is None:
            return {}
        jobs: dict[Hashable, Make] = {}
        needs_bone = self.mode is SolidMode.SURFACES and self._lacks_surfaces()
        mode = SolidMode.BONE if needs_bone else self.mode
        if mode is not SolidMode.SURFACES and mode not in self._pictures:
            jobs[mode] = partial(VolumePicture.make, case.volume, mode)
        if self.mode is SolidMode.SURFACES:
            jobs |= self._held.jobs(case, self._shown())
        return jobs

    def _take(self, key: object, result: object) -> None:
        """Keep what was built."""
        if not self._held.take(key, result) and isinstance(key, SolidMode):
            self._pictures[key] = result if isinstance(result, VolumePicture) else None
        self.changed.emit()


def looks_of(content: SolidContent) -> tuple[object, ...]:
    """Return what is drawn: while it stays equal, the picture stays too."""
    surfaces = ((s.mesh, s.colour, s.opacity_ratio, s.material) for s in content.surfaces())
    return (*content.subject, content.picture(), *surfaces)
