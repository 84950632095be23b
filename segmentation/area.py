"""Where a tool may change voxels, and what it does with those that another segment holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, cast

import numpy as np

from segmentation.errors import Refusal

LpsPoint = tuple[float, float, float]
LpsBox = tuple[LpsPoint, LpsPoint]
HU_MIN, HU_MAX = -32768, 32767


class Overlap(StrEnum):
    """What happens to voxels that a tool adds and another segment holds.

    `allow` lets both hold them, `take` takes them from the other one, `spare` leaves them to it.
    """

    ALLOW = "allow"
    TAKE = "take"
    SPARE = "spare"


@dataclass(frozen=True, slots=True)
class Area:
    """Voxels change only where all of this holds; the default is everywhere.

    Attributes
    ----------
    inside, outside
        Names of segments as they are before the tool: one to stay inside of (empty for none), and
        any number to stay out of. The segment's own name is its mask before the tool.
    lower_hu, upper_hu
        The range of values, both bounds included; what the scanner never measured is in none.
    box_lps_mm
        Two opposite corners; the box lies along the scan's axes, between their voxels.
    overlap
        The rule for voxels that other segments hold.
    """

    inside: str = ""
    outside: tuple[str, ...] = ()
    lower_hu: int = HU_MIN
    upper_hu: int = HU_MAX
    box_lps_mm: LpsBox | None = None
    overlap: Overlap = Overlap.ALLOW

    def __post_init__(self) -> None:
        """Refuse an empty range."""
        if self.lower_hu > self.upper_hu:
            raise Refusal("range-empty", lower_hu=self.lower_hu, upper_hu=self.upper_hu)

    @property
    def has_range(self) -> bool:
        """Whether values are limited."""
        return (self.lower_hu, self.upper_hu) != (HU_MIN, HU_MAX)

    @property
    def is_limited(self) -> bool:
        """Whether there is a voxel that may not change, whatever other segments hold."""
        is_named = bool(self.inside or self.outside)
        return is_named or self.has_range or self.box_lps_mm is not None

    @property
    def is_everywhere(self) -> bool:
        """Whether the area changes nothing of what a tool does."""
        return not self.is_limited and self.overlap is Overlap.ALLOW

    @property
    def names(self) -> tuple[str, ...]:
        """The segments that it names."""
        return (*((self.inside,) if self.inside else ()), *self.outside)

    def record(self) -> dict[str, object]:
        """Return the area as JSON data, without what is not limited."""
        record: dict[str, object] = {}
        if self.inside:
            record["inside"] = self.inside
        if self.outside:
            record["outside"] = list(self.outside)
        if self.has_range:
            record["hu"] = [self.lower_hu, self.upper_hu]
        if self.box_lps_mm is not None:
            record["box_lps_mm"] = [list(corner) for corner in self.box_lps_mm]
        if self.overlap is not Overlap.ALLOW:
            record["overlap"] = str(self.overlap)
        return record


EVERYWHERE: Final = Area()
KEYS: Final = frozenset({"inside", "outside", "hu", "box_lps_mm", "overlap"})


def area_of(record: object) -> Area:
    """Return the area that `Area.record` wrote.

    Raises
    ------
    Refusal
        `area-unreadable` for anything else, `range-empty`.
    """
    if not isinstance(record, Mapping) or not set(record) <= KEYS:
        raise Refusal("area-unreadable", area=str(record)[:80])
    try:
        return _read(record)
    except (TypeError, ValueError):
        raise Refusal("area-unreadable", area=str(record)[:80]) from None


def _read(record: Mapping[str, Any]) -> Area:
    outside = record.get("outside", [])
    lower, upper = record.get("hu", (HU_MIN, HU_MAX))
    names = (record.get("inside", ""), *outside)
    if isinstance(outside, str) or not all(isinstance(name, str) for name in names):
        raise TypeError("names")
    if type(lower) is not int or type(upper) is not int:
        raise TypeError("range")
    box = record.get("box_lps_mm")
    return Area(
        names[0], tuple(outside), lower, upper, None if box is None else box_of(box),
        Overlap(record.get("overlap", "allow")),
    )  # fmt: skip


def box_of(corners: object) -> LpsBox:
    """Return two corners in LPS mm; ValueError or TypeError when they are not two finite points."""
    numbers = np.array(corners, np.float64)
    if numbers.shape != (2, 3) or not np.isfinite(numbers).all():
        raise ValueError("corners")
    low, high = numbers.tolist()
    return cast(LpsBox, (tuple(low), tuple(high)))
