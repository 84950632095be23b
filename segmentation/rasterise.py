"""Closed contours on planes become a mask: exact at voxel centres, by the even-odd rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.outline import REACH_VOXELS, doubtful, filled
from segmentation.placed import Placed, beyond
from segmentation.progress import Progress, share, silent

SAME_PLANE_MM: Final = 0.05
FLAT_MM: Final = 0.1
SPARSE_RATIO: Final = 1.5
NEXT_RATIO: Final = 1.25
MISSED_RATIO: Final = 2.5
GAP_MM_MAX: Final = 10.0
TIE_MM: Final = 1e-3
BLOCK: Final = 1 << 21

Points = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What contours came to: voxels, the grid's step, the slabs, and what is open to doubt."""

    voxels: Bools
    step_mm: float
    slabs: "_Slabs"
    doubtful_ml: float


@dataclass(frozen=True, slots=True, eq=False)
class _Plane:
    """All contours of one plane: its depth along the normal, and their points (N, 2)."""

    depth_mm: float
    outlines: tuple[Points, ...]


def rasterised(contours: Sequence[Points], grid: Grid, progress: Progress = silent) -> Placed:
    """Return the voxels whose centres lie inside closed contours, given as points (N, 3) in LPS mm.

    Contours of one plane count together by the even-odd rule: one inside another is a hole, the
    seam of a keyhole contour cancels itself. Points are taken at 1/65536 voxel and every decision
    after that is exact; a centre on an edge belongs to the side of the higher index, so that two
    outlines that share an edge share no voxel. A plane stands for half the way to its neighbours,
    and where the next is further away than usual (1.25 x the median distance of planes), for half
    of that median; planes over 10 mm apart stand for one voxel each.
    Told: contours that stand twice (`contours-repeated`) or cross (`contours-crossing`), planes
    further apart than the grid's (`contours-sparse`), a plane that seems to be missing
    (`contours-missed`), and what lies outside of the grid (`brought-beyond`).
    Refused: `contour-not-flat`, `contours-not-parallel`, `contour-too-far`.
    """
    kept, repeated_n = _without_repeats(contours)
    if not kept:
        return Placed(BitMask.empty(grid.shape_kji))
    everything = np.concatenate(kept)
    if not np.abs(grid.ijk(everything)).max() <= REACH_VOXELS:
        raise Refusal("contour-too-far", voxels=REACH_VOXELS)
    axis = _grid_axis(kept, grid)
    if axis is None:
        drawn = _oblique(kept, grid, progress)
    else:
        drawn = _along_axis(kept, grid, axis, progress)
    findings = (*_told(drawn, repeated_n), *beyond(everything, grid))
    return Placed(BitMask.from_bool(drawn.voxels), 0.0, findings)


def _told(drawn: _Drawn, repeated_n: int) -> tuple[Finding, ...]:
    """Return what a person should look at in contours."""
    findings = []
    gap_mm, step_mm, missed_n = drawn.slabs.gap_mm, drawn.step_mm, drawn.slabs.missed_n
    if repeated_n:
        findings.append(Finding("contours-repeated", Severity.WARN, {"count": repeated_n}))
    if drawn.doubtful_ml:
        values = {"ml": round(drawn.doubtful_ml, 3)}
        findings.append(Finding("contours-crossing", Severity.WARN, values))
    if missed_n:
        findings.append(Finding("contours-missed", Severity.WARN, {"count": missed_n}))
    if gap_mm > SPARSE_RATIO * step_mm:
        values = {"mm": round(gap_mm, 2), "step_mm": round(step_mm, 2)}
        findings.append(Finding("contours-sparse", Severity.WARN, values, mm=values["mm"]))
    return tuple(findings)


def _without_repeats(contours: Sequence[Points]) -> tuple[list[Points], int]:
    """Return the contours of three points and more, each once: the same twice would be a hole."""
    kept = {
        _signature(points): points
        for points in contours
        if len(points) > 2 and np.ptp(points, axis=0).max() > 0.0
    }
    usable_n = sum(len(p) > 2 and bool(np.ptp(p, axis=0).max() > 0.0) for p in contours)
    return list(kept.values()), usable_n - len(kept)


def _signature(points: Points) -> bytes:
    """Return what two contours share that run through the same points, wherever they begin.

    Points count to 0.1 um; the direction does not, nor a last point that repeats the first.
    """
    ring = np.round(points, 4) + 0.0
    if len(ring) > 3 and np.array_equal(ring[0], ring[-1]):
        ring = ring[:-1]
    starts = np.flatnonzero((ring == ring[np.lexsort(ring.T)[0]]).all(axis=1)).tolist()
    if len(starts) > 1:  # a seam meets itself there
        return ring.tobytes()
    forward = np.roll(ring, -starts[0], axis=0)
    backward = np.roll(forward[::-1], 1, axis=0)
    return min(forward.tobytes(), backward.tobytes())


def _grid_axis(contours: Sequence[Points], grid: Grid) -> int | None:
    """Return the axis (0 i, 1 j, 2 k) that all contours are perpendicular to, None for oblique."""
    extents = np.array([np.ptp(grid.ijk(points), axis=0) for points in contours])
    extents_mm = extents.max(axis=0) * np.array(grid.spacing_kji_mm[::-1])
    axis = int(extents_mm.argmin())
    return axis if extents_mm[axis] <= SAME_PLANE_MM else None


def _along_axis(contours: Sequence[Points], grid: Grid, axis: int, progress: Progress) -> _Drawn:
    """Return what contours perpendicular to an axis of the grid enclose."""
    rows_axis, columns_axis = (n for n in (2, 1, 0) if n != axis)
    step_mm = grid.spacing_kji_mm[2 - axis]
    flat = [grid.ijk(points) for points in contours]
    planes = _planes(
        (float(p[:, axis].mean()) * step_mm, p[:, [columns_axis, rows_axis]]) for p in flat
    )
    slabs = _Slabs.of(planes, step_mm)
    shape_ijk = grid.shape_kji[::-1]
    voxels = np.zeros(grid.shape_kji, bool)
    view = np.moveaxis(voxels, 2 - axis, 0)  # slices, then rows, then columns
    shape = (shape_ijk[rows_axis], shape_ijk[columns_axis])
    owner = slabs.owner(np.arange(shape_ijk[axis], dtype=np.float64) * step_mm)
    doubtful_n, seen = 0, dict[int, int]()
    for n in np.flatnonzero(owner >= 0).tolist():
        progress(n, shape_ijk[axis])
        plane = int(owner[n])
        view[n] = filled(planes[plane].outlines, shape)
        if plane not in seen:
            seen[plane] = doubtful(planes[plane].outlines, shape)
        doubtful_n += seen[plane]
    return _Drawn(voxels, step_mm, slabs, doubtful_n * grid.voxel_ml)


def _planes(found: Iterator[tuple[float, Points]]) -> list[_Plane]:
    """Return contours gathered by plane, in the order of their depth."""
    ordered = sorted(found, key=lambda pair: pair[0])
    groups: list[list[tuple[float, Points]]] = []
    for depth_mm, outline in ordered:
        if not groups or depth_mm - groups[-1][0][0] > SAME_PLANE_MM:
            groups.append([])
        groups[-1].append((depth_mm, outline))
    return [
        _Plane(float(np.mean([d for d, _ in group])), tuple(o for _, o in group))
        for group in groups
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Slabs:
    """What each plane stands for along the normal: from `low_mm` on, up to `high_mm`.

    `gap_mm` is the usual distance of two planes, `missed_n` how often one seems to be missing.
    """

    low_mm: Points
    high_mm: Points
    gap_mm: float
    missed_n: int

    @classmethod
    def of(cls, planes: Sequence[_Plane], step_mm: float) -> "_Slabs":
        """Return the slabs of planes in the order of their depth."""
        depths = np.array([plane.depth_mm for plane in planes])
        gaps = np.diff(depths)
        gap_mm = float(np.median(gaps)) if len(gaps) else step_mm
        thickness_mm = gap_mm if gap_mm <= GAP_MM_MAX else step_mm
        half = np.where(gaps <= NEXT_RATIO * thickness_mm, gaps, thickness_mm) / 2.0
        ends = [thickness_mm / 2.0]
        low = depths - np.concatenate([ends, half])
        is_missed = (gaps > NEXT_RATIO * thickness_mm) & (gaps < MISSED_RATIO * thickness_mm)
        return cls(low, depths + np.concatenate([half, ends]), gap_mm, int(is_missed.sum()))

    def owner(self, depth_mm: Points) -> NDArray[np.int64]:
        """Return the plane that stands for each depth, -1 for none."""
        # A midway depth goes to the later plane whatever its last digits are.
        at = depth_mm + TIE_MM
        found = np.searchsorted(self.low_mm, at, side="right") - 1
        is_held = (found >= 0) & (at < self.high_mm[found])
        return np.where(is_held, found, -1)


def _oblique(contours: Sequence[Points], grid: Grid, progress: Progress) -> _Drawn:
    """Do the same for planes that no axis of the grid is perpendicular to."""
    axes = _plane_axes(contours)
    seen = [points @ axes for points in contours]
    if max(float(np.ptp(points[:, 2])) for points in seen) > FLAT_MM:
        raise Refusal("contours-not-parallel", mm=FLAT_MM)
    planes = _planes((float(points[:, 2].mean()), points[:, :2]) for points in seen)
    step_mm = float(np.abs(axes[:, 2] @ grid.direction) @ np.array(grid.spacing_kji_mm[::-1]))
    slabs = _Slabs.of(planes, step_mm)
    voxels = np.zeros(grid.shape_kji, bool)
    everything = np.concatenate(contours)
    ijk = grid.ijk(everything)
    reach = np.ceil(GAP_MM_MAX / np.array(grid.spacing_kji_mm[::-1])).astype(np.int64) + 1
    low = np.maximum(np.floor(ijk.min(axis=0)).astype(np.int64) - reach, 0)
    high = np.minimum(np.ceil(ijk.max(axis=0)).astype(np.int64) + reach + 1, grid.shape_kji[::-1])
    doubtful_ml = _doubtful_ml(planes, slabs, min(grid.spacing_kji_mm))
    drawn = _Drawn(voxels, step_mm, slabs, doubtful_ml)
    if (low >= high).any():
        return drawn
    j, i = np.mgrid[low[1] : high[1], low[0] : high[0]]
    for k in range(low[2], high[2]):
        done, depth = int(k - low[2]), int(high[2] - low[2])
        pulse = share(progress, done / depth, (done + 1) / depth)
        points = grid.lps_mm(np.stack([i, j, np.full_like(i, k)], -1).reshape(-1, 3)) @ axes
        found = _inside_planes(points, planes, slabs, pulse)
        voxels[k, low[1] : high[1], low[0] : high[0]] = found.reshape(i.shape)
    return drawn


def _doubtful_ml(planes: Sequence[_Plane], slabs: _Slabs, pixel_mm: float) -> float:
    """Return how much oblique outlines leave open to doubt, by pixels of their own planes."""
    low = np.floor(np.min([p.min(axis=0) for one in planes for p in one.outlines], axis=0))
    total = 0.0
    for n, plane in enumerate(planes):
        outlines = [(points - low) / pixel_mm for points in plane.outlines]
        columns_n, rows_n = np.ceil(np.max([p.max(axis=0) for p in outlines], axis=0)) + 1
        found = doubtful(outlines, (int(rows_n), int(columns_n)))
        total += found * pixel_mm**2 * float(slabs.high_mm[n] - slabs.low_mm[n]) / 1000.0
    return total


def _plane_axes(contours: Sequence[Points]) -> Points:
    """Return two axes in the plane of the largest contour and its normal, as columns."""
    largest = max(contours, key=lambda points: float(np.linalg.norm(_area_vector(points))))
    normal = _area_vector(largest)
    length = float(np.linalg.norm(normal))
    if length <= 0.0:
        raise Refusal("contour-not-flat", mm=FLAT_MM)
    normal = normal / length
    across = np.eye(3)[int(np.abs(normal).argmin())]
    u = np.cross(normal, across)
    u /= np.linalg.norm(u)
    if np.ptp(largest @ normal) > FLAT_MM:
        raise Refusal("contour-not-flat", mm=FLAT_MM)
    return np.column_stack([u, np.cross(normal, u), normal])


def _area_vector(points: Points) -> Points:
    """Return the contour's area along its normal (Newell's sum), about its own middle."""
    about = points - points.mean(axis=0)
    area: Points = np.cross(about, np.roll(about, -1, axis=0)).sum(axis=0) / 2.0
    return area


def _inside_planes(
    points: Points, planes: Sequence[_Plane], slabs: _Slabs, progress: Progress
) -> Bools:
    """Return which points (M, 3), given along the planes' axes, lie inside contours of theirs."""
    inside = np.zeros(len(points), bool)
    owner = slabs.owner(points[:, 2])
    for n in np.unique(owner[owner >= 0]).tolist():
        mine = np.flatnonzero(owner == n)
        inside[mine] = _inside_outlines(points[mine, :2], planes[n].outlines, progress)
    return inside


def _inside_outlines(points: Points, outlines: Sequence[Points], progress: Progress) -> Bools:
    """Return which points (M, 2) an odd number of crossings to the left tells to be inside."""
    a = np.concatenate(outlines)
    b = np.concatenate([np.roll(outline, -1, axis=0) for outline in outlines])
    inside = np.zeros(len(points), bool)
    some = max(BLOCK // max(len(a), 1), 1)
    for start in range(0, len(points), some):
        progress(start, len(points))
        u, v = points[start : start + some, :1], points[start : start + some, 1:]
        is_crossed = (a[:, 1] <= v) != (b[:, 1] <= v)
        rise = np.where(b[:, 1] == a[:, 1], 1.0, b[:, 1] - a[:, 1])
        at = a[:, 0] + (v - a[:, 1]) * (b[:, 0] - a[:, 0]) / rise
        inside[start : start + some] = (is_crossed & (at <= u)).sum(axis=1) % 2 == 1
    return inside
