"""A straight path of a drill, a screw or a needle."""

from dataclasses import dataclass
from typing import ClassVar, Final

from planning.model.item import Item, LpsPoint, SegmentId, require_apart, require_within

SHORTEST_MM: Final = 1.0
THINNEST_MM: Final = 0.1
THICKEST_MM: Final = 50.0


@dataclass(frozen=True, slots=True)
class Trajectory(Item):
    """A cylinder with flat ends from entry to target, as wide as the tool.

    `segment_id` is the bone that it shall stay in, None where there is none.
    """

    kind: ClassVar[str] = "trajectory"
    title: ClassVar[str] = "Trajectory"
    points: ClassVar[tuple[str, ...]] = ("entry_lps_mm", "target_lps_mm")
    entry_lps_mm: LpsPoint
    target_lps_mm: LpsPoint
    diameter_mm: float
    segment_id: SegmentId | None = None

    def __post_init__(self) -> None:
        """Refuse a path without direction and a diameter no tool has."""
        Item.__post_init__(self)
        require_apart(self, self.entry_lps_mm, self.target_lps_mm, SHORTEST_MM)
        diameter = require_within(self, "diameter_mm", self.diameter_mm, THINNEST_MM, THICKEST_MM)
        object.__setattr__(self, "diameter_mm", diameter)
