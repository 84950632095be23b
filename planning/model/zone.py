"""A place where no tool may go."""

from dataclasses import dataclass
from typing import ClassVar, Final

from planning.model.item import Item, SegmentId, require_within

WIDEST_MARGIN_MM: Final = 100.0


@dataclass(frozen=True, slots=True)
class NoGoZone(Item):
    """A segment and all that lies within `margin_mm` of its surface."""

    kind: ClassVar[str] = "no_go_zone"
    title: ClassVar[str] = "No-go zone"
    segment_id: SegmentId
    margin_mm: float

    def __post_init__(self) -> None:
        """Refuse a margin that is none."""
        Item.__post_init__(self)
        margin = require_within(self, "margin_mm", self.margin_mm, 0.0, WIDEST_MARGIN_MM)
        object.__setattr__(self, "margin_mm", margin)
