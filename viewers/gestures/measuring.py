"""Distances and angles laid over a slice: for a look, not stored with the case."""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from viewers.gestures.drags import CLICK_PX
from viewers.pipelines.plane import Pixel, SlicePlane, Triple, triple


@dataclass(frozen=True, slots=True)
class Measure:
    """Two points of a distance or three of an angle (its corner in the middle), in LPS mm."""

    points_lps_mm: tuple[Triple, ...]
    needed_n: int

    @property
    def is_complete(self) -> bool:
        """Whether all its points are set."""
        return len(self.points_lps_mm) == self.needed_n

    @property
    def words(self) -> str:
        """The value with its unit, empty while points are missing."""
        if not self.is_complete:
            return ""
        if self.needed_n == 2:
            return f"{math.dist(*self.points_lps_mm):.1f} mm"
        return f"{self.angle_deg:.1f}°"

    @property
    def angle_deg(self) -> float:
        """The angle at the second point; 0 where a leg has no length."""
        first, corner, last = (np.array(p) for p in self.points_lps_mm)
        a, b = first - corner, last - corner
        sine = float(np.linalg.norm(np.cross(a, b)))
        return math.degrees(math.atan2(sine, float(a @ b)))


@dataclass(slots=True)
class Measuring:
    """The measures of one slice view; points come by clicks or by drags."""

    done: list[Measure] = field(default_factory=list)
    under_way: Measure | None = None
    floating: Triple | None = None
    _pressed_px: Pixel = (0.0, 0.0)

    def pressed(self, plane: SlicePlane, px: Pixel, needed_n: int) -> None:
        """Set the point under the pointer, the first of a measure if none is under way."""
        if self.under_way is None or self.under_way.needed_n != needed_n:
            self.under_way = Measure((), needed_n)
        self._pressed_px = px
        self._set(plane, px)

    def moved(self, plane: SlicePlane, px: Pixel) -> None:
        """Let the next point follow the pointer."""
        if self.under_way is not None:
            self.floating = triple(plane.lps_mm(px))

    def released(self, plane: SlicePlane, px: Pixel) -> None:
        """Set the next point too when the pointer was dragged."""
        if self.under_way is not None and math.dist(px, self._pressed_px) > CLICK_PX:
            self._set(plane, px)

    def cancel(self) -> bool:
        """Drop the measure under way, else all; return whether there was anything."""
        had = self.under_way is not None or bool(self.done)
        if self.under_way is None:
            self.done.clear()
        self.under_way, self.floating = None, None
        return had

    @property
    def shown(self) -> tuple[Measure, ...]:
        """All measures to draw, the one under way with its floating point."""
        if self.under_way is None:
            return tuple(self.done)
        points = self.under_way.points_lps_mm
        if self.floating is not None:
            points = (*points, self.floating)
        return (*self.done, replace(self.under_way, points_lps_mm=points))

    def _set(self, plane: SlicePlane, px: Pixel) -> None:
        """Add a point; a full measure is done."""
        if self.under_way is None:
            return
        points = (*self.under_way.points_lps_mm, triple(plane.lps_mm(px)))
        self.under_way = replace(self.under_way, points_lps_mm=points)
        self.floating = None
        if self.under_way.is_complete:
            self.done.append(self.under_way)
            self.under_way = None
