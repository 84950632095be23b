"""What the 3D view has to show: surfaces and volume pictures, built in the background."""

from collections.abc import Hashable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from planning.case.case import Case, Segment, SegmentId
from segmentation.grid import Point
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.progress import Progress
from viewers import palette
from viewers.gestures.intents import SolidMode
from viewers.pipelines.scene import Surface
from viewers.pipelines.segment_mesh import segment_mesh
from viewers.pipelines.volume_picture import VolumePicture
from viewers.widgets.builder import Builder, Make


class SolidContent(QObject):
    """Surfaces by mask and pictures by volume, kept by identity while the case holds them."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._case: Case | None = None
        self._wanted = SolidMode.SURFACES
        self._meshes: dict[BitMask, Mesh | None] = {}
        self._last: dict[SegmentId, Mesh] = {}
        self._pictures: dict[SolidMode, VolumePicture | None] = {}
        self._builder = Builder(self)
        self._builder.built.connect(self._take)

    @property
    def mode(self) -> SolidMode:
        """What is shown: bone as long as no segment has a voxel."""
        segments = self._case.segments if self._case is not None else ()
        if self._wanted is SolidMode.SURFACES and all(s.mask.is_empty for s in segments):
            return SolidMode.BONE
        return self._wanted

    @property
    def is_waiting(self) -> bool:
        """Whether something to show is still being built."""
        return self._builder.is_busy

    def show(self, case: Case | None, wanted: SolidMode) -> None:
        """Hold another case or mode; what is missing is built."""
        former = self._case
        if former is None or case is None or former.volume is not case.volume:
            self._meshes.clear()
            self._last.clear()
            self._pictures.clear()
        self._case, self._wanted = case, wanted
        masks = {segment.mask for segment in case.segments} if case is not None else set()
        self._meshes = {m: mesh for m, mesh in self._meshes.items() if m in masks}
        self._builder.want(self._jobs())

    def surfaces(self) -> tuple[Surface, ...]:
        """Return the visible surfaces, each the last one built for its segment."""
        if self._case is None or self.mode is not SolidMode.SURFACES:
            return ()
        shown = []
        for segment in self._case.segments:
            mesh = self._mesh(segment)
            if segment.is_visible and mesh is not None and mesh.triangles.size:
                shown.append(Surface(mesh, segment.colour, segment.opacity_ratio, palette.BONE))
        return tuple(shown)

    def picture(self) -> VolumePicture | None:
        """Return the volume's picture for the mode, None while there is none."""
        return self._pictures.get(self.mode)

    def corners_lps_mm(self) -> Point | None:
        """Return points that the first camera shall see, None for an empty view."""
        if self._case is None:
            return None
        surfaces = self.surfaces()
        if surfaces:
            return np.concatenate([_box(s.mesh.points_lps_mm) for s in surfaces])
        picture = self.picture()
        return picture.corners_lps_mm if picture is not None else None

    def shutdown(self) -> None:
        """Stop building and let go of everything."""
        self._builder.shutdown()
        self._case = None
        self._meshes.clear()
        self._last.clear()
        self._pictures.clear()

    def _mesh(self, segment: Segment) -> Mesh | None:
        """Return the segment's surface, or the one before it."""
        if segment.mask.is_empty:
            return None
        mesh = self._meshes.get(segment.mask)
        if mesh is not None:
            self._last[segment.id] = mesh
        return self._last.get(segment.id)

    def _jobs(self) -> dict[Hashable, Make]:
        """Return what the mode needs and is not there."""
        case = self._case
        if case is None:
            return {}
        if self.mode is not SolidMode.SURFACES:
            mode = self.mode
            has_picture = mode in self._pictures
            return {} if has_picture else {mode: partial(VolumePicture.make, case.volume, mode)}
        return {
            segment.mask: partial(_build, case, segment)
            for segment in case.segments
            if segment.is_visible and not segment.mask.is_empty and segment.mask not in self._meshes
        }

    def _take(self, key: object, result: object) -> None:
        """Keep what was built."""
        if isinstance(key, BitMask):
            self._meshes[key] = result if isinstance(result, Mesh) else None
        elif isinstance(key, SolidMode):
            self._pictures[key] = result if isinstance(result, VolumePicture) else None
        self.changed.emit()


def _build(case: Case, segment: Segment, progress: Progress) -> Mesh:
    """Return a segment's surface for the screen."""
    return segment_mesh(case.volume, segment, progress)


def _box(points_lps_mm: Point) -> Point:
    """Return the eight corners of the box around points."""
    ends = np.stack([points_lps_mm.min(axis=0), points_lps_mm.max(axis=0)])
    return np.array([[ends[c >> n & 1, n] for n in range(3)] for c in range(8)])
