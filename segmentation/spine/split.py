"""Vertebrae out of bone: told by discs in front of the canal, grown into the arches behind it.

Bodies are parted by the discs' planes. Behind the canal spinous processes and laminae hang lower
than their bodies, so the planes bend down there; what lies near a border is no seed but is shared
out at least cost, dark gaps of joints being dear (image foresting, see `kernels.forest`).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid
from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.components import largest
from segmentation.kernels.forest import Costs, Forest
from segmentation.mask import WORD_BITS, BitMask, Box
from segmentation.progress import Progress, share, silent
from segmentation.spine.column import STEP_MM, Column
from segmentation.spine.discs import Disc
from segmentation.volume import Volume

Floats = NDArray[np.float64]
ASIDE_MM: Final = 60.0  # transverse processes end before
BEHIND_MM: Final = 85.0  # spinous processes end before
AHEAD_MM: Final = 14.0  # osteophytes in front of the bodies end before
SLOPE: Final = 0.5  # how far arches hang down for each mm behind the canal
SEED_MM: Final = 2.5  # from a disc's plane
ARCH_SEED_MM: Final = 7.0  # from the bent planes behind the canal
ROUNDS: Final = 3
DENSE_HU: Final = 400  # no step within bone as dense as this costs more than its length
DARK: Final = 3


def split(
    volume: Volume,
    mask: BitMask,
    column: Column,
    discs: Sequence[Disc],
    progress: Progress = silent,
) -> tuple[BitMask, ...]:
    """Return the pieces from below upwards: one below the lowest disc, one above each disc."""
    grid = volume.grid
    box, start, inside = _region(grid, mask, column)
    kji = np.argwhere(inside)
    if not len(kji) or not discs:
        return ()
    places = grid.lps_mm((kji + start)[:, ::-1])
    level, depth_mm, is_near = _levels(places, column, discs)
    progress(3, 10)
    kept, level, depth_mm = kji[is_near], level[is_near], depth_mm[is_near]
    is_open = np.zeros(inside.shape, bool)
    is_open[tuple(kept.T)] = True
    seeds = np.zeros((len(discs) + 1, *packed(inside).shape), np.uint64)
    for n in range(len(discs) + 1):
        one = np.zeros(inside.shape, bool)
        one[tuple(kept[(level == n) & (depth_mm > 0.0)].T)] = True
        seeds[n] = packed(one)
    progress(4, 10)
    i0 = WORD_BITS * box.w0
    hu = volume.hu[box.k0 : box.k1, box.j0 : box.j1, i0 : i0 + inside.shape[2]]
    dark = np.clip(DENSE_HU - hu.astype(np.int32), 0, 1000).astype(np.uint16)
    along = tuple(max(round(100.0 * spacing), 1) for spacing in grid.spacing_kji_mm)
    forest = Forest(
        dark, packed(is_open), Costs(0, DARK, (along[0], along[1], along[2])), len(seeds)
    )
    words = forest.update(seeds, share(progress, 0.4, 0.9))
    found = tuple(BitMask.from_words(grid.shape_kji, largest(one.copy()), box) for one in words)
    progress(1, 1)
    return found


def _region(
    grid: Grid, mask: BitMask, column: Column
) -> tuple[Box, NDArray[np.int64], NDArray[np.bool_]]:
    """Return the box around the column, its first voxel, and the mask in it as [k, j, i]."""
    ahead = column.wall_mm + column.depth_mm + AHEAD_MM
    corners = [
        column.points + far * column.ahead + aside * column.left
        for far in (-BEHIND_MM, ahead)
        for aside in (-ASIDE_MM, ASIDE_MM)
    ]
    kji = grid.ijk(np.concatenate(corners))[:, ::-1]
    last = np.array(grid.shape_kji) - 1
    k0, j0, i0 = (int(n) for n in np.clip(np.floor(kji.min(axis=0)), 0, last))
    k1, j1, i1 = (int(n) for n in np.clip(np.ceil(kji.max(axis=0)), 0, last))
    box = Box(k0, j0, i0 // WORD_BITS, k1 + 1, j1 + 1, i1 // WORD_BITS + 1)
    inside = unpacked(mask.words_in(box), box.voxels_i(grid.shape_kji))
    return box, np.array([box.k0, box.j0, WORD_BITS * box.w0]), inside


def _levels(
    places: Floats, column: Column, discs: Sequence[Disc]
) -> tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]:
    """Return each place's level, how far inside its seeds it lies, and whether it is of the spine.

    Levels count the discs below a place; a positive depth makes it a seed.
    """
    at = _nearest(places, column)
    off = places - column.points[at]
    ahead = (off * column.ahead[at]).sum(axis=1)
    aside = (off * column.left[at]).sum(axis=1)
    is_near = (np.abs(aside) <= ASIDE_MM) & (ahead >= -BEHIND_MM)
    is_near &= ahead <= column.wall_mm + column.depth_mm + AHEAD_MM
    level = np.zeros(len(places), np.int64)
    nearest = np.full(len(places), np.inf)
    for disc in discs:
        here = disc.at
        normal = (
            np.cos(disc.tilt_rad) * column.up[here] - np.sin(disc.tilt_rad) * column.ahead[here]
        )
        middle = column.points[here] + (column.wall_mm + column.depth_mm / 2.0) * column.ahead[here]
        above = (places - middle) @ normal + SLOPE * np.maximum(-ahead, 0.0)
        level += above > 0.0
        nearest = np.minimum(nearest, np.abs(above))
    need = np.where(ahead > 0.0, SEED_MM, ARCH_SEED_MM)
    return level, nearest - need, is_near


def _nearest(places: Floats, column: Column) -> NDArray[np.int64]:
    """Return the column's point at each place's height, by steps along the column."""
    last = len(column.points) - 1
    axis = column.points[-1] - column.points[0]
    ratio = (places - column.points[0]) @ axis / float(axis @ axis)
    at = np.clip(np.rint(ratio * last), 0, last).astype(np.int64)
    for _ in range(ROUNDS):
        off = ((places - column.points[at]) * column.up[at]).sum(axis=1)
        at = np.clip(at + np.rint(off / STEP_MM).astype(np.int64), 0, last)
    return np.asarray(at, np.int64)
