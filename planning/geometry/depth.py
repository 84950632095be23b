"""How deep a cylinder reaches beyond a surface.

The cylinder is cut into sectors. Over one sector no point is further from the surface than its
furthest corner is from the nearest surface point of its middle; sectors that can't hold the worst
point are let go, the others are halved.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from planning.geometry.cylinder import Cylinder, Floats
from planning.geometry.nearest import nearest
from planning.geometry.rigid import Vector
from planning.geometry.surface import BLOCK, Flags, Index, Surface, is_inside

DEPTH_TOLERANCE_MM: Final = 0.02
DEPTH_TOLERANCE_RATIO: Final = 0.01
QUARTER: Final = np.pi / 2.0
PROMISING: Final = 32
_Worst = tuple[float, Vector, Vector]


def depth_mm(surface: Surface, cylinder: Cylinder, *, inside: bool) -> float:
    """Return how far the worst point of the cylinder lies beyond the surface.

    Beyond is outside of it for `inside`, else within. At most 0.02 mm or 1 % too deep, never too
    shallow; 0.02 when nothing lies beyond.
    """
    return deepest(surface, cylinder, inside=inside).mm


@dataclass(frozen=True, slots=True, eq=False)
class Deepest:
    """How deep the worst point of a cylinder lies, that point, and the surface's nearest to it.

    The depth is overstated by the tolerance at most; the distance of both points, of shape (3,),
    is less by no more than that.
    """

    mm: float
    worst_mm: Vector
    foot_mm: Vector


def deepest(
    surface: Surface, cylinder: Cylinder, *, inside: bool, slack: float = 1.0
) -> Deepest:
    """Return `depth_mm` and where it is; of points equally deep the first found.

    When nothing lies beyond the surface, the points are those nearest to doing so, among the ones
    that were looked at. `slack` times the tolerance is allowed, which is faster.
    """
    near = _near(surface, cylinder)
    frame = _Frame.of(cylinder)
    sectors, best = frame.whole(), 0.0
    worst = (-np.inf, np.zeros(3), np.zeros(3))
    probe: _Probe | None = None
    while len(sectors):
        middles = frame.points(sectors.mean(axis=1))
        probe = _probed(near, middles, surface, probe)
        corners = frame.corners(sectors)
        worst = probe.worse(worst, inside=inside)
        best = max(best, worst[0])
        bound = _bound(probe, corners, inside=inside)
        # The worst point often lies on the rim: look there where it may be.
        top = np.argsort(-bound, kind="stable")[:PROMISING]
        rim = _furthest_corners(frame, sectors[top], probe.feet[top])
        found = _probed(near, rim, surface, probe.chosen(top))
        worst = found.worse(worst, inside=inside)
        best = max(best, worst[0])
        kept = bound > best + slack * tolerance_mm(best)
        sectors, probe = _halved(sectors[kept]), probe.twice(kept)
    return Deepest(best + slack * tolerance_mm(best), worst[1], worst[2])


def tolerance_mm(depth_mm: float) -> float:
    """Return by how much a depth may be overstated: 0.02 mm, or 1 % of a great one."""
    return max(DEPTH_TOLERANCE_MM, DEPTH_TOLERANCE_RATIO * depth_mm)


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """Triangles in runs of 64 with their boxes (runs, 2, 3)."""

    corners: Floats
    boxes: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Probe:
    """Points (N, 3) with their nearest surface points, distances and sides."""

    points: Floats
    feet: Floats
    mm: Floats
    is_within: Flags

    def worse(self, known: _Worst, *, inside: bool) -> _Worst:
        """Return the point furthest beyond the surface, or `known` if that is no less."""
        beyond = np.where(self.is_within == inside, -self.mm, self.mm)
        n = int(beyond.argmax())
        if beyond[n] <= known[0]:
            return known
        return float(beyond[n]), self.points[n], self.feet[n]

    def twice(self, kept: Flags) -> "_Probe":
        """Return the kept points, each for both halves of its sector."""
        return _Probe(
            np.repeat(self.points[kept], 2, axis=0),
            np.repeat(self.feet[kept], 2, axis=0),
            np.repeat(self.mm[kept], 2),
            np.repeat(self.is_within[kept], 2),
        )

    def chosen(self, rows: Index) -> "_Probe":
        """Return some of the points."""
        return _Probe(self.points[rows], self.feet[rows], self.mm[rows], self.is_within[rows])


def _near(surface: Surface, cylinder: Cylinder) -> _Near:
    """Return the triangles that can be nearest to any point of the cylinder."""
    centre, low, high = cylinder.centre_mm, surface.low_mm, surface.high_mm
    furthest = np.linalg.norm(np.maximum(centre - low, high - centre), axis=1)
    nearest_mm = np.linalg.norm(np.maximum(np.maximum(low - centre, centre - high), 0.0), axis=1)
    # The last run may be shorter, and stays last.
    blocks = np.flatnonzero(nearest_mm <= furthest.min() + 2.0 * cylinder.reach_mm)
    return _Near(surface.corners_mm(blocks), np.stack([low[blocks], high[blocks]], axis=1))


def _probed(near: _Near, points: Floats, surface: Surface, known: _Probe | None) -> _Probe:
    """Return what is nearest to `points`; `known` holds one earlier point for each."""
    points = np.ascontiguousarray(points)
    if known is None:
        feet, squares = np.zeros_like(points), np.full(len(points), np.inf)
    else:
        feet = known.feet.copy()
        squares = np.einsum("ij,ij->i", points - feet, points - feet)
    nearest(points, near.corners, near.boxes, BLOCK, feet, squares)
    mm = np.sqrt(squares)
    if known is None:
        return _Probe(points, feet, mm, is_inside(surface, points))
    # A step shorter than the way to the surface does not cross it.
    step = np.linalg.norm(points - known.points, axis=1)
    unsure = np.flatnonzero(step >= np.maximum(known.mm, mm))
    is_within: Flags = known.is_within.copy()
    is_within[unsure] = is_inside(surface, points[unsure])
    return _Probe(points, feet, mm, is_within)


def _bound(probe: _Probe, corners: Floats, *, inside: bool) -> Floats:
    """Return a depth that no point of each sector passes; `corners` (N, 8, 3) enclose it."""
    away = np.linalg.norm(corners - probe.points[:, None], axis=2).max(axis=1)
    to_foot = np.linalg.norm(corners - probe.feet[:, None], axis=2).max(axis=1)
    is_beyond = probe.is_within != inside
    bound: Floats = np.where(is_beyond, np.minimum(to_foot, probe.mm + away), away - probe.mm)
    return bound


def _furthest_corners(frame: "_Frame", sectors: Floats, feet: Floats) -> Floats:
    """Return the corner of each sector that is furthest from its foot, shape (N, 3)."""
    corners = frame.corners(sectors, is_on=True)
    far = np.linalg.norm(corners - feet[:, None], axis=2).argmax(axis=1)
    furthest: Floats = corners[np.arange(len(sectors)), far]
    return furthest


def _halved(sectors: Floats) -> Floats:
    """Return two sectors for each, cut across the longest side."""
    sizes = sectors[:, 1] - sectors[:, 0]
    sizes[:, 1] *= sectors[:, 1, 0]
    axis, rows = sizes.argmax(axis=1), np.arange(len(sectors))
    middle = sectors[rows, :, axis].mean(axis=1)
    halves = np.repeat(sectors, 2, axis=0)
    halves[2 * rows, 1, axis] = middle
    halves[2 * rows + 1, 0, axis] = middle
    return halves


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """The cylinder's own coordinates: mm off the axis, angle about it, mm along it."""

    cylinder: Cylinder
    axes: Floats

    @classmethod
    def of(cls, cylinder: Cylinder) -> "_Frame":
        """Return the frame; `axes` (3, 3) has the axis as its last row."""
        axis = cylinder.direction
        across = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
        across /= np.linalg.norm(across)
        return cls(cylinder, np.stack([across, np.cross(axis, across), axis]))

    def whole(self) -> Floats:
        """Return the whole cylinder as sectors (N, 2, 3) from low to high, no longer than wide."""
        length, radius = self.cylinder.length_mm, self.cylinder.radius_mm
        ends = np.linspace(-length / 2, length / 2, 1 + max(1, round(length / max(radius, 1.0))))
        quarters = np.arange(4) * QUARTER
        low = [(0.0, turn, z) for z in ends[:-1] for turn in quarters]
        high = [(radius, turn + QUARTER, z) for z in ends[1:] for turn in quarters]
        return np.stack([np.array(low), np.array(high)], axis=1)

    def points(self, places: Floats) -> Floats:
        """Return the LPS mm of places (..., 3)."""
        off, turn, along = places[..., 0], places[..., 1], places[..., 2]
        local = np.stack([off * np.cos(turn), off * np.sin(turn), along], axis=-1)
        lps: Floats = local @ self.axes + self.cylinder.centre_mm
        return lps

    def corners(self, sectors: Floats, *, is_on: bool = False) -> Floats:
        """Return eight points (N, 8, 3) that enclose each sector, or lie on it for `is_on`."""
        ends = sectors.copy()
        if not is_on:
            half = (sectors[:, 1, 1] - sectors[:, 0, 1]) / 2.0
            ends[:, 1, 0] /= np.cos(half)
        choice = np.array([(n & 1, n >> 1 & 1, n >> 2) for n in range(8)])
        return self.points(ends[:, choice, np.arange(3)])
