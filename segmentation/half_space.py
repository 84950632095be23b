"""Everything on one side of a plane, and inside a box: bit masks from formulas, without a loop."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.mask import WORD_BITS, BitMask, Box, Words

# The normals of the planes of anatomy, in LPS: they point to superior, posterior and left.
NORMALS: Final = {
    "axial": (0.0, 0.0, 1.0),
    "coronal": (0.0, 1.0, 0.0),
    "sagittal": (1.0, 0.0, 0.0),
}
ROUNDING_MM: Final = 1e-6  # a voxel's centre on the plane lies ahead
LEAST_AREA_MM2: Final = 1e-3
FULL: Final = np.uint64(0xFFFFFFFFFFFFFFFF)

LpsPoint = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane in LPS mm through `point_lps_mm`; its unit normal points ahead."""

    point_lps_mm: LpsPoint
    normal_lps: LpsPoint


def plane_through(points_lps_mm: tuple[LpsPoint, ...]) -> Plane:
    """Return the plane through three points; refuses points on one line.

    Its normal is that of the right hand: seen from ahead the points run counter-clockwise.
    """
    a, b, c = np.array(points_lps_mm, np.float64)
    normal = np.cross(b - a, c - a)
    length = float(np.linalg.norm(normal))
    if length < LEAST_AREA_MM2:
        raise Refusal("plane-points-on-a-line")
    x, y, z = (normal / length).tolist()
    return Plane(points_lps_mm[0], (x, y, z))


def axis_across(plane: str, grid: Grid) -> int:
    """Return which axis of `[k, j, i]` runs most nearly across a plane of anatomy."""
    along_ijk = np.abs(grid.direction.T @ np.array(NORMALS[plane]))
    return 2 - int(np.argmax(along_ijk))


def _below(count: NDArray[np.int64], box: Box) -> Words:
    """Return words whose rows hold the first `count[k, j]` voxels of the box's row."""
    starts = WORD_BITS * np.arange(box.shape_kjw[2])
    bits = np.clip(count[..., None] - starts, 0, WORD_BITS)
    words: Words = FULL >> (WORD_BITS - np.maximum(bits, 1)).astype(np.uint64)
    words[bits == 0] = 0
    return words


def ahead(plane: Plane, grid: Grid, box: Box) -> Words:
    """Return the words of `box`: the voxels whose centre lies ahead of the plane or on it."""
    nk, nj, _nw = box.shape_kjw
    ni = box.voxels_i(grid.shape_kji)
    normal = np.array(plane.normal_lps)
    si, sj, sk = normal @ grid.lps_from_ijk[:3, :3]  # mm ahead for each step along i, j, k
    corner = grid.lps_mm(np.array([WORD_BITS * box.w0, box.j0, box.k0]))
    rest = float((corner - np.array(plane.point_lps_mm)) @ normal) + ROUNDING_MM
    at_mm = rest + sk * np.arange(nk)[:, None] + sj * np.arange(nj)
    if abs(si) * ni < ROUNDING_MM:  # the plane holds the rows: each lies on one side
        return _below(np.where(at_mm >= 0.0, ni, 0), box)
    turn = -at_mm / si  # the real index i at which the row meets the plane
    if si < 0.0:
        return _below(np.clip(np.floor(turn) + 1, 0, ni).astype(np.int64), box)
    behind = _below(np.clip(np.ceil(turn), 0, ni).astype(np.int64), box)
    return _below(np.full((nk, nj), ni), box) & ~behind


def parted(mask: BitMask, plane: Plane, grid: Grid) -> tuple[BitMask, BitMask]:
    """Return the mask's part ahead of a plane, and the rest."""
    if not mask.words.size:
        return mask, mask
    side = BitMask.from_words(mask.shape_kji, mask.words & ahead(plane, grid, mask.box), mask.box)
    return side, mask - side


def block(grid: Grid, corners_lps_mm: tuple[LpsPoint, LpsPoint]) -> BitMask:
    """Return the block of voxels between the voxels of two corners, both included.

    Its faces lie along the scan's own axes; what would lie outside the scan is cut off.
    """
    ijk = np.floor(grid.ijk(np.array(corners_lps_mm)) + 0.5)
    low, high = ijk.min(axis=0)[::-1], ijk.max(axis=0)[::-1] + 1
    shape = np.array(grid.shape_kji)
    k0, j0, i0 = np.clip(low, 0, shape).astype(int).tolist()
    k1, j1, i1 = np.clip(high, 0, shape).astype(int).tolist()
    if not (k0 < k1 and j0 < j1 and i0 < i1):
        return BitMask.empty(grid.shape_kji)
    box = Box(k0, j0, i0 // WORD_BITS, k1, j1, -(-i1 // WORD_BITS))
    start, stop = (np.array([[i - WORD_BITS * box.w0]]) for i in (i0, i1))
    row = _below(stop, box._replace(k1=k0 + 1, j1=j0 + 1))
    row &= ~_below(start, box._replace(k1=k0 + 1, j1=j0 + 1))
    words = np.broadcast_to(row, box.shape_kjw).copy()
    return BitMask.from_words(grid.shape_kji, words, box)
