"""The smoothed coverage of a mask: what a surface without voxel terraces is drawn from."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid, Point
from segmentation.kernels.gaussian import smoothed
from segmentation.mask import WORD_BITS, BitMask
from segmentation.progress import Progress, silent
from segmentation.volume import Volume

FULL: Final = 2000
SIGMA_VOXELS: Final = 1.0
REACH_VOXELS: Final = 5
LOST_RATIO: Final = 0.8
VOXELS_MAX: Final = 120_000_000

Block = tuple[slice, slice, slice]


def voxel_box(mask: BitMask) -> Block:
    """Return the smallest box [k, j, i] of a mask that is not empty."""
    box = mask.box
    row = np.bitwise_or.reduce(mask.words, axis=(0, 1))
    bits = np.flatnonzero(_bits(row))
    i = WORD_BITS * box.w0
    return (
        slice(box.k0, box.k1),
        slice(box.j0, box.j1),
        slice(i + int(bits[0]), i + int(bits[-1]) + 1),
    )


def corners_lps_mm(grid: Grid, block: Block) -> Point:
    """Return the eight corners (8, 3) of a box's outer voxel faces in LPS mm."""
    low = np.array([part.start for part in block[::-1]]) - 0.5
    high = np.array([part.stop for part in block[::-1]]) - 0.5
    choice = np.array([(c & 1, c >> 1 & 1, c >> 2) for c in range(8)])
    return grid.lps_mm(np.where(choice, high, low))


def coverage(
    grid: Grid, mask: BitMask, progress: Progress = silent
) -> tuple[Volume, BitMask] | None:
    """Return a block of coverage (0 to `FULL`) around a mask, and where it is at least half.

    The mask is smoothed by a Gaussian of one voxel along each axis. None where this would lose
    more than a fifth of it (few voxels, thin plates), or where the block would be too large.
    """
    block = _grown(voxel_box(mask), grid)
    shape = tuple(part.stop - part.start for part in block)
    if int(np.prod(shape)) > VOXELS_MAX:
        return None
    full = voxels_in(mask, block).astype(np.int16) * np.int16(FULL)
    soft = smoothed(full, (1.0, 1.0, 1.0), SIGMA_VOXELS, progress)
    half = BitMask.from_bool(soft >= FULL // 2)
    if half.voxels < LOST_RATIO * mask.voxels:
        return None
    first = np.array([part.start for part in block[::-1]])
    cut = replace(grid, shape_kji=soft.shape, origin_lps_mm=grid.lps_mm(first))
    return Volume(soft, cut), half


def voxels_in(mask: BitMask, block: Block) -> NDArray[np.bool_]:
    """Return the mask's voxels of a box [k, j, i] as booleans."""
    box = mask.box
    out = np.zeros(tuple(part.stop - part.start for part in block), np.bool_)
    k0, k1 = max(box.k0, block[0].start), min(box.k1, block[0].stop)
    j0, j1 = max(box.j0, block[1].start), min(box.j1, block[1].stop)
    i0 = max(WORD_BITS * box.w0, block[2].start)
    i1 = min(WORD_BITS * box.w1, block[2].stop)
    if k0 >= k1 or j0 >= j1 or i0 >= i1:
        return out
    at_k, at_j, at_i = (part.start for part in block)
    w0, w1 = i0 // WORD_BITS, -(-i1 // WORD_BITS)
    for k in range(k0, k1):
        rows = mask.words[k - box.k0, j0 - box.j0 : j1 - box.j0, w0 - box.w0 : w1 - box.w0]
        bits = _bits(rows)[:, i0 - WORD_BITS * w0 : i1 - WORD_BITS * w0]
        out[k - at_k, j0 - at_j : j1 - at_j, i0 - at_i : i1 - at_i] = bits
    return out


def _bits(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return words (..., n) as bits (..., 64 n), the lowest first."""
    flat = np.ascontiguousarray(words).astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(flat, axis=-1, bitorder="little")


def _grown(block: Block, grid: Grid) -> Block:
    """Return the box with a rim that the smoothing can reach, cut at the grid."""
    k, j, i = (
        slice(max(part.start - REACH_VOXELS, 0), min(part.stop + REACH_VOXELS, size))
        for part, size in zip(block, grid.shape_kji, strict=True)
    )
    return k, j, i
