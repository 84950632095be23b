"""How plan items are cut by a slice: exact geometry in pixels, without a painter."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item, ItemId
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from segmentation.grid import Grid
from segmentation.mask import BitMask
from viewers.pipelines.coverage import corners_lps_mm, voxel_box
from viewers.pipelines.plane import Pixel, Pixels, SlicePlane, Triple, triple

ARC_SAMPLES: Final = 48
FLAT: Final = 1e-9
ROUNDING_MM: Final = 1e-9
PARALLEL: Final = 1e-3
PICK_PX: Final = 5.0
REACH_MM: Final = 40.0
BEYOND_MM: Final = 8.0
REACH_MM_MAX: Final = 55.0

Line = tuple[Triple, Triple]
Floats = NDArray[np.float64]


def cylinder_section(item: Trajectory, plane: SlicePlane) -> Pixels:
    """Return the outline (N, 2) of a trajectory's flat-ended cylinder in a slice, (0, 2) if none.

    The section is convex: an ellipse or a strip, cut by the two ends. With e the axis' way along
    the slice, w along e, v across it and h the entry's height over the slice, a point lies in the
    cylinder if v^2 + (w s + h c)^2 <= r^2 and 0 <= w c - h s <= length; c and s are the axis'
    parts along and across the slice. Both sides are sampled in v, the corners exactly.
    """
    start, normal = np.array(item.entry_lps_mm), np.array(plane.axis)
    way = np.array(item.target_lps_mm) - start
    length, radius = float(np.linalg.norm(way)), item.diameter_mm / 2.0
    way = way / length
    s = float(way @ normal)
    along = way - s * normal
    c = float(np.linalg.norm(along))
    along = along / c if c > FLAT else np.array(plane.right)
    h = plane.depth_mm(item.entry_lps_mm)
    v = _samples(radius, [edge * s + h * c for edge in _ends(c, s, h, length)])
    low, high = _spans(np.sqrt(np.maximum(radius**2 - v * v, 0.0)), (c, s, h, length))
    kept = low <= high + ROUNDING_MM
    if not kept.any():
        return np.empty((0, 2))
    v, low, high = v[kept], low[kept], high[kept]
    across = np.cross(normal, along)
    foot = start - h * normal
    sides = np.concatenate([low, high[::-1]])
    points = foot + sides[:, None] * along + np.concatenate([v, v[::-1]])[:, None] * across
    return plane.px(points)


def _ends(c: float, s: float, h: float, length: float) -> tuple[float, ...]:
    """Return where along the slice the two flat ends are met."""
    return (h * s / c, (length + h * s) / c) if c > FLAT else ()


def _samples(radius: float, heights: Sequence[float]) -> Floats:
    """Return places across the axis, closer at the sides, with those where an end meets the arc."""
    even = -radius * np.cos(np.linspace(0.0, math.pi, ARC_SAMPLES + 1))
    corners = [math.sqrt(radius**2 - x * x) for x in heights if abs(x) < radius]
    return np.unique(np.concatenate([even, corners, np.negative(corners)]))


def _spans(q: Floats, cut: tuple[float, float, float, float]) -> tuple[Floats, Floats]:
    """Return from where to where along the slice a point lies in the cylinder; low > high: none.

    `q` is half the cylinder's height at each place across; `cut` holds c, s, h and the length.
    """
    c, s, h, length = cut
    if abs(s) > FLAT:
        bounds = np.stack([(-q - h * c) / s, (q - h * c) / s])
        low, high = bounds.min(axis=0), bounds.max(axis=0)
    else:
        is_out = np.abs(h * c) > q + ROUNDING_MM
        low, high = np.where(is_out, math.inf, -math.inf), np.where(is_out, -math.inf, math.inf)
    if c > FLAT:
        first, last = _ends(c, s, h, length)
        low, high = np.maximum(low, first), np.minimum(high, last)
    elif not 0.0 <= -h * s <= length:
        high = low - 1.0
    return low, high


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a line in pixels; `is_near` where the line lies in the slice."""

    start: Pixel
    end: Pixel
    is_near: bool


def stretches(line: Line, plane: SlicePlane, reach_mm: float) -> tuple[Stretch, ...]:
    """Return a line's projection, parted where it comes nearer to the slice than `reach_mm`."""
    first, last = (plane.depth_mm(end) for end in line)
    cuts = {0.0, 1.0}
    if first != last:
        cuts |= {(side - first) / (last - first) for side in (-reach_mm, reach_mm)}
    shares = sorted(share for share in cuts if 0.0 <= share <= 1.0)
    px = plane.px(np.array(line))
    parts = []
    for low, high in itertools.pairwise(shares):
        depth = first + (low + high) / 2.0 * (last - first)
        start, end = (tuple(px[0] + t * (px[1] - px[0])) for t in (low, high))
        near = abs(depth) <= reach_mm
        parts.append(Stretch((start[0], start[1]), (end[0], end[1]), near))
    return tuple(parts)


def depth_of_line_mm(line: Line, plane: SlicePlane) -> float:
    """Return how near a line comes to a slice; 0 where it crosses it."""
    first, last = (plane.depth_mm(end) for end in line)
    return 0.0 if first * last <= 0.0 else min(abs(first), abs(last))


def reach_of_mm(item: Item, half_mm: float) -> float:
    """Return how far from a slice the item's lines still lie in it."""
    return max(half_mm, item.diameter_mm / 2.0) if isinstance(item, Trajectory) else half_mm


def lines_of(item: Item) -> tuple[Line, ...]:
    """Return the straight lines that an item is drawn with."""
    if isinstance(item, Trajectory):
        return ((item.entry_lps_mm, item.target_lps_mm),)
    if isinstance(item, Distance):
        return ((item.start_lps_mm, item.end_lps_mm),)
    if isinstance(item, Angle):
        apex = item.apex_lps_mm
        return (item.first_lps_mm, apex), (apex, item.second_lps_mm)
    return ()


def behind_lps_mm(item: Trajectory, lengths: float) -> Triple:
    """Return the point so many lengths before the entry, outside the bone."""
    entry, target = np.array(item.entry_lps_mm), np.array(item.target_lps_mm)
    return triple(entry + lengths * (entry - target))


def cut_line(item: CutPlane, plane: SlicePlane, reach_mm: float) -> tuple[Pixels, Pixel] | None:
    """Return the ends (2, 2) of a cut plane's line in a slice and the way to the removed side.

    The line stands at the foot of the plane's point and reaches as far as the slice cuts the disc
    of radius `reach_mm` about it; None where the slice misses the disc or lies as the plane does.
    """
    normal = np.array(item.normal_lps)
    aside = np.array((normal @ np.array(plane.right), normal @ np.array(plane.down)))
    length = float(np.linalg.norm(aside))
    if length < PARALLEL:
        return None
    depth = plane.depth_mm(item.point_lps_mm)
    # On the slice the plane's nearest point to its own lies h / |part of the normal| away.
    away_mm = abs(depth) / length
    if away_mm >= reach_mm:
        return None
    way = aside / length
    shift = depth * float(normal @ np.array(plane.axis)) / length
    foot = plane.px(item.point_lps_mm) + shift / plane.mm_per_px * way
    half = math.sqrt(reach_mm**2 - away_mm**2) / plane.mm_per_px
    along = np.array((-way[1], way[0])) * half
    return np.array((foot - along, foot + along)), (float(way[0]), float(way[1]))


def cut_reach_mm(item: CutPlane, grid: Grid, mask: BitMask | None) -> float:
    """Return how far a cut plane is drawn about its point: past a small segment, 55 mm at most."""
    if mask is None or mask.is_empty:
        return REACH_MM
    corners = corners_lps_mm(grid, voxel_box(mask))
    away = corners - np.array(item.point_lps_mm)
    flat = away - (away @ np.array(item.normal_lps))[:, None] * np.array(item.normal_lps)
    return min(float(np.linalg.norm(flat, axis=1).max()) + BEYOND_MM, REACH_MM_MAX)


def line_under(
    items: Sequence[Item], plane: SlicePlane, half_mm: float, px: Pixel
) -> ItemId | None:
    """Return the item whose line or dot in the slice lies within 5 px of a place; the top one."""
    for item in reversed(items):
        if any(_away_px(part, px) <= PICK_PX for part in _drawn(item, plane, half_mm)):
            return item.id
    return None


def _drawn(item: Item, plane: SlicePlane, half_mm: float) -> Iterator[tuple[Pixel, Pixel]]:
    """Yield the lines of an item that lie in the slice, a landmark as one without length."""
    reach_mm = reach_of_mm(item, half_mm)
    for line in lines_of(item):
        yield from _near(stretches(line, plane, reach_mm))
    if isinstance(item, Landmark) and abs(plane.depth_mm(item.point_lps_mm)) <= half_mm:
        x, y = plane.px(item.point_lps_mm)
        yield (float(x), float(y)), (float(x), float(y))
    if isinstance(item, CutPlane):
        found = cut_line(item, plane, REACH_MM)
        if found is not None:
            (a, b), _ = found
            yield (float(a[0]), float(a[1])), (float(b[0]), float(b[1]))


def _near(parts: Iterable[Stretch]) -> Iterator[tuple[Pixel, Pixel]]:
    return ((part.start, part.end) for part in parts if part.is_near)


def _away_px(line: tuple[Pixel, Pixel], px: Pixel) -> float:
    """Return the distance of a place to a stretch."""
    a, b, p = (np.array(point) for point in (*line, px))
    length = float((b - a) @ (b - a))
    share = min(max(float((p - a) @ (b - a)) / length, 0.0), 1.0) if length > 0.0 else 0.0
    return float(np.linalg.norm(a + share * (b - a) - p))
