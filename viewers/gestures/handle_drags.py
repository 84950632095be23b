"""Drags of plan items: a handle that is taken along, and a click on an item's line."""

import math
from dataclasses import dataclass

import numpy as np

from planning.model.item import ItemId
from viewers.gestures.drags import CLICK_PX, CrosshairDrag, Drag
from viewers.gestures.intents import (
    Intent,
    ItemPicked,
    PointDropped,
    PointGrabbed,
    PointMoved,
    PointPlaced,
    PointReleased,
    Tool,
)
from viewers.gestures.scene import SliceScene
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.handles import Handle, handle_in_slice
from viewers.pipelines.plan_section import line_under
from viewers.pipelines.plane import Pixel, SlicePlane, Triple, step_mm, triple


@dataclass(slots=True)
class HandleDrag:
    """A handle follows the pointer parallel to the picture; its depth stays.

    It keeps the distance to the pointer that it was taken at, and a mere click moves nothing.
    `right` and `down` are unit vectors in LPS.
    """

    handle: Handle
    right: Triple
    down: Triple
    mm_per_px: float
    start: Pixel
    is_grabbed: bool = False
    has_moved: bool = False

    @classmethod
    def in_slice(cls, handle: Handle, plane: SlicePlane, px: Pixel) -> "HandleDrag":
        """Return the drag of a handle in a slice."""
        return cls(handle, plane.right, plane.down, plane.mm_per_px, px)

    @classmethod
    def in_picture(
        cls, handle: Handle, camera: SolidCamera, height_px: int, px: Pixel
    ) -> "HandleDrag":
        """Return the drag of a handle in the 3D picture."""
        down = triple(-np.array(camera.up))
        return cls(handle, camera.right, down, camera.height_mm / max(height_px, 1), px)

    def moved(self, px: Pixel) -> Intent | None:
        """Tell of the press, then of each new place once the pointer has left the first."""
        if not self.is_grabbed:
            self.is_grabbed = True
            return PointGrabbed(self.handle.item_id, self.handle.point)
        right, down = px[0] - self.start[0], px[1] - self.start[1]
        self.has_moved = self.has_moved or math.hypot(right, down) > CLICK_PX
        if not self.has_moved:
            return None
        shift = (right * np.array(self.right) + down * np.array(self.down)) * self.mm_per_px
        place = triple(np.array(self.handle.lps_mm) + shift)
        return PointMoved(self.handle.item_id, self.handle.point, place)

    def released(self, px: Pixel) -> Intent:
        """Leave the handle where it is."""
        return PointReleased(self.handle.item_id, self.handle.point)

    def dropped(self) -> Intent:
        """Give the drag up."""
        return PointDropped(self.handle.item_id, self.handle.point)


@dataclass(slots=True)
class PickDrag:
    """A click picks the item; a drag moves the crosshair as everywhere else."""

    item_id: ItemId
    start: Pixel
    crosshair: CrosshairDrag
    has_moved: bool = False

    def moved(self, px: Pixel) -> Intent | None:
        """Put the crosshair under the pointer once it has left the place of the press."""
        self.has_moved = self.has_moved or math.dist(px, self.start) > CLICK_PX
        return self.crosshair.moved(px) if self.has_moved else None

    def released(self, px: Pixel) -> Intent | None:
        """Pick the item if nothing was dragged."""
        return None if self.has_moved else ItemPicked(self.item_id)


@dataclass(slots=True)
class PlaceDrag:
    """A point of a new item is placed where the button goes up."""

    plane: SlicePlane

    def moved(self, px: Pixel) -> None:
        """Wait for the release."""

    def released(self, px: Pixel) -> Intent:
        """Place the point."""
        place = triple(self.plane.lps_mm(px))
        return PointPlaced(place, self.plane.kind, self.plane.axis)


def handle_at(scene: SliceScene, plane: SlicePlane, px: Pixel) -> Handle | None:
    """Return the handle of a slice that a press would take, None where there is none."""
    case = scene.case
    can_take = scene.plan.has_handles and scene.tool is Tool.CROSSHAIR and scene.has_overlays
    if case is None or not can_take:
        return None
    half_mm = step_mm(case.volume.grid, plane) / 2.0
    return handle_in_slice(scene.items, plane, half_mm, px, scene.plan.chosen)


def crosshair_drag(scene: SliceScene, plane: SlicePlane, px: Pixel) -> Drag:
    """Return what a press with the crosshair begins: a handle's drag, a pick, or its own."""
    handle = handle_at(scene, plane, px)
    if handle is not None:
        return HandleDrag.in_slice(handle, plane, px)
    drag, case = CrosshairDrag(plane), scene.case
    if case is None or not scene.plan.has_handles or not scene.has_overlays:
        return drag
    half_mm = step_mm(case.volume.grid, plane) / 2.0
    item_id = line_under(scene.items, plane, half_mm, px)
    return drag if item_id is None else PickDrag(item_id, px, drag)
