"""Edits of the plan: its items and their points."""

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from planning.case.case import Case, Touched
from planning.case.edits.edit import Edit
from planning.model.item import Item, ItemId, LpsPoint
from segmentation.errors import Refusal
from segmentation.grid import Grid

ROOM_VOXELS = 0.5


def _outside_mm(grid: Grid, point_lps_mm: LpsPoint) -> float:
    """Return how far a point lies outside the outer faces of the grid's voxels."""
    kji = grid.ijk(np.array(point_lps_mm))[::-1]
    last = np.array(grid.shape_kji) - 1
    beyond = np.maximum(np.maximum(-ROOM_VOXELS - kji, kji - last - ROOM_VOXELS), 0.0)
    return math.hypot(*(beyond * np.array(grid.spacing_kji_mm)))


def check_item(case: Case, item: Item) -> None:
    """Refuse an item that the case has no place for.

    Raises
    ------
    Refusal
        `item-outside-volume` for a point off the scan, `item-segment-unknown` for a segment that
        is not there.
    """
    for point in item.places_lps_mm:
        off_mm = _outside_mm(case.volume.grid, point)
        if off_mm > 1e-6:
            x, y, z = (round(number, 2) for number in point)
            mm = round(off_mm, 2)
            raise Refusal("item-outside-volume", item=item.name, x_mm=x, y_mm=y, z_mm=z, mm=mm)
    known = {segment.id: segment.name for segment in case.segments}
    for segment_id in item.segment_ids:
        if segment_id not in known:
            names = ", ".join(known.values()) or "-"
            raise Refusal("item-segment-unknown", item=item.name, segment=segment_id, known=names)


@dataclass(frozen=True, slots=True)
class AddItem(Edit):
    """Append an item to the plan; its id and its name must be new to it."""

    title: ClassVar[str] = "Add plan item"
    touches: ClassVar[Touched] = Touched.PLAN
    item: Item

    def apply(self, case: Case) -> Case:
        """Return the case with the item last in its plan."""
        check_item(case, self.item)
        return replace(case, plan=case.plan.adding(self.item))


@dataclass(frozen=True, slots=True)
class ReplaceItem(Edit):
    """Put an item in the place of the one with its id, which is of the same kind."""

    title: ClassVar[str] = "Change plan item"
    touches: ClassVar[Touched] = Touched.PLAN
    item: Item

    def apply(self, case: Case) -> Case:
        """Return the case with the changed item."""
        if case.plan.item(self.item.id) == self.item:
            return case
        check_item(case, self.item)
        return replace(case, plan=case.plan.replacing(self.item))

    def supersedes(self, earlier: Edit) -> bool:
        """Return True for an earlier change of the same item."""
        return (isinstance(earlier, ReplaceItem) and earlier.item.id == self.item.id) or (
            isinstance(earlier, MovePoint) and earlier.item_id == self.item.id
        )


@dataclass(frozen=True, slots=True)
class MovePoint(Edit):
    """Move one point of an item; `point` is its field's name, such as `entry_lps_mm`."""

    title: ClassVar[str] = "Move point"
    touches: ClassVar[Touched] = Touched.PLAN
    item_id: ItemId
    point: str
    to_lps_mm: LpsPoint

    def apply(self, case: Case) -> Case:
        """Return the case with the point elsewhere; the item then counts as placed by hand."""
        old = case.plan.item(self.item_id)
        if getattr(old, self.point, None) == self.to_lps_mm:
            return case
        new = old.moved(self.point, self.to_lps_mm)
        check_item(case, new)
        return replace(case, plan=case.plan.replacing(new))

    def supersedes(self, earlier: Edit) -> bool:
        """Return True for an earlier move of the same point."""
        return isinstance(earlier, MovePoint) and (earlier.item_id, earlier.point) == (
            self.item_id,
            self.point,
        )


@dataclass(frozen=True, slots=True)
class RemoveItem(Edit):
    """Take an item out of the plan."""

    title: ClassVar[str] = "Remove plan item"
    touches: ClassVar[Touched] = Touched.PLAN
    item_id: ItemId

    def apply(self, case: Case) -> Case:
        """Return the case without the item."""
        return replace(case, plan=case.plan.removing(self.item_id))
