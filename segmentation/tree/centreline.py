"""Centrelines from chains of voxels: smooth, evenly spaced, ending in the last ball of a tip."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid
from segmentation.kernels.bits import complement, unpacked
from segmentation.mask import WORD_BITS, BitMask

Floats = NDArray[np.float64]
WIDTH_VOXELS: Final = 1.5  # the Gaussian along a centreline, in a voxel's mean side
WIDTH_RADII: Final = 0.5  # or in mean radii, where that is more
REACH: Final = 3.0  # Gaussians end there
PAIRS: Final = 8  # of opposite rays
PAIRS_MIN: Final = 5
SAME_RATIO: Final = 0.95
TIP_RADII: Final = (
    1.5  # a flat end's edge lies at the root of two radii from the last ball's middle
)


class Tube:
    """A mask around a centreline: how far outside is from a point, exactly or along a ray."""

    def __init__(self, grid: Grid, mask: BitMask, most_mm: float) -> None:
        from scipy.spatial import cKDTree  # noqa: PLC0415 - SciPy is loaded when it is needed

        box = mask.box.grown(mask.shape_kji, (1, 1, 1))
        ni = box.voxels_i(mask.shape_kji)
        words = mask.words_in(box)
        inside, outside = unpacked(words, ni), unpacked(complement(words, ni), ni)
        near = np.zeros(inside.shape, bool)
        for axis in range(3):
            here, there = (
                tuple(side if n == axis else slice(None) for n in range(3))
                for side in (slice(1, None), slice(None, -1))
            )
            near[here] |= inside[there]
            near[there] |= inside[here]
        self._start = np.array([box.k0, box.j0, WORD_BITS * box.w0])
        shell = np.argwhere(near & outside) + self._start
        self._grid, self._inside, self._most_mm = grid, inside, most_mm
        self._shell = cKDTree(grid.lps_mm(shell[:, ::-1])) if len(shell) else None

    def radius_mm(self, points_lps_mm: Floats) -> Floats:
        """Return the distance of points (n, 3) to the nearest voxel's centre outside.

        The nearest voxel outside always shares a face with the mask: only those are asked.
        """
        if self._shell is None:
            return np.full(len(points_lps_mm), self._most_mm)
        found, _ = self._shell.query(points_lps_mm)
        return np.asarray(found, np.float64)

    def holds(self, points_lps_mm: Floats) -> NDArray[np.bool_]:
        """Return which points (n, 3) lie in a voxel of the mask; what is off the scan does not."""
        kji = np.rint(self._grid.ijk(points_lps_mm)[:, ::-1]).astype(np.int64) - self._start
        is_in = ((kji >= 0) & (kji < self._inside.shape)).all(axis=1)
        at = tuple(np.where(is_in[:, None], kji, 0).T)
        return np.asarray(is_in & self._inside[at])

    def centred(self, points_lps_mm: Floats, ways: Floats, step_mm: float) -> Floats:
        """Return points (n, 3) of lines moved across their `ways` to the middle between walls.

        Walls are looked for along 16 rays across, up to twice the radius; a pair of which
        one finds none, as at a branch point, says nothing, and a point with few pairs stays.
        """
        across, up = _across(ways)
        radius = self.radius_mm(points_lps_mm)
        angles = np.arange(PAIRS) * np.pi / PAIRS
        rays = np.cos(angles)[:, None, None] * across + np.sin(angles)[:, None, None] * up
        plus, minus = (
            self._wall_mm(points_lps_mm, sign * rays, radius, step_mm) for sign in (1, -1)
        )
        is_known = np.isfinite(plus) & np.isfinite(minus)
        off = np.where(
            is_known, (np.where(is_known, plus, 0) - np.where(is_known, minus, 0)) / 2, 0
        )
        both = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        normal = np.einsum("pn,pa,pb->nab", is_known.astype(np.float64), both, both)
        pull = np.einsum("pn,pa->na", off, both)
        is_sure = is_known.sum(axis=0) >= PAIRS_MIN
        normal[~is_sure] = np.eye(2)
        shift = np.linalg.solve(normal, pull[..., None])[..., 0] * is_sure[:, None]
        moved = points_lps_mm + shift[:, :1] * across + shift[:, 1:] * up
        return np.where(self.holds(moved)[:, None], moved, points_lps_mm)

    def extended(self, points_lps_mm: Floats, step_mm: float, is_open: tuple[bool, bool]) -> Floats:
        """Return a line that goes on straight at its open ends while its balls stay as large.

        So it reaches the border of the scan where that cuts a vessel, and no wall.
        """
        line = points_lps_mm
        for is_free in is_open[::-1]:
            line = self._onward(line, step_mm)[::-1] if is_free else line[::-1]
        return line

    def _onward(self, line: Floats, step_mm: float) -> Floats:
        radius = float(self.radius_mm(line[-1:])[0])
        back = line[-1] - line[max(len(line) - 1 - int(np.ceil(radius / step_mm)), 0)]
        if not back.any():
            return line
        steps = np.arange(1, int(TIP_RADII * radius / step_mm) + 1)[:, None]
        more = line[-1] + step_mm * steps * back / np.linalg.norm(back)
        is_wide = self.holds(more) & (self.radius_mm(more) >= SAME_RATIO * radius)
        kept = len(more) if is_wide.all() else int(is_wide.argmin())
        return np.concatenate([line, more[:kept]])

    def _wall_mm(self, points: Floats, rays: Floats, radius: Floats, step_mm: float) -> Floats:
        """Return how far the mask reaches from points (n, 3) along rays (p, n, 3); NaN: too far."""
        found = np.full(rays.shape[:2], np.nan)
        is_open = np.ones(rays.shape[:2], bool)
        for n in range(1, int(np.ceil(2.0 * radius.max() / step_mm)) + 1):
            is_open &= n * step_mm <= 2.0 * radius + step_mm
            ray, point = np.nonzero(is_open)
            if not ray.size:
                break
            is_out = ~self.holds(points[point] + n * step_mm * rays[ray, point])
            found[ray[is_out], point[is_out]] = (n - 0.5) * step_mm
            is_open[ray[is_out], point[is_out]] = False
        return found


def _across(way: Floats) -> tuple[Floats, Floats]:
    """Return two unit vectors across each direction of shape (n, 3), and across each other."""
    unit = way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-12)
    least = np.eye(3)[np.abs(unit).argmin(axis=1)]
    across = np.cross(unit, least)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    return across, np.cross(unit, across)


def smoothed(points_mm: Floats, spacing_mm: float, radius_mm: float, step_mm: float) -> Floats:
    """Return a line through `points_mm` (n, 3), both ends kept, as points `step_mm` apart.

    A Gaussian along the line takes the voxels' steps out; the line goes on beyond its ends as its
    own point reflection, so that a straight one stays straight.
    """
    along = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points_mm, axis=0), axis=1))]
    steps = max(round(float(along[-1]) / step_mm), 1)
    even = np.linspace(0.0, along[-1], steps + 1)
    line = np.stack([np.interp(even, along, points_mm[:, n]) for n in range(3)], axis=1)
    width = max(WIDTH_VOXELS * spacing_mm, WIDTH_RADII * radius_mm)
    width = min(width, float(along[-1]) / REACH) * steps / max(float(along[-1]), 1e-9)
    reach = min(int(np.ceil(REACH * width)), steps)
    if reach < 1:
        return line
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    weights /= weights.sum()
    before = 2.0 * line[0] - line[reach:0:-1]
    after = 2.0 * line[-1] - line[-2 : -2 - reach : -1]
    wide = np.concatenate([before, line, after])
    smooth = np.stack([np.convolve(wide[:, n], weights, "valid") for n in range(3)], axis=1)
    smooth[0], smooth[-1] = line[0], line[-1]
    return smooth


def without_tip(points_mm: Floats, radius_mm: Floats) -> int:
    """Return how many points are left up to the first that has the last point within its end."""
    away = np.linalg.norm(points_mm - points_mm[-1], axis=1)
    return int(np.argmax(away <= TIP_RADII * radius_mm)) + 1


def clear(points_mm: Floats, radius_mm: Floats) -> slice:
    """Return the points outside the balls of both ends; all points where none lies outside.

    In a branch point's ball the radius is that of the junction, at a tip that of its end.
    """
    is_in = [np.linalg.norm(points_mm - points_mm[n], axis=1) < radius_mm[n] for n in (0, -1)]
    first, last = int(is_in[0].argmin()), len(points_mm) - int(is_in[1][::-1].argmin())
    if any(inside.all() for inside in is_in) or last <= first:
        return slice(0, len(points_mm))
    return slice(first, last)
