"""A plane that parts a segment."""

import math
from dataclasses import dataclass
from typing import ClassVar, Final

from planning.model.item import Item, LpsPoint, SegmentId
from segmentation.errors import Refusal

UNIT_TOLERANCE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class CutPlane(Item):
    """A cut through a point: what lies where `normal_lps` points to is removed, the rest is kept.

    The normal is kept with length 1.
    """

    kind: ClassVar[str] = "cut_plane"
    title: ClassVar[str] = "Cut plane"
    points: ClassVar[tuple[str, ...]] = ("point_lps_mm",)
    point_lps_mm: LpsPoint
    normal_lps: LpsPoint
    segment_id: SegmentId

    def __post_init__(self) -> None:
        """Refuse a normal without direction."""
        Item.__post_init__(self)
        normal = self._point(self.normal_lps)
        length = math.hypot(*normal)
        if length < UNIT_TOLERANCE:
            raise Refusal("plane-without-normal", item=self.name)
        if abs(length - 1.0) > UNIT_TOLERANCE:
            normal = (normal[0] / length, normal[1] / length, normal[2] / length)
        object.__setattr__(self, "normal_lps", normal)
