"""Outlines drawn by hand: lasso, rectangle and circle, in a slice and in the 3D view."""

import math
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from viewers.gestures.drags import CLICK_PX
from viewers.gestures.intents import OutlineDrawn, Tool
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.plane import Pixel, Pixels, SlicePlane, Triple, triple

OUTLINES: Final = frozenset({Tool.LASSO, Tool.RECTANGLE, Tool.CIRCLE})
CIRCLE_CORNERS_N: Final = 96  # its polygon lies at most 0.06 % of the radius inside the circle
APART_PX: Final = 2.0
DIGITS: Final = 4


class Sheet(Protocol):
    """What an outline is drawn on: a picture of the patient by a parallel projection."""

    @property
    def along_lps(self) -> Triple:
        """Unit vector from the eye into the patient."""

    def lps_mm(self, pixels: Pixels) -> Pixels:
        """Return the LPS mm of pixel coordinates (N, 2)."""


@dataclass(frozen=True, slots=True)
class SliceSheet:
    """The sheet of a slice."""

    plane: SlicePlane

    @property
    def along_lps(self) -> Triple:
        """Unit vector from the eye into the patient."""
        return triple(np.cross(self.plane.right, self.plane.down))

    def lps_mm(self, pixels: Pixels) -> Pixels:
        """Return the LPS mm of pixel coordinates (N, 2)."""
        return self.plane.lps_mm(pixels)


@dataclass(frozen=True, slots=True)
class SolidSheet:
    """The sheet of the 3D view, through the point about which it turns."""

    camera: SolidCamera
    size_px: tuple[int, int]

    @property
    def along_lps(self) -> Triple:
        """Unit vector from the eye into the patient."""
        return triple(-np.array(self.camera.eye))

    def lps_mm(self, pixels: Pixels) -> Pixels:
        """Return the LPS mm of pixel coordinates (N, 2)."""
        camera = self.camera
        across = (pixels - np.array(self.size_px) / 2.0) * camera.height_mm / self.size_px[1]
        axes = np.array((camera.right, triple(-np.array(camera.up))))
        lps: Pixels = across @ axes + np.array(camera.focus_lps_mm)
        return lps


@dataclass(slots=True)
class OutlineDrag:
    """A closed outline from press to release, shown while it is drawn.

    A lasso follows the pointer, a rectangle has opposite corners at press and pointer, a circle its
    middle at the press and its rim under the pointer.
    """

    sheet: Sheet
    shape: Tool
    start: Pixel
    way: list[Pixel] = field(default_factory=list)

    @property
    def corners_px(self) -> tuple[Pixel, ...]:
        """The corners of the outline as it is now; empty before the pointer has moved."""
        if not self.way:
            return ()
        (x0, y0), (x1, y1) = self.start, self.way[-1]
        if self.shape is Tool.RECTANGLE:
            return (x0, y0), (x1, y0), (x1, y1), (x0, y1)
        if self.shape is Tool.CIRCLE:
            radius = math.hypot(x1 - x0, y1 - y0)
            turns = np.arange(CIRCLE_CORNERS_N) * (2.0 * math.pi / CIRCLE_CORNERS_N)
            return tuple(
                (x0 + radius * math.cos(turn), y0 + radius * math.sin(turn))
                for turn in turns.tolist()
            )
        return (self.start, *self.way)

    def moved(self, px: Pixel) -> None:
        """Take the pointer into the outline."""
        last = self.way[-1] if self.way else self.start
        if math.dist(px, last) < APART_PX:
            return
        if self.shape is Tool.LASSO:
            self.way.append(px)
        else:
            self.way = [px]

    def released(self, px: Pixel) -> OutlineDrawn | None:
        """Hand over the outline; None for a mere click and for one without any inside."""
        self.moved(px)
        corners = np.array(self.corners_px).reshape(-1, 2)
        if len(corners) < 3 or float(np.ptp(corners, axis=0).min()) < CLICK_PX:
            return None
        points = np.round(self.sheet.lps_mm(corners), DIGITS).tolist()
        is_in_slice = isinstance(self.sheet, SliceSheet)
        return OutlineDrawn(tuple(map(triple, points)), self.sheet.along_lps, is_in_slice)
