"""The distance of two points."""

from dataclasses import dataclass
from typing import ClassVar, Final

from planning.model.item import Item, LpsPoint, require_apart

SHORTEST_MM: Final = 0.01


@dataclass(frozen=True, slots=True)
class Distance(Item):
    """Two points whose distance is asked for; they don't coincide."""

    kind: ClassVar[str] = "distance"
    title: ClassVar[str] = "Distance"
    points: ClassVar[tuple[str, ...]] = ("start_lps_mm", "end_lps_mm")
    start_lps_mm: LpsPoint
    end_lps_mm: LpsPoint

    def __post_init__(self) -> None:
        """Refuse two points in one place."""
        Item.__post_init__(self)
        require_apart(self, self.start_lps_mm, self.end_lps_mm, SHORTEST_MM)
