"""A place where no tool may go, or only slowly."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from planning.model.item import Item, SegmentId, require_within
from segmentation.errors import Refusal

WIDEST_MARGIN_MM: Final = 100.0


class ZoneRule(StrEnum):
    """What a zone asks for: nobody enters it, or whoever does goes slowly and tells it."""

    FORBID = "forbid"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class NoGoZone(Item):
    """A segment and all that lies within `margin_mm` of its surface.

    `severity` is what entering it means; a file or a caller that says nothing forbids it.
    """

    kind: ClassVar[str] = "no_go_zone"
    title: ClassVar[str] = "No-go zone"
    segment_id: SegmentId
    margin_mm: float
    severity: ZoneRule = ZoneRule.FORBID

    def __post_init__(self) -> None:
        """Refuse a margin that is none, and a severity that nobody knows."""
        Item.__post_init__(self)
        margin = require_within(self, "margin_mm", self.margin_mm, 0.0, WIDEST_MARGIN_MM)
        object.__setattr__(self, "margin_mm", margin)
        if self.severity not in list(ZoneRule):
            raise Refusal(
                "zone-severity-unknown",
                item=self.name,
                severity=str(self.severity)[:40],
                known=", ".join(ZoneRule),
            )
        object.__setattr__(self, "severity", ZoneRule(self.severity))

    @property
    def is_forbidden(self) -> bool:
        """Whether nobody may enter it."""
        return self.severity is ZoneRule.FORBID
