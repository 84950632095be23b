"""Regions and surfaces of no-go zones, made in the background and kept while they are needed."""

from collections.abc import Hashable, Iterator
from functools import partial

from PySide6.QtCore import QObject, Signal

from planning.case.case import Case, SegmentId
from planning.model.item import ItemId
from planning.model.zone import NoGoZone
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from viewers.pipelines.zone import zone_mesh, zone_region
from viewers.widgets.builder import Builder, Make

Key = tuple[BitMask, float]


class Zones(QObject):
    """Each zone's region by (mask, margin); `changed` tells that another one is ready."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._case: Case | None = None
        self._regions: dict[Key, BitMask] = {}
        self._meshes: dict[BitMask, Mesh] = {}
        self._builder = Builder(self)
        self._builder.built.connect(self._take)

    @property
    def is_waiting(self) -> bool:
        """Whether a region or a surface is still being made."""
        return self._builder.is_busy

    @property
    def regions(self) -> dict[ItemId, BitMask]:
        """The regions that are ready."""
        return {i: self._regions[key] for i, key in self._keys() if key in self._regions}

    @property
    def meshes(self) -> dict[ItemId, Mesh]:
        """The surfaces that are ready."""
        return {i: self._meshes[r] for i, r in self.regions.items() if r in self._meshes}

    def show(self, case: Case | None) -> None:
        """Hold another case; what its zones need and is not there is made."""
        former = self._case
        if former is None or case is None or former.volume is not case.volume:
            self._regions.clear()
            self._meshes.clear()
        self._case = case
        keys = {key for _, key in self._keys()}
        self._regions = {k: region for k, region in self._regions.items() if k in keys}
        kept = set(self._regions.values())
        self._meshes = {r: mesh for r, mesh in self._meshes.items() if r in kept}
        self._want()

    def shutdown(self) -> None:
        """Stop and join; the last call."""
        self._builder.shutdown()
        self._case = None
        self._regions.clear()
        self._meshes.clear()

    def _keys(self) -> Iterator[tuple[ItemId, Key]]:
        """Yield each zone's mask and margin; a zone whose segment is gone or empty has none."""
        case = self._case
        if case is None:
            return
        masks: dict[SegmentId, BitMask] = {s.id: s.mask for s in case.segments}
        for zone in case.plan.of(NoGoZone):
            mask = masks.get(zone.segment_id)
            if mask is not None and not mask.is_empty:
                yield zone.id, (mask, zone.margin_mm)

    def _want(self) -> None:
        """Ask for the regions first, then for the surfaces of those that are ready."""
        case = self._case
        jobs: dict[Hashable, Make] = {}
        if case is not None:
            for _, (mask, margin_mm) in self._keys():
                key = (mask, margin_mm)
                if key not in self._regions:
                    jobs[key] = partial(zone_region, case.volume.grid, mask, margin_mm)
            for region in self._regions.values():
                if region not in self._meshes:
                    jobs[region] = partial(zone_mesh, case.volume, region)
        self._builder.want(jobs)

    def _take(self, key: object, result: object) -> None:
        """Keep what was made."""
        if isinstance(key, tuple) and isinstance(result, BitMask):
            self._regions[key] = result
            self._want()
        elif isinstance(key, BitMask) and isinstance(result, Mesh):
            self._meshes[key] = result
        self.changed.emit()
