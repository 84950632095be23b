"""The surfaces of segments and proposals that the 3D view has: quick ones first, then fine ones."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, NamedTuple

from planning.case.case import Case, Segment, SegmentId
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.thinning import KeptBricks
from viewers import palette
from viewers.gestures.scene import Preview
from viewers.pipelines.quick_mesh import coarse_mesh, patched_mesh
from viewers.pipelines.scene import Surface
from viewers.pipelines.segment_mesh import segment_mesh
from viewers.widgets.builder import Make

PROPOSAL_OPACITY: Final = 0.55
FADED_OPACITY: Final = 0.16


class Quick(NamedTuple):
    """The key of a surface that is built before the fine one of the same mask."""

    mask: BitMask


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """What is on screen for a segment."""

    mask: BitMask
    mesh: Mesh


@dataclass(slots=True, eq=False)
class SegmentSurfaces:
    """Surfaces by mask, kept by identity while case or proposals hold the mask.

    After an edit a segment keeps its last surface until a quick one is there, then the fine one.
    """

    previews: tuple[Preview, ...] = ()
    _fine: dict[BitMask, Mesh | None] = field(default_factory=dict)
    _quick: dict[BitMask, Mesh | None] = field(default_factory=dict)
    _last: dict[SegmentId, _Shown] = field(default_factory=dict)
    _kept: dict[SegmentId, KeptBricks] = field(default_factory=dict)
    _proposed: dict[int, Mesh] = field(default_factory=dict)

    def forget(self) -> None:
        """Let go of everything, as for another case."""
        self.previews = ()
        for kept in (self._fine, self._quick, self._last, self._kept, self._proposed):
            kept.clear()

    def keep(self, segments: Iterable[Segment]) -> None:
        """Let go of what neither these segments nor the proposals need."""
        there = tuple(segments)
        masks = {segment.mask for segment in there}
        proposed = {preview.mask for preview in self.previews}
        self._fine = {m: mesh for m, mesh in self._fine.items() if m in masks}
        self._quick = {m: mesh for m, mesh in self._quick.items() if m in masks | proposed}
        ids = {segment.id for segment in there}
        for gone in self._kept.keys() - ids:
            del self._kept[gone]
        for gone in self._last.keys() - ids:
            del self._last[gone]

    def propose(self, previews: tuple[Preview, ...]) -> None:
        """Hold other proposals; each keeps the surface of the one before it until its own comes."""
        self.previews = previews
        self._proposed = {n: m for n, m in self._proposed.items() if n < len(previews)}

    def mesh(self, segment: Segment) -> Mesh | None:
        """Return the segment's best surface, or that of the mask before it."""
        mask = segment.mask
        if mask.is_empty:
            return None
        mesh = self._fine.get(mask) or self._quick.get(mask)
        if mesh is not None:
            self._last[segment.id] = _Shown(mask, mesh)
        last = self._last.get(segment.id)
        return None if last is None else last.mesh

    def is_missing(self, segment: Segment) -> bool:
        """Whether the fine surface is still to come."""
        return segment.mask not in self._fine

    def proposals(self) -> Iterator[Surface]:
        """Yield the surfaces of the proposals, see-through; one without a voxel has none."""
        for n, preview in enumerate(self.previews):
            mesh = self._quick.get(preview.mask) or self._fine.get(preview.mask)
            if preview.mask.is_empty:
                self._proposed.pop(n, None)
            elif mesh is not None:
                self._proposed[n] = mesh
            if n in self._proposed and self._proposed[n].triangles.size:
                colour = preview.colour
                yield Surface(self._proposed[n], colour, PROPOSAL_OPACITY, palette.GLASS)

    def faded(self, segment: Segment, surface: Surface) -> Surface:
        """Return a segment's surface, hardly seen while a proposal would take its place."""
        if segment.id not in {preview.segment_id for preview in self.previews}:
            return surface
        return replace(surface, opacity_ratio=min(surface.opacity_ratio, FADED_OPACITY))

    def jobs(self, case: Case, shown: Iterable[Segment]) -> dict[Hashable, Make]:
        """Return what is missing: proposals, quick surfaces of what was edited, then fine ones."""
        jobs: dict[Hashable, Make] = {}
        for preview in self.previews:
            if preview.mask not in self._quick and not preview.mask.is_empty:
                jobs[Quick(preview.mask)] = partial(coarse_mesh, case.volume, preview.mask)
        missing = [segment for segment in shown if self.is_missing(segment)]
        for segment in missing:
            last = self._last.get(segment.id)
            if last is not None and segment.mask not in self._quick:
                patch = partial(patched_mesh, case.volume, segment, last.mask, last.mesh)
                jobs[Quick(segment.mask)] = patch
        for segment in missing:
            kept = self._kept.setdefault(segment.id, KeptBricks())
            jobs[segment.mask] = partial(segment_mesh, case.volume, segment, kept=kept)
        return jobs

    def take(self, key: object, result: object) -> bool:
        """Keep what was built; return whether the key was one of `jobs`."""
        mesh = result if isinstance(result, Mesh) else None
        if isinstance(key, Quick):
            self._quick[key.mask] = mesh
        elif isinstance(key, BitMask):
            self._fine[key] = mesh
            self._quick.pop(key, None)
        else:
            return False
        return True
