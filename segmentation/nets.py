"""Smooth surfaces of masks that share their borders: for the screen, never measured."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.kernels import iso, nets, relax
from segmentation.kernels.slabs import each_slab
from segmentation.mask import WORD_BITS, BitMask, Box, Words
from segmentation.mesh import Mesh
from segmentation.progress import Progress, share, silent

ROUNDS = 16
SLICES = 4
POINTS = 65536
TRIANGLES_MAX = 50_000_000


class _Net(NamedTuple):
    """The points of all borders in voxels of the padded masks, and where each row's begin."""

    crossed: Words
    first: nets.Numbers
    points: nets.Points


@cache
def _means() -> nets.Points:
    """Return where a point begins, derived once."""
    return nets.edge_means()


def net_surfaces(
    grid: Grid, masks: Sequence[BitMask], rounds: int = ROUNDS, progress: Progress = silent
) -> tuple[Mesh, ...]:
    """Return the surface of each mask of a grid, smoothed together, in LPS mm.

    Surface nets (Gibson 1998, doi:10.1007/BFb0056277): a point in each cell of eight voxel centres
    that a border crosses, moved `rounds` times half the way to the mean of its neighbours and never
    out of its cell, so by no more than a voxel. Each surface is closed and outward; where masks
    meet, their surfaces have the same points and triangles, without gap or overlap. Convex parts
    shrink (0.13 mm on a ball of 15 mm at 1.0/0.7/0.7 mm): measure and export `iso_surface`.
    Edges may be shared by four triangles where voxels touch at an edge. Refused: `mesh-too-large`.
    """
    if any(mask.shape_kji != grid.shape_kji for mask in masks):
        raise ValueError("the masks lie on another grid")
    nothing = Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    held = [mask for mask in masks if not mask.is_empty]
    if not held:
        return tuple(nothing for _ in masks)
    box = held[0].box
    for mask in held[1:]:
        box = box.around(mask.box)
    padded = _padded(held, box)
    net = _net(padded, rounds, share(progress, 0.0, 0.7))
    points_lps_mm = _placed(net.points, grid, box)
    made = iter(
        [_surface(one, net, points_lps_mm, grid, is_alone=len(held) == 1) for one in padded]
    )
    progress(1, 1)
    return tuple(nothing if mask.is_empty else next(made) for mask in masks)


def _padded(masks: Sequence[BitMask], box: Box) -> Words:
    """Return the masks' words in the box, with one empty voxel on every side."""
    nk, nj, _ = box.shape_kjw
    ni = box.voxels_i(masks[0].shape_kji)
    padded = np.zeros((len(masks), nk + 2, nj + 2, (ni + 65) // WORD_BITS), np.uint64)
    for mask, target in zip(masks, padded, strict=True):
        words = mask.words if mask.box == box else mask.words_in(box)
        words.flags.writeable = False
        each_slab(
            lambda k0, k1, words=words, target=target: iso.pad(words, target, k0, k1),  # type: ignore[misc]
            nk,
            thick=SLICES,
        )
    return padded


def _net(padded: Words, rounds: int, progress: Progress) -> _Net:
    """Return the net of all borders, smoothed."""
    slices, rows = padded.shape[1] - 1, padded.shape[1] * padded.shape[2]
    crossed = np.zeros(padded.shape[1:], np.uint64)
    first, first_link = np.zeros(rows + 1, np.int64), np.zeros(rows + 1, np.int64)

    def mark(z0: int, z1: int) -> None:
        """Mark the cells of some slices."""
        nets.cells(padded, crossed, first, first_link, z0, z1)

    each_slab(mark, slices, share(progress, 0.0, 0.1), SLICES)
    np.cumsum(first, out=first)
    np.cumsum(first_link, out=first_link)
    if 2 * first[-1] > TRIANGLES_MAX:
        raise Refusal("mesh-too-large", triangles=int(2 * first[-1]), limit=TRIANGLES_MAX)
    n = int(first[-1])
    points, home = np.empty((2, n, 3), np.float32)
    begin, link = np.empty(n + 1, np.int32), np.empty(int(first_link[-1]), np.int32)
    begin[n] = first_link[-1]

    means = _means()

    def write(z0: int, z1: int) -> None:
        """Write the points of some slices."""
        nets.net(padded, crossed, means, first, first_link, home, points, begin, link, z0, z1)

    each_slab(write, slices, share(progress, 0.1, 0.3), SLICES)
    there = np.empty_like(points)
    for turn in range(rounds):
        _relaxed(points, home, begin, link, there)
        points, there = there, points
        progress(300 + 700 * (turn + 1) // rounds, 1000)
    return _Net(crossed, first, points)


def _relaxed(
    here: nets.Points, home: nets.Points, begin: nets.Index, link: nets.Index, there: nets.Points
) -> None:
    """Write one step of `here` into `there`."""
    each_slab(
        lambda a, b: relax.clamped(here, home, begin, link, there, a, b), len(here), thick=POINTS
    )


def _placed(points: nets.Points, grid: Grid, box: Box) -> NDArray[np.float64]:
    """Return the points in LPS mm."""
    lps_from_xyz = grid.lps_from_ijk.copy()
    corner = np.array((WORD_BITS * box.w0, box.j0, box.k0)) - 1.0
    lps_from_xyz[:3, 3] += lps_from_xyz[:3, :3] @ corner
    out = np.empty((len(points), 3))
    each_slab(lambda a, b: nets.placed(points, lps_from_xyz, out, a, b), len(points), thick=POINTS)
    return out


def _surface(
    padded: Words,
    net: _Net,
    points_lps_mm: NDArray[np.float64],
    grid: Grid,
    *,
    is_alone: bool,
) -> Mesh:
    """Return the surface of one padded mask on the net of all."""
    slices = padded.shape[0] - 1
    quads = np.zeros(net.first.size, np.int64)
    each_slab(lambda z0, z1: nets.cut_edges(padded, quads, z0, z1), slices, thick=SLICES)
    np.cumsum(quads, out=quads)
    faces = np.empty((2 * int(quads[-1]), 3), np.int32)
    spacing = np.array(grid.spacing_kji_mm[::-1], np.float32)

    def write(z0: int, z1: int) -> None:
        """Write the triangles of some slices."""
        nets.triangles(padded, net.crossed, net.first, quads, net.points, spacing, faces, z0, z1)

    each_slab(write, slices, thick=SLICES)
    if is_alone:
        return Mesh(points_lps_mm, faces)
    is_used = np.zeros(len(points_lps_mm), np.bool_)
    is_used[faces] = True
    number = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
    return Mesh(points_lps_mm[is_used], number[faces])
