"""Surfaces that are there at once: coarse for a whole mask, fine where an edit has changed it.

For the screen alone, until `segment_mesh` is ready; they are neither closed nor measured.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.case.case import Segment
from segmentation.grid import Grid
from segmentation.kernels.blocks import block_counts
from segmentation.look import smoothed
from segmentation.mask import WORD_BITS, BitMask, Box, Words
from segmentation.mesh import Mesh, Points
from segmentation.progress import Progress, share, silent
from segmentation.surface import iso_surface
from segmentation.volume import Volume
from viewers.pipelines.coverage import voxel_box
from viewers.pipelines.segment_mesh import smooth_surface

COARSE_TRIANGLES: Final = 100_000
FULL: Final = 1000
LEVEL: Final = 300
ROUNDS: Final = 4
ROUNDS_OF_PATCH: Final = 6
FACTORS: Final = (1, 2, 3, 4, 5, 6, 8)
REACH: Final = 10
"""Voxels around a change whose surface is made anew: what smoothing reaches."""
LARGE_RATIO: Final = 0.1
LARGE_VOXELS: Final = 128**3


Flags = NDArray[np.bool_]


def coarse_mesh(
    volume: Volume, mask: BitMask, progress: Progress = silent, triangles: int = COARSE_TRIANGLES
) -> Mesh:
    """Return the surface of a mask from blocks of voxels, with some 100 thousand triangles.

    It lies where three tenths of a block are filled, so that thin bone stays: up to a block off.
    Blocks are about as long on each axis, and always the same wherever the mask begins.
    """
    if mask.is_empty:
        return Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    grid = volume.grid
    factors = _factors(grid, _triangles_about(mask) / triangles)
    if factors == (1, 1, 1):
        return smoothed(iso_surface(volume, mask, None, progress), ROUNDS)
    box = _aligned(mask, factors)
    words, first_kji = mask.words_in(box), (box.k0, box.j0, WORD_BITS * box.w0)
    counts = block_counts(words, box.voxels_i(mask.shape_kji), factors, share(progress, 0.0, 0.5))
    filled = (counts * FULL // int(np.prod(factors))).astype(np.int16)
    coarse = Volume(filled, _coarse_grid(grid, first_kji, factors, filled.shape))
    inside = BitMask.from_bool(filled >= LEVEL)
    return smoothed(iso_surface(coarse, inside, LEVEL - 0.5, share(progress, 0.5, 1.0)), ROUNDS)


def _triangles_about(mask: BitMask) -> int:
    """Return about how many triangles the surface of a mask has, by its steps along k."""
    return 6 * int(np.bitwise_count(mask.words[1:] ^ mask.words[:-1]).sum(dtype=np.int64))


def _factors(grid: Grid, too_many_ratio: float) -> tuple[int, int, int]:
    """Return how many voxels a block has along k, j and i, for so many times less triangles."""
    wanted = next((f for f in FACTORS if too_many_ratio <= f * f), FACTORS[-1])
    smallest_mm = min(grid.spacing_kji_mm)
    k, j, i = (max(round(wanted * smallest_mm / mm), 1) for mm in grid.spacing_kji_mm)
    return k, j, i


def _aligned(mask: BitMask, factors: tuple[int, int, int]) -> Box:
    """Return the mask's box, begun where a block of the grid begins."""
    box = mask.box
    return box._replace(k0=box.k0 - box.k0 % factors[0], j0=box.j0 - box.j0 % factors[1])


def _coarse_grid(
    grid: Grid,
    first_kji: tuple[int, int, int],
    factors: tuple[int, int, int],
    shape: tuple[int, ...],
) -> Grid:
    """Return the grid whose voxels are blocks."""
    middle = [first + (f - 1) / 2.0 for first, f in zip(first_kji, factors, strict=True)]
    k, j, i = (mm * f for mm, f in zip(grid.spacing_kji_mm, factors, strict=True))
    origin = grid.lps_mm(np.array(middle[::-1]))
    nk, nj, ni = shape
    return replace(grid, shape_kji=(nk, nj, ni), origin_lps_mm=origin, spacing_kji_mm=(k, j, i))


def patched_mesh(
    volume: Volume, segment: Segment, former: BitMask, shown: Mesh, progress: Progress = silent
) -> Mesh:
    """Return `shown`, the surface of the mask `former`, made anew where the segment differs.

    Coarse all over when much has changed at once. The border of what is new overlaps the old.
    """
    changed = (former - segment.mask) | (segment.mask - former)
    if changed.is_empty:
        return shown
    grid = volume.grid
    block = voxel_box(changed)
    size = [part.stop - part.start for part in block]
    if int(np.prod(size)) > max(LARGE_RATIO * np.prod(grid.shape_kji), LARGE_VOXELS):
        return coarse_mesh(volume, segment.mask, progress)
    low = np.array([part.start for part in block[::-1]], float)
    high = np.array([part.stop - 1 for part in block[::-1]], float)
    near = changed.box.grown(grid.shape_kji, (2 * REACH,) * 3)
    columns = slice(block[2].start - 2 * REACH, block[2].stop + 2 * REACH)
    words = segment.mask.words_in(near) & _columns(near, columns)
    part = replace(segment, mask=BitMask.from_words(grid.shape_kji, words, near))
    fresh = smooth_surface(volume, part, progress, ROUNDS_OF_PATCH)
    return _joined(
        _kept(shown, ~_inside(grid, shown, low - REACH / 2, high + REACH / 2)),
        _kept(fresh, _inside(grid, fresh, low - REACH, high + REACH)),
    )


def _columns(box: Box, columns: slice) -> Words:
    """Return words (w,) of a box's rows in which the voxels of a range along i are set."""
    bits = np.zeros(WORD_BITS * (box.w1 - box.w0), np.bool_)
    first = WORD_BITS * box.w0
    bits[max(columns.start - first, 0) : max(columns.stop - first, 0)] = True
    packed = np.packbits(bits, bitorder="little").view("<u8")
    return packed.astype(np.uint64, copy=False)


def _inside(grid: Grid, mesh: Mesh, low_ijk: Points, high_ijk: Points) -> Flags:
    """Return which triangles have their first corner in a box of voxels, its border included."""
    ijk = grid.ijk(mesh.points_lps_mm)
    is_inside: Flags = np.all((ijk >= low_ijk) & (ijk <= high_ijk), axis=1)
    return is_inside[mesh.triangles[:, 0]]


def _kept(mesh: Mesh, is_kept: Flags) -> Mesh:
    """Return the mesh of some of its triangles."""
    return Mesh(mesh.points_lps_mm, mesh.triangles[is_kept])


def _joined(one: Mesh, other: Mesh) -> Mesh:
    """Return both meshes as one, without points that no triangle has."""
    points = np.concatenate([one.points_lps_mm, other.points_lps_mm])
    offset = np.int32(len(one.points_lps_mm))
    triangles = np.concatenate([one.triangles, other.triangles + offset])
    is_used = np.zeros(len(points), np.bool_)
    is_used[triangles] = True
    number = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
    return Mesh(points[is_used], number[triangles])
