"""A CT in blocks of about 3 mm, turned towards the patient: enough to tell where an organ lies.

Arrays of blocks are indexed [z, y, x]: up, back and left as far as the scan's axes allow.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid, Point, Shape
from segmentation.kernels.ball import Spacing, dilated, eroded
from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.blocks import block_counts, block_sums
from segmentation.mask import BitMask, Box
from segmentation.progress import Progress, silent
from segmentation.volume import Volume

BLOCK_MM = 3.0
UNMEASURED_HU = -1000.0

Blocks = NDArray[np.bool_]
Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """How blocks lie in the scan.

    `axes[n]` is the scan's axis (0 = k, 1 = j, 2 = i) along the blocks' axis n, `is_flipped[n]`
    whether it runs the other way; `factors_kji` are the voxels of a block.
    """

    grid: Grid
    factors_kji: Shape
    axes: Shape
    is_flipped: tuple[bool, bool, bool]

    @classmethod
    def of(cls, grid: Grid) -> "Frame":
        """Return the frame of a grid: its axes paired with the patient's they are nearest to."""
        direction = grid.direction
        lps = np.abs(direction)
        pairs: dict[int, int] = {}
        for _ in range(3):  # the clearest pair first
            row, column = np.unravel_index(int(lps.argmax()), (3, 3))
            pairs[int(row)] = int(column)
            lps = lps.copy()
            lps[row], lps[:, column] = -1.0, -1.0
        columns = [pairs[2], pairs[1], pairs[0]]
        flips = [bool(direction[2 - n, column] < 0.0) for n, column in enumerate(columns)]
        factors = [max(round(BLOCK_MM / spacing), 1) for spacing in grid.spacing_kji_mm]
        axes = [2 - column for column in columns]
        return cls(
            grid,
            (factors[0], factors[1], factors[2]),
            (axes[0], axes[1], axes[2]),
            (flips[0], flips[1], flips[2]),
        )

    @property
    def spacing_zyx_mm(self) -> Spacing:
        """The blocks' distances in mm."""
        sizes = [
            spacing * factor
            for spacing, factor in zip(self.grid.spacing_kji_mm, self.factors_kji, strict=True)
        ]
        z, y, x = (sizes[axis] for axis in self.axes)
        return z, y, x

    @property
    def block_ml(self) -> float:
        """The volume of a block."""
        return float(np.prod(self.spacing_zyx_mm)) / 1000.0

    def lps_mm(self, points_zyx: Point) -> Point:
        """Return the LPS mm of block indices of shape (3,) or (N, 3)."""
        points = np.atleast_2d(np.asarray(points_zyx, np.float64))
        kji = np.empty_like(points)
        for n, axis in enumerate(self.axes):
            factor, size = self.factors_kji[axis], self.grid.shape_kji[axis]
            at = points[:, n]
            if self.is_flipped[n]:
                at = -(-size // factor) - 1 - at
            kji[:, axis] = at * factor + (factor - 1) / 2.0
        lps = self.grid.lps_mm(kji[:, ::-1])
        return lps if np.ndim(points_zyx) > 1 else lps[0]

    def turned(self, kji: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return blocks in the scan's order as [z, y, x]; a view."""
        flips = tuple(slice(None, None, -1 if flip else 1) for flip in self.is_flipped)
        turned: NDArray[np.generic] = kji.transpose(self.axes)[flips]
        return turned

    def turned_back(self, zyx: Blocks) -> Blocks:
        """Return blocks [z, y, x] in the scan's order; a view."""
        flips = tuple(slice(None, None, -1 if flip else 1) for flip in self.is_flipped)
        return zyx[flips].transpose(np.argsort(self.axes))

    def mask(self, zyx: Blocks) -> BitMask:
        """Return the voxels of the blocks that are set."""
        shape_kji = self.grid.shape_kji
        fk, fj, fi = self.factors_kji
        kji = self.turned_back(zyx)
        rows = packed(kji.repeat(fi, axis=2)[:, :, : shape_kji[2]])
        words = rows.repeat(fj, axis=1)[:, : shape_kji[1]].repeat(fk, axis=0)[: shape_kji[0]]
        return BitMask.from_words(shape_kji, np.ascontiguousarray(words), Box.whole(shape_kji))

    def ratios(self, mask: BitMask) -> Values:
        """Return which part of each block's voxels is set, 0 to 1."""
        sums = block_counts(mask.to_words(), mask.shape_kji[2], self.factors_kji)
        return np.ascontiguousarray(self.turned(sums / self.counts()), np.float32)

    def counts(self) -> NDArray[np.int64]:
        """Return the voxels of each block, in the scan's order; fewer at the far ends."""
        lengths = []
        for size, factor in zip(self.grid.shape_kji, self.factors_kji, strict=True):
            starts = np.arange(0, size, factor)
            lengths.append(np.minimum(starts + factor, size) - starts)
        k, j, i = lengths
        return np.asarray(k[:, None, None] * j[:, None] * i)


def block_means(volume: Volume, frame: Frame, progress: Progress = silent) -> Values:
    """Return the mean HU of each block, [z, y, x]; what was never measured counts as air."""
    sums = block_sums(volume.hu, frame.factors_kji, progress)
    means = np.ascontiguousarray(frame.turned(sums / frame.counts()), np.float32)
    if volume.padding is not None and volume.padding.words.size:
        means[frame.ratios(volume.padding) > 0.5] = UNMEASURED_HU
    return means


def grown(blocks: Blocks, spacing_zyx_mm: Spacing, radius_mm: float) -> Blocks:
    """Return blocks within `radius_mm` of a set one."""
    nx = blocks.shape[2]
    return unpacked(dilated(packed(blocks), nx, spacing_zyx_mm, radius_mm), nx)


def shrunk(blocks: Blocks, spacing_zyx_mm: Spacing, radius_mm: float) -> Blocks:
    """Return the set blocks farther than `radius_mm` from unset ones; outside counts as set."""
    nx = blocks.shape[2]
    return unpacked(eroded(packed(blocks), nx, spacing_zyx_mm, radius_mm), nx)


def opened(blocks: Blocks, spacing_zyx_mm: Spacing, radius_mm: float) -> Blocks:
    """Return the blocks that balls of `radius_mm` inside the set ones cover."""
    return grown(shrunk(blocks, spacing_zyx_mm, radius_mm), spacing_zyx_mm, radius_mm)


def closed(blocks: Blocks, spacing_zyx_mm: Spacing, radius_mm: float) -> Blocks:
    """Return the set blocks and what no ball of `radius_mm` outside them reaches."""
    return shrunk(grown(blocks, spacing_zyx_mm, radius_mm), spacing_zyx_mm, radius_mm)
