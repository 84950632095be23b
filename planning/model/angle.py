"""The angle at a point between two others."""

from dataclasses import dataclass
from typing import ClassVar, Final

from planning.model.item import Item, LpsPoint, require_apart

SHORTEST_LEG_MM: Final = 0.1


@dataclass(frozen=True, slots=True)
class Angle(Item):
    """Three points: the angle lies at `apex_lps_mm`, between the legs to the two others."""

    kind: ClassVar[str] = "angle"
    title: ClassVar[str] = "Angle"
    points: ClassVar[tuple[str, ...]] = ("first_lps_mm", "apex_lps_mm", "second_lps_mm")
    first_lps_mm: LpsPoint
    apex_lps_mm: LpsPoint
    second_lps_mm: LpsPoint

    def __post_init__(self) -> None:
        """Refuse a leg without a direction."""
        Item.__post_init__(self)
        for end in (self.first_lps_mm, self.second_lps_mm):
            require_apart(self, self.apex_lps_mm, end, SHORTEST_LEG_MM)
