"""A named point of the anatomy."""

from dataclasses import dataclass
from typing import ClassVar

from planning.model.item import Item, LpsPoint


@dataclass(frozen=True, slots=True)
class Landmark(Item):
    """A point that has a meaning, such as a glenoid's centre."""

    kind: ClassVar[str] = "landmark"
    title: ClassVar[str] = "Landmark"
    points: ClassVar[tuple[str, ...]] = ("point_lps_mm",)
    point_lps_mm: LpsPoint
