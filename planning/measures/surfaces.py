"""The surfaces that distances are measured to, with the bound of their error.

The accepted surface of a segment is its unsmoothed sub-voxel one. Balls of 5 and 15 mm and tubes
from twice the largest voxel distance on, with partial volume and noise of 25 HU, lay within 0.2 of
that distance (measured at 1.0/0.7/0.7 and 2.0/0.5/0.5 mm). What is thinner than two voxels looks
thinner than it is, by up to 0.6 of a voxel for tubes of half that: give it a margin. Where only the
mask tells the border (it was smoothed, grown, painted or came from elsewhere), the surface runs
half-way between voxels, and the truth lies within half a voxel's diagonal.
"""

import math
from dataclasses import dataclass, field

from planning.case.case import Case, Segment, SegmentId
from planning.geometry.surface import Surface, surface_of
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent
from segmentation.recipe import edge_hu, steps
from segmentation.surface import iso_surface
from segmentation.volume import Volume

SUB_VOXEL_RATIO = 0.2
BY_HAND = frozenset({"paint", "erase", "scissors", "live-wire", "flood", "cut", "split-joint"})
"""Tools that draw a border where the HU don't say one; beside it the rest keeps its own place."""


def sub_voxel_bound_mm(grid: Grid) -> float:
    """Return how far a sub-voxel surface may lie from the true one."""
    return SUB_VOXEL_RATIO * max(grid.spacing_kji_mm)


def mask_bound_mm(grid: Grid) -> float:
    """Return how far a mask's surface may lie from the true one: half a voxel's diagonal."""
    return math.hypot(*grid.spacing_kji_mm) / 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Accepted:
    """A segment's surface, the bound of its error, and whether only the mask tells it."""

    surface: Surface
    bound_mm: float
    is_mask_only: bool

    def surely_mm(self, distance_mm: float) -> float:
        """Return a measured margin, less the bound where the surface is a mask's only."""
        return distance_mm - self.bound_mm if self.is_mask_only else distance_mm


def accepted(volume: Volume, mask: BitMask, recipe: str, progress: Progress = silent) -> Accepted:
    """Return the surface of a mask that `recipe` made from `volume`.

    A border that a hand or a cut drew makes the whole count as a mask's, although the rest of it
    follows the HU: nobody knows which part of it a path comes near.
    """
    edge = edge_hu(recipe)
    is_mask_only = edge is None or any(step["tool"] in BY_HAND for step in steps(recipe))
    bound = mask_bound_mm if is_mask_only else sub_voxel_bound_mm
    mesh = iso_surface(volume, mask, edge, progress)
    return Accepted(surface_of(mesh), bound(volume.grid), is_mask_only)


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    volume: Volume
    mask: BitMask
    recipe: str
    accepted: Accepted


@dataclass(slots=True, eq=False)
class Surfaces:
    """Surfaces by segment, made when asked for and again when mask, recipe or volume differ.

    Keep one beside a case; it belongs to one thread at a time.
    """

    _kept: dict[SegmentId, _Kept] = field(default_factory=dict)

    def of(self, case: Case, segment: Segment, progress: Progress = silent) -> Accepted:
        """Return the segment's surface; surfaces of segments that left the case are let go."""
        there = {one.id for one in case.segments}
        for gone in [segment_id for segment_id in self._kept if segment_id not in there]:
            del self._kept[gone]
        kept = self._kept.get(segment.id)
        if (
            kept is None
            or kept.mask is not segment.mask
            or kept.recipe != segment.recipe
            or kept.volume is not case.volume
        ):
            made = accepted(case.volume, segment.mask, segment.recipe, progress)
            kept = _Kept(case.volume, segment.mask, segment.recipe, made)
            self._kept[segment.id] = kept
        return kept.accepted
