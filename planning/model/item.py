"""What all items of a plan have: an id, a name, points in LPS mm, and what they came from."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, NewType, Self, cast

from segmentation.errors import Refusal

ItemId = NewType("ItemId", str)
SegmentId = NewType("SegmentId", str)
LpsPoint = tuple[float, float, float]

NAME_LENGTH_MAX: Final = 80
COORDINATE_MM_MAX: Final = 10_000.0


@dataclass(frozen=True, slots=True)
class Input:
    """What an item was derived from: a segment's or an item's id, and the SHA-256 it had then."""

    id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a plan; subclasses are listed in `KINDS` and check their own numbers.

    Attributes
    ----------
    kind
        Its word in files, snake_case.
    title
        What people call it; the English text is the catalogue's msgid.
    points
        The names of its fields that are LPS points, in the order a person places them.
    id, name
        Both unlike all others of the plan.
    derived_from
        What a proposal was computed from; empty for what a person placed.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    points: ClassVar[tuple[str, ...]] = ()
    id: ItemId
    name: str
    derived_from: tuple[Input, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        """Bring points to plain floats; refuse names and numbers that can't be used."""
        name = self.name
        if not self.id or not name.strip() or len(name) > NAME_LENGTH_MAX or not name.isprintable():
            raise Refusal("item-name-unusable", length_max=NAME_LENGTH_MAX)
        for point in self.points:
            object.__setattr__(self, point, self._point(getattr(self, point)))

    def _point(self, value: Iterable[float]) -> LpsPoint:
        point = tuple(self._number(number) for number in value)
        if len(point) != 3 or max(map(abs, point)) > COORDINATE_MM_MAX:
            raise Refusal("item-point-unusable", item=self.name, limit_mm=COORDINATE_MM_MAX)
        return point

    def _number(self, value: float) -> float:
        number = float(value)
        if not math.isfinite(number):
            raise Refusal("item-number-not-finite", item=self.name)
        return number

    @property
    def segment_ids(self) -> tuple[SegmentId, ...]:
        """The segments that the item needs."""
        segment_id: SegmentId | None = getattr(self, "segment_id", None)
        return () if segment_id is None else (segment_id,)

    @property
    def places_lps_mm(self) -> tuple[LpsPoint, ...]:
        """Its points, in the order of `points`."""
        return tuple(getattr(self, point) for point in self.points)

    def moved(self, point: str, lps_mm: LpsPoint) -> Self:
        """Return the item with one point elsewhere; it was then placed by a person.

        Raises
        ------
        Refusal
            `item-point-unknown` for a point it doesn't have, and whatever its numbers bring up.
        """
        if point not in self.points:
            raise Refusal("item-point-unknown", item=self.name, point=point)
        changes = cast("dict[str, Any]", {point: lps_mm})
        return replace(self, derived_from=(), **changes)


def require_apart(item: Item, first: LpsPoint, second: LpsPoint, shortest_mm: float) -> None:
    """Refuse two points of an item that lie nearer than `shortest_mm`."""
    length_mm = math.dist(first, second)
    if length_mm < shortest_mm:
        raise Refusal(
            "item-too-short", item=item.name, length_mm=round(length_mm, 3), minimum_mm=shortest_mm
        )


def require_within(item: Item, key: str, value: float, lowest: float, highest: float) -> float:
    """Return a number of an item as a float; refuse one outside lowest to highest."""
    number = float(value)
    if not lowest <= number <= highest:
        raise Refusal(
            "item-number-outside",
            item=item.name,
            key=key,
            value=number if math.isfinite(number) else str(number),
            lowest=lowest,
            highest=highest,
        )
    return number
