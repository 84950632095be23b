"""Which segments are glass, and how they look then."""

from dataclasses import dataclass
from typing import Final

from planning.case.case import Segment, SegmentId
from segmentation.mesh import Mesh
from viewers import palette
from viewers.pipelines.scene import Surface

HIDING: Final = 0.5


@dataclass(frozen=True, slots=True)
class Glass:
    """What is glass in the 3D view: nothing at first.

    `segment_ids` are glass; `solid` (None: all) are those that alone stay solid beside them: all
    others are partner bones, thin glass in a colour of their own; grey context is thinner still.
    """

    segment_ids: frozenset[SegmentId] = frozenset()
    solid: frozenset[SegmentId] | None = None

    def dressed(self, mesh: Mesh, segment: Segment, needed: frozenset[SegmentId]) -> Surface:
        """Return a segment as it shall look; glass that no item needs stands farther back."""
        opacity, colour = segment.opacity_ratio, segment.colour
        if self._is_partner(segment):
            if palette.material_of(colour) is palette.NEIGHBOUR:
                return Surface(mesh, colour, min(opacity, palette.CONTEXT_OPACITY), palette.PARTNER)
            opacity = min(opacity, palette.PARTNER_OPACITY)
            return Surface(mesh, palette.PARTNER_COLOUR, opacity, palette.PARTNER)
        if segment.id not in self.segment_ids:
            return Surface(mesh, colour, opacity, palette.material_of(colour))
        if segment.id in needed or not needed:
            return Surface(mesh, colour, min(opacity, palette.GLASS_OPACITY), palette.GLASS)
        return Surface(mesh, colour, min(opacity, palette.PARTNER_OPACITY), palette.PARTNER)

    def hides(self, segment: Segment) -> bool:
        """Whether what lies behind a segment can't be seen through it."""
        is_glass = segment.id in self.segment_ids
        is_clear = is_glass or self._is_partner(segment)
        return not is_clear and segment.opacity_ratio > HIDING

    def _is_partner(self, segment: Segment) -> bool:
        """Whether a segment steps back for the item; vessels and tumours never do."""
        is_other = self.solid is not None and segment.id not in self.solid
        return is_other and segment.colour.upper() not in palette.KEPT_SOLID
