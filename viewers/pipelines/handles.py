"""What of a plan item a hand can take hold of, and what lies under a pointer."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from planning.model.cut_plane import CutPlane
from planning.model.item import Item, ItemId
from planning.model.trajectory import Trajectory
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.plane import Pixel, SlicePlane, Triple, triple

GRAB_PX: Final = 9.0
NORMAL: Final = "normal"
ARROW_MM: Final = 20.0
ARROW_PX_MIN: Final = 14.0


@dataclass(frozen=True, slots=True)
class Handle:
    """A point that can be dragged: an item's field, or the tip of a cut plane's arrow.

    It can be seen, and so taken, in slices at most `reach_mm` from `seen_lps_mm`, or half a
    slice where that is more.
    """

    item_id: ItemId
    point: str
    lps_mm: Triple
    seen_lps_mm: Triple
    reach_mm: float = 0.0


def handles_of(item: Item) -> Iterator[Handle]:
    """Yield an item's handles; a zone has none."""
    reach_mm = item.diameter_mm / 2.0 if isinstance(item, Trajectory) else 0.0
    for point, lps_mm in zip(item.points, item.places_lps_mm, strict=True):
        yield Handle(item.id, point, lps_mm, lps_mm, reach_mm)
    if isinstance(item, CutPlane):
        yield Handle(item.id, NORMAL, arrow_tip_lps_mm(item), item.point_lps_mm)


def arrow_tip_lps_mm(item: CutPlane) -> Triple:
    """Return the tip of a cut plane's arrow, which points to what is removed."""
    return triple(np.array(item.point_lps_mm) + ARROW_MM * np.array(item.normal_lps))


def handles_in_slice(item: Item, plane: SlicePlane, half_mm: float) -> tuple[Handle, ...]:
    """Return the handles that a slice shows; an arrow seen end on has no tip to take."""
    return tuple(
        handle
        for handle in handles_of(item)
        if abs(plane.depth_mm(handle.seen_lps_mm)) <= max(half_mm, handle.reach_mm)
        and (handle.point != NORMAL or _length_px(handle, plane) >= ARROW_PX_MIN)
    )


def _length_px(handle: Handle, plane: SlicePlane) -> float:
    return math.dist(plane.px(handle.lps_mm), plane.px(handle.seen_lps_mm))


def handle_in_slice(
    items: Sequence[Item], plane: SlicePlane, half_mm: float, px: Pixel, chosen: ItemId | None
) -> Handle | None:
    """Return the handle within 9 px of a place of a slice: the chosen item's, then the nearest."""
    found = [handle for item in items for handle in handles_in_slice(item, plane, half_mm)]
    places = [(plane.px(handle.lps_mm), handle) for handle in found]
    return _first(((math.dist(place, px), handle) for place, handle in places), chosen)


def handle_in_picture(
    items: Sequence[Item],
    camera: SolidCamera,
    size_px: tuple[int, int],
    px: Pixel,
    chosen: ItemId | None,
) -> Handle | None:
    """Return the handle within 9 px of a place of the 3D picture, whatever lies before it."""
    found = [handle for item in items for handle in handles_of(item)]
    places = [(camera.px(np.array(handle.lps_mm), size_px), handle) for handle in found]
    return _first(((math.dist(place, px), handle) for place, handle in places), chosen)


def _first(found: Iterator[tuple[float, Handle]], chosen: ItemId | None) -> Handle | None:
    near = [(handle.item_id != chosen, away, handle) for away, handle in found if away <= GRAB_PX]
    return min(near, key=lambda one: one[:2])[2] if near else None
