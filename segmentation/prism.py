"""Voxels behind an outline that a hand drew: a prism along the direction it was seen in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid, Matrix, Point
from segmentation.kernels.bits import read_only
from segmentation.kernels.prism import keep_near, nearest_depths, sweep
from segmentation.kernels.slabs import SLICES, each_slab
from segmentation.mask import WORD_BITS, BitMask, Box, Words, word_count
from segmentation.progress import Progress, silent

Triple = tuple[float, float, float]
Slab = tuple[float, float]
WHOLE: Slab = (-math.inf, math.inf)
RIM_KJI = (2, 2, 2)
SLANT = 1e-6  # of a slice: a plane half-way between two of them takes the farther one


def layer(grid: Grid, along_lps: Sequence[float]) -> Slab:
    """Return the depths around a plane that hold one layer of voxels along a unit vector.

    Exactly one where the vector is an axis of the grid; as thick as that elsewhere.
    """
    steps = grid.direction.T @ np.asarray(along_lps) / np.array(grid.spacing_kji_mm[::-1])
    thick_mm = 1.0 / float(np.linalg.norm(steps))
    return (-0.5 + SLANT) * thick_mm, (0.5 + SLANT) * thick_mm


@dataclass(frozen=True, slots=True, eq=False)
class Prism:
    """A closed outline swept along a unit vector, both ways from its plane.

    The plane lies at right angles to `along_lps` through the mean of `outline_lps_mm` (N, 3); a
    parallel projection, as in slices and in the 3D view. A voxel is inside when its centre, seen
    along the vector, lies inside the outline by the even-odd rule.
    """

    grid: Grid
    outline_lps_mm: Point
    along_lps: Triple

    @property
    def _axes(self) -> Matrix:
        """Two directions in the plane and the sweep's as rows (3, 3)."""
        along = np.array(self.along_lps)
        start = np.eye(3)[int(np.abs(along).argmin())]
        u = np.cross(along, start)
        u /= np.linalg.norm(u)
        return np.stack([u, np.cross(along, u), along])

    @property
    def _sheet(self) -> tuple[Point, Point, Matrix]:
        """The outline's u, v (N, 2); u, v, d of voxel (0, 0, 0); their steps along k, j, i."""
        axes, grid = self._axes, self.grid
        middle = self.outline_lps_mm.mean(axis=0)
        outline = np.ascontiguousarray((self.outline_lps_mm - middle) @ axes[:2].T)
        base = axes @ (grid.origin_lps_mm - middle)
        steps = (axes @ (grid.direction * np.array(grid.spacing_kji_mm[::-1]))).T[::-1]
        return outline, base, np.ascontiguousarray(steps)

    def box(self, slab: Slab = WHOLE) -> Box:
        """Return a box of the grid that holds every voxel of the prism in a slab of depths."""
        grid, axes = self.grid, self._axes
        middle = self.outline_lps_mm.mean(axis=0)
        outline = (self.outline_lps_mm - middle) @ axes[:2].T
        depths = (grid.corners_lps_mm - middle) @ axes[2]
        ends = (max(float(depths.min()), slab[0]), min(float(depths.max()), slab[1]))
        (u0, v0), (u1, v1) = outline.min(axis=0), outline.max(axis=0)
        corners = np.array(list(product((u0, u1), (v0, v1), ends))) @ axes + middle
        ijk = grid.ijk(corners)
        size = np.array(grid.shape_kji[::-1])
        low = np.clip(np.ceil(ijk.min(axis=0) - 1e-6), 0, size).astype(int).tolist()
        high = np.clip(np.floor(ijk.max(axis=0) + 1e-6) + 1, low, size).astype(int).tolist()
        return Box(low[2], low[1], low[0] // WORD_BITS, high[2], high[1], word_count(high[0]))

    def swept(
        self, box: Box, slab: Slab = WHOLE, progress: Progress = silent, *, is_outside: bool = False
    ) -> BitMask:
        """Return the voxels of `box` inside the outline, or outside it, at depths of the slab.

        Depths count in mm from the outline's plane along the sweep, the slab's end not included.
        """
        shape_kji = self.grid.shape_kji
        if not all(box.shape_kjw):
            return BitMask.empty(shape_kji)
        outline, base, steps = self._sheet
        base = base + np.array([box.k0, box.j0, WORD_BITS * box.w0]) @ steps
        words = np.empty(box.shape_kjw, np.uint64)
        ni, ends = box.voxels_i(shape_kji), np.array(slab)

        def work(k0: int, k1: int) -> None:
            """Fill some slices."""
            sweep(outline, base, steps, ends, is_outside, ni, k0, k1, words)

        each_slab(work, box.shape_kjw[0], progress)
        return BitMask.from_words(shape_kji, words, box)

    def near_surface(
        self, region: BitMask, segment: BitMask, reach_mm: float, progress: Progress = silent
    ) -> BitMask:
        """Return the voxels of `region` up to `reach_mm` behind where the sweep meets `segment`.

        The sweep comes from the eye, so it meets the side that is seen. Where it does is known to a
        square as wide as the largest spacing: the least depth of the voxel centres of `segment`
        that are seen in it, also of those beside the outline. Squares without any keep nothing.
        """
        rim = region.box.grown(region.shape_kji, RIM_KJI).meet(segment.box)
        if not region.words.size or not all(rim.shape_kjw):
            return BitMask.empty(region.shape_kji)
        seen = read_only(np.ascontiguousarray(segment.box.view(segment.words, rim)))
        _outline, base, steps = self._sheet
        cell_mm = max(self.grid.spacing_kji_mm)
        corner, cells = self._cells(region.box, base, steps, cell_mm)
        nearest = np.full(cells, np.inf)
        start = base + _first(rim) @ steps
        for k0 in range(0, len(seen), SLICES):
            k1 = min(k0 + SLICES, len(seen))
            nearest_depths(seen, start, steps, corner, cell_mm, k0, k1, nearest)
            progress(k1, 2 * len(seen))
        words: Words = region.words.copy()
        start = base + _first(region.box) @ steps

        def work(k0: int, k1: int) -> None:
            """Clear some slices."""
            keep_near(words, start, steps, corner, cell_mm, nearest, reach_mm, k0, k1)

        nk = words.shape[0]
        each_slab(work, nk, lambda done, of: progress(of + done, 2 * of))
        return BitMask.from_words(region.shape_kji, words, region.box)

    def _cells(
        self, box: Box, base: Point, steps: Matrix, cell_mm: float
    ) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return the corner (u, v) of the squares that a box is seen in, and how many there are."""
        ends = ((box.k0, box.k1), (box.j0, box.j1), (WORD_BITS * box.w0, WORD_BITS * box.w1))
        seen = (base + np.array(list(product(*ends)), float) @ steps)[:, :2]
        corner = seen.min(axis=0) - cell_mm
        across = ((seen.max(axis=0) - corner) / cell_mm).astype(int) + 2
        return corner, (int(across[0]), int(across[1]))


def _first(box: Box) -> Point:
    """Return k, j, i of a box's first voxel as floats."""
    return np.array([box.k0, box.j0, WORD_BITS * box.w0], np.float64)
