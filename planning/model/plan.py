"""The plan: all items of a case, in the order they were made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item, ItemId, SegmentId
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.errors import Refusal

I = TypeVar("I", bound=Item)  # noqa: E741 - an item

KINDS: Final[tuple[type[Item], ...]] = (
    Landmark,
    Distance,
    Angle,
    Trajectory,
    CutPlane,
    NoGoZone,
)
KIND_NAMED: Final[Mapping[str, type[Item]]] = {kind.kind: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Plan:
    """Items, each with an id and a name of its own. Equal plans hold equal items."""

    items: tuple[Item, ...] = ()

    def __post_init__(self) -> None:
        """Refuse two items with one id or one name."""
        ids: set[ItemId] = set()
        names: set[str] = set()
        for item in self.items:
            if item.id in ids:
                raise Refusal("item-exists", item=item.name)
            if item.name in names:
                raise Refusal("item-name-taken", item=item.name)
            ids.add(item.id)
            names.add(item.name)

    def item(self, item_id: ItemId) -> Item:
        """Return the item with this id.

        Raises
        ------
        Refusal
            `item-unknown` when there is none.
        """
        for item in self.items:
            if item.id == item_id:
                return item
        raise Refusal("item-unknown", item=item_id)

    def named(self, name: str) -> Item | None:
        """Return the item with this name, None when there is none."""
        return next((item for item in self.items if item.name == name), None)

    def of(self, kind: type[I]) -> tuple[I, ...]:
        """Return the items of one kind."""
        return tuple(item for item in self.items if isinstance(item, kind))

    def needing(self, segment_id: SegmentId) -> tuple[Item, ...]:
        """Return the items that need a segment."""
        return tuple(item for item in self.items if segment_id in item.segment_ids)

    def adding(self, item: Item) -> "Plan":
        """Return the plan with one more item, last."""
        return replace(self, items=(*self.items, item))

    def replacing(self, item: Item) -> "Plan":
        """Return the plan with `item` in the place of the one with its id and of its kind."""
        old = self.item(item.id)
        if type(old) is not type(item):
            raise Refusal("item-kind-differs", item=old.name)
        return replace(self, items=tuple(item if one is old else one for one in self.items))

    def removing(self, item_id: ItemId) -> "Plan":
        """Return the plan without an item."""
        gone = self.item(item_id)
        return replace(self, items=tuple(item for item in self.items if item is not gone))
