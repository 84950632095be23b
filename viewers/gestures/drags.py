"""Drags in a slice: each turns pointer positions into a new pose or an intent."""

import math
from dataclasses import dataclass, field
from typing import Protocol

from segmentation.volume import Volume
from viewers.gestures.intents import (
    CrosshairMoved,
    Intent,
    MenuAsked,
    SeedsPlaced,
    SeedTaken,
    StrokeFinished,
    WindowChanged,
)
from viewers.pipelines.plane import Pixel, SlicePlane, Triple, triple
from viewers.pipelines.slice import Window, region_hu

CLICK_PX = 3.0
SCRIBBLE_PX = 6.0
REACH_PX = 10.0
HU_PER_PX = 2.0
REGION_SD = 2.0
NARROWEST_HU = 1.0


class Drag(Protocol):
    """One press, its moves and its release."""

    def moved(self, px: Pixel) -> Intent | SlicePlane | None:
        """Return what the move means."""

    def released(self, px: Pixel) -> Intent | None:
        """Return what the whole drag meant."""


@dataclass(slots=True)
class CrosshairDrag:
    """The crosshair follows the pointer."""

    plane: SlicePlane

    def moved(self, px: Pixel) -> Intent:
        """Put the crosshair under the pointer."""
        return CrosshairMoved(triple(self.plane.lps_mm(px)))

    def released(self, px: Pixel) -> None:
        """Leave the crosshair where it is."""


@dataclass(slots=True)
class PanDrag:
    """The picture follows the pointer."""

    plane: SlicePlane
    start: Pixel

    def moved(self, px: Pixel) -> SlicePlane:
        """Return the shifted pose."""
        return self.plane.panned(px[0] - self.start[0], px[1] - self.start[1])

    def released(self, px: Pixel) -> None:
        """Leave the picture where it is."""


@dataclass(slots=True)
class WindowDrag:
    """To the right widens the window, downwards raises the level; a click asks for the menu.

    One pixel is 2 HU or a two-hundredth of the window, whichever is more.
    """

    plane: SlicePlane
    start: Pixel
    window: Window
    asks_for_menu: bool = False
    has_moved: bool = False

    def moved(self, px: Pixel) -> Intent | None:
        """Return the new window once the pointer has left the place of the press."""
        right, down = px[0] - self.start[0], px[1] - self.start[1]
        self.has_moved = self.has_moved or math.hypot(right, down) > CLICK_PX
        if not self.has_moved:
            return None
        step = max(HU_PER_PX, self.window.window_hu / 200.0)
        return window_of(self.window.window_hu + right * step, self.window.level_hu + down * step)

    def released(self, px: Pixel) -> Intent | None:
        """Ask for the menu if nothing was dragged."""
        if self.has_moved or not self.asks_for_menu:
            return None
        return MenuAsked(triple(self.plane.lps_mm(px)), self.plane.kind)


@dataclass(slots=True)
class RegionDrag:
    """A rectangle whose voxels set the window: their mean, and two standard deviations each way."""

    plane: SlicePlane
    start: Pixel
    volume: Volume
    end: Pixel | None = None

    @property
    def corners_px(self) -> tuple[Pixel, Pixel]:
        """Two opposite corners."""
        return self.start, self.end or self.start

    def moved(self, px: Pixel) -> None:
        """Take the other corner."""
        self.end = px

    def released(self, px: Pixel) -> Intent | None:
        """Return the window of the region, None for a mere click or a region without voxels."""
        if min(abs(px[0] - self.start[0]), abs(px[1] - self.start[1])) <= CLICK_PX:
            return None
        hu = region_hu(self.volume, self.plane, self.start, px)
        if not hu.size:
            return None
        return window_of(2.0 * REGION_SD * float(hu.std()), float(hu.mean()))


def window_of(window_hu: float, level_hu: float) -> WindowChanged:
    """Return whole numbers within what views take."""
    width = min(max(window_hu, NARROWEST_HU), 20000.0)
    return WindowChanged(float(round(width)), float(round(min(max(level_hu, -4000.0), 10000.0))))


@dataclass(slots=True)
class SeedDrag:
    """A click places a seed where the button goes up, a drag a scribble of them."""

    plane: SlicePlane
    start: Pixel
    points_px: list[Pixel] = field(default_factory=list)

    def moved(self, px: Pixel) -> None:
        """Take the point into the scribble."""
        if math.dist(px, self.points_px[-1] if self.points_px else self.start) > SCRIBBLE_PX:
            self.points_px.append(px)

    def released(self, px: Pixel) -> Intent:
        """Place the seeds."""
        way = (self.start, *self.points_px) if self.points_px else (px,)
        points = tuple(triple(self.plane.lps_mm(place)) for place in way)
        return SeedsPlaced(points, self.plane.axis)


@dataclass(slots=True)
class TakeDrag:
    """A click takes a seed back."""

    plane: SlicePlane

    def moved(self, px: Pixel) -> None:
        """Wait for the release."""

    def released(self, px: Pixel) -> Intent:
        """Take the seed near the pointer back."""
        return SeedTaken(triple(self.plane.lps_mm(px)), REACH_PX * self.plane.mm_per_px)


@dataclass(slots=True)
class StrokeDrag:
    """A brush stroke; its points stand at least a quarter of the radius apart."""

    plane: SlicePlane
    radius_mm: float
    is_erasing: bool
    points_lps_mm: list[Triple] = field(default_factory=list)

    def moved(self, px: Pixel) -> None:
        """Take the point into the stroke."""
        point = triple(self.plane.lps_mm(px))
        if not self.points_lps_mm or math.dist(point, self.points_lps_mm[-1]) > self.radius_mm / 4:
            self.points_lps_mm.append(point)

    def released(self, px: Pixel) -> Intent:
        """Hand over the stroke with its last point."""
        end = triple(self.plane.lps_mm(px))
        if not self.points_lps_mm or self.points_lps_mm[-1] != end:
            self.points_lps_mm.append(end)
        return StrokeFinished(
            tuple(self.points_lps_mm), self.radius_mm, self.is_erasing, self.plane.axis
        )
