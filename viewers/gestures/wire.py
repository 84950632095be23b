"""The live wire: a contour that lies along edges between clicks (Mortensen and Barrett 1995)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.wire import Costs, ways_from
from segmentation.volume import Volume
from viewers.gestures.intents import WireClosed
from viewers.pipelines.plane import Pixel, SlicePlane, Triple, triple
from viewers.pipelines.slice import Window, grey_picture

CLOSE_PX: Final = 9.0
SNAP_PX: Final = 5.0
PIXELS_MAX: Final = 240_000
DEAREST: Final = 63.0
STEEP_PERCENT: Final = 95.0
FLATTENED_PX: Final = 0.35
DIGITS: Final = 4
LEAST_CLICKS: Final = 2


def edge_costs(grey: NDArray[np.uint8]) -> Costs:
    """Return what a step over each pixel (rows, columns) costs: 1 on steep edges, 64 on none.

    Steepness is the gradient of the picture, smoothed by 1-2-1 both ways, as a share of what only
    5 % of the pixels exceed.
    """
    soft = np.pad(grey.astype(np.float32), 2, mode="edge")
    soft = soft[:-2] + 2.0 * soft[1:-1] + soft[2:]
    soft = (soft[:, :-2] + 2.0 * soft[:, 1:-1] + soft[:, 2:]) / 16.0
    steep = np.hypot(soft[2:, 1:-1] - soft[:-2, 1:-1], soft[1:-1, 2:] - soft[1:-1, :-2])
    most = max(float(np.percentile(steep[::2, ::2], STEEP_PERCENT)), 1.0)
    costs: Costs = (1.0 + DEAREST * (1.0 - np.minimum(steep / most, 1.0)) ** 2).astype(np.uint8)
    return np.ascontiguousarray(costs)


@dataclass(slots=True)
class Edges:
    """The edges of a slice as it is seen, and the cheapest ways from one of its pixels."""

    lattice: SlicePlane
    costs: Costs
    before: NDArray[np.int32] = field(init=False)
    _so_far: NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        """Make room for the ways."""
        self.before = np.full(self.costs.size, -1, np.int32)
        self._so_far = np.empty(self.costs.size, np.int32)

    @classmethod
    def seen(cls, volume: Volume, plane: SlicePlane, window: Window) -> "Edges":
        """Return the edges of what a view shows, in its range of HU, at the scan's resolution."""
        width_mm, height_mm = (n * plane.mm_per_px for n in plane.size_px)
        finest_mm = max(min(volume.grid.spacing_kji_mm), plane.mm_per_px)
        step_mm = max(finest_mm, math.sqrt(width_mm * height_mm / PIXELS_MAX))
        size = math.ceil(width_mm / step_mm), math.ceil(height_mm / step_mm)
        lattice = replace(plane, mm_per_px=step_mm, size_px=(max(size[0], 2), max(size[1], 2)))
        grey, width = grey_picture(volume, lattice, window)
        return cls(lattice, edge_costs(grey[:, :width]))

    def pixel(self, lps_mm: Triple) -> int:
        """Return the number of the pixel that a point lies in, or the nearest."""
        x, y = (math.floor(float(n)) for n in self.lattice.px(lps_mm))
        rows, columns = self.costs.shape
        pixel: int = min(max(y, 0), rows - 1) * columns + min(max(x, 0), columns - 1)
        return pixel

    def snapped(self, lps_mm: Triple, reach_mm: float) -> int:
        """Return the pixel on the steepest edge within reach of a point."""
        columns = self.costs.shape[1]
        row, column = divmod(self.pixel(lps_mm), columns)
        reach = math.ceil(reach_mm / self.lattice.mm_per_px)
        top, left = max(row - reach, 0), max(column - reach, 0)
        part = self.costs[top : row + reach + 1, left : column + reach + 1].astype(np.float64)
        r, c = np.indices(part.shape)
        away = np.hypot(r + top - row, c + left - column)
        part += away / (reach + 1.0)  # of equal edges the nearer one
        part[away > reach] = np.inf
        r0, c0 = divmod(int(part.argmin()), part.shape[1])
        best: int = (top + r0) * columns + left + c0
        return best

    def start_from(self, pixel: int) -> None:
        """Find the cheapest ways from a pixel to all others."""
        ways_from(self.costs, pixel, self.before, self._so_far)

    def way_to(self, pixel: int) -> NDArray[np.float64]:
        """Return the way from the start to a pixel as lattice coordinates (N, 2), x and y."""
        found = [pixel]
        while self.before[found[-1]] >= 0:
            found.append(int(self.before[found[-1]]))
        rows, columns = np.divmod(np.array(found[::-1]), self.costs.shape[1])
        return np.stack([columns, rows], axis=1) + 0.5

    def lps_mm(self, way: NDArray[np.float64]) -> tuple[Triple, ...]:
        """Return a way's points in LPS mm."""
        return tuple(triple(p) for p in np.round(self.lattice.lps_mm(way), DIGITS).tolist())


@dataclass(slots=True)
class Wire:
    """The wire of one slice view: its clicks, the legs between them and the leg to the pointer."""

    legs: list[tuple[Triple, ...]] = field(default_factory=list)
    floating: tuple[Triple, ...] = ()
    _clicks: list[Triple] = field(default_factory=list)
    _edges: Edges | None = None
    _key: tuple[Volume, SlicePlane, Window] | None = None

    @property
    def is_on(self) -> bool:
        """Whether a contour is under way."""
        return bool(self._clicks)

    @property
    def clicks(self) -> Sequence[Triple]:
        """Where was clicked, moved to the edge."""
        return tuple(self._clicks)

    @property
    def points(self) -> tuple[Triple, ...]:
        """The contour so far with the leg to the pointer."""
        return tuple(p for leg in (*self.legs, self.floating) for p in leg)

    def pressed(
        self, volume: Volume, window: Window, plane: SlicePlane, px: Pixel
    ) -> WireClosed | None:
        """Set a point on the edge under the pointer; on the first point the contour is closed."""
        if self._clicks and abs(plane.depth_mm(self._clicks[0])) > plane.mm_per_px:
            self.cancel()  # another slice: the contour begins anew
        edges = self._ready(volume, window, plane)
        if len(self._clicks) >= LEAST_CLICKS:
            first = plane.px(self._clicks[0])
            if math.dist(px, (float(first[0]), float(first[1]))) <= CLOSE_PX:
                return self.close()
        pixel = edges.snapped(triple(plane.lps_mm(px)), SNAP_PX * plane.mm_per_px)
        way = edges.way_to(pixel)
        if self._clicks:
            self.legs.append(edges.lps_mm(way))
        self._clicks.append(edges.lps_mm(way[-1:])[0])
        self.floating = ()
        edges.start_from(pixel)
        return None

    def moved(self, volume: Volume, window: Window, plane: SlicePlane, px: Pixel) -> None:
        """Let the last leg follow the pointer; in another slice it waits."""
        if not self._clicks or abs(plane.depth_mm(self._clicks[0])) > plane.mm_per_px:
            self.floating = ()
            return
        edges = self._ready(volume, window, plane)
        self.floating = edges.lps_mm(edges.way_to(edges.pixel(triple(plane.lps_mm(px)))))

    def close(self) -> WireClosed | None:
        """Lead the wire back to its first point and hand the contour over; None if it is a line."""
        edges = self._edges
        if edges is None or len(self._clicks) < LEAST_CLICKS:
            return None
        legs = (*self.legs, edges.lps_mm(edges.way_to(edges.pixel(self._clicks[0]))))
        points = flattened([p for leg in legs for p in leg], edges.lattice)
        normal = edges.lattice.axis
        self.cancel()
        return WireClosed(points, normal) if len(points) > LEAST_CLICKS else None

    def step_back(self) -> bool:
        """Take the last click back; return whether there was one."""
        if not self._clicks:
            return False
        self._clicks.pop()
        self.floating = ()
        if self.legs:
            self.legs.pop()
        if self._clicks and self._edges is not None:
            self._edges.start_from(self._edges.pixel(self._clicks[-1]))
        return True

    def cancel(self) -> bool:
        """Drop the contour; return whether there was one."""
        had = self.is_on
        self._clicks.clear()
        self.legs.clear()
        self.floating = ()
        return had

    def _ready(self, volume: Volume, window: Window, plane: SlicePlane) -> Edges:
        """Return the edges of what is seen, found anew when that has changed."""
        key = (volume, plane, window)
        if self._edges is None or self._key != key:
            self._edges, self._key = Edges.seen(volume, plane, window), key
            if self._clicks:
                self._edges.start_from(self._edges.pixel(self._clicks[-1]))
        return self._edges


def flattened(points: Sequence[Triple], lattice: SlicePlane) -> tuple[Triple, ...]:
    """Return a contour without the points that lie within a third of a pixel of its line."""
    from skimage.measure import approximate_polygon  # noqa: PLC0415 - on closing only

    px = lattice.px(np.array(points))
    closed = np.vstack([px, px[:1]])
    kept = approximate_polygon(closed, FLATTENED_PX)[:-1]  # type: ignore[no-untyped-call]
    return tuple(triple(p) for p in np.round(lattice.lps_mm(kept), DIGITS).tolist())
