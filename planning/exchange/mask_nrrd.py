"""A segment's mask as NRRD: written here, read back by SimpleITK."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planning.exchange.nrrd_file import read_nrrd, start_in, steps_of, write_nrrd
from planning.exchange.read_back import differs
from segmentation.grid import Grid, Shape
from segmentation.mask import BitMask

Voxels = NDArray[np.bool_]


def write_mask(path: Path, grid: Grid, mask: BitMask, notes: Mapping[str, str]) -> None:
    """Write the mask cropped to its voxels: uint8, gzip, LPS mm; `notes` become key/value pairs.

    An empty mask is one voxel of 0 at the grid's first. The same bytes for the same mask.
    """
    start, voxels = cropped(mask)
    write_nrrd(path, voxels, steps_of(grid), grid.lps_mm(np.array(start[::-1])), notes)


def read_back_mask(path: Path, grid: Grid, mask: BitMask) -> float:
    """Return the largest distance in mm between corner voxels that were meant and read.

    Every voxel is compared at the place in the grid where its own millimetres put it.

    Raises
    ------
    Refusal
        `export-read-back-differs` for another place or another voxel.
    """
    read = read_nrrd(path)
    if read.values.ndim != 3:
        raise differs(path.name, f"{read.values.ndim} axes")
    start, error_mm = start_in(grid, read, path.name)
    if not _same_voxels(read.values, start, mask):
        raise differs(path.name, "voxels")
    return error_mm


def _same_voxels(voxels: NDArray[np.uint8], start: NDArray[np.int_], mask: BitMask) -> bool:
    """Return whether voxels from `start` are the mask's, one by one, and none lies elsewhere."""
    stop = start + voxels.shape
    if (start < 0).any() or (stop > mask.shape_kji).any() or voxels.max(initial=0) > 1:
        return False
    whole = mask.to_bool()
    there = whole[start[0] : stop[0], start[1] : stop[1], start[2] : stop[2]]
    return bool(np.array_equal(voxels != 0, there)) and int(voxels.sum()) == mask.voxels


def cropped(mask: BitMask) -> tuple[Shape, Voxels]:
    """Return the first voxel (k, j, i) of the smallest box with every voxel, and that box."""
    if mask.is_empty:
        return (0, 0, 0), np.zeros((1, 1, 1), bool)
    box = mask.box
    rows = mask.words.astype("<u8", copy=False).view(np.uint8)
    bits = np.unpackbits(rows, axis=-1, count=box.voxels_i(mask.shape_kji), bitorder="little")
    found = [np.flatnonzero(bits.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    (k0, k1), (j0, j1), (i0, i1) = ((int(one[0]), int(one[-1]) + 1) for one in found)
    start = (box.k0 + k0, box.j0 + j0, 64 * box.w0 + i0)
    return start, np.ascontiguousarray(bits[k0:k1, j0:j1, i0:i1]).view(np.bool_)
