"""A segment's mask as NRRD: written here, read back by SimpleITK."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planning.exchange.read_back import ALLOWED_MM, differs, largest_mm, require_within
from segmentation.grid import Grid, Shape
from segmentation.mask import BitMask

Voxels = NDArray[np.bool_]
CORNERS_KJI: Final = np.array([(c >> 2, c >> 1 & 1, c & 1) for c in range(8)])


def write_mask(path: Path, grid: Grid, mask: BitMask, notes: Mapping[str, str]) -> None:
    """Write the mask cropped to its voxels: uint8, gzip, LPS mm; `notes` become key/value pairs.

    An empty mask is one voxel of 0 at the grid's first. The same bytes for the same mask.
    """
    start, voxels = cropped(mask)
    head = [
        "NRRD0004",
        "type: uint8",
        "dimension: 3",
        "space: left-posterior-superior",
        "sizes: " + " ".join(str(n) for n in voxels.shape[::-1]),
        "space directions: " + " ".join(_vector(column) for column in _steps_lps_mm(grid)),
        "kinds: domain domain domain",
        "encoding: gzip",
        "space origin: " + _vector(grid.lps_mm(np.array(start[::-1]))),
        *(f"{key}:={_line(value)}" for key, value in notes.items()),
    ]
    body = gzip.compress(voxels.tobytes(), compresslevel=6, mtime=0)
    path.write_bytes("\n".join(head).encode() + b"\n\n" + body)


def read_back_mask(path: Path, grid: Grid, mask: BitMask) -> float:
    """Return the largest distance in mm between corner voxels that were meant and read.

    Every voxel is compared at the place in the grid where its own millimetres put it.

    Raises
    ------
    Refusal
        `export-read-back-differs` for another place or another voxel.
    """
    import SimpleITK as sitk  # noqa: N813, PLC0415 - its usual name; only an export loads it

    try:
        image: Any = sitk.ReadImage(str(path))
        voxels = sitk.GetArrayFromImage(image)
    except RuntimeError as error:
        raise differs(path.name, "SimpleITK") from error
    if voxels.ndim != 3:
        raise differs(path.name, f"{voxels.ndim} axes")
    first = np.array(image.TransformIndexToPhysicalPoint((0, 0, 0)))
    start = np.rint(grid.ijk(first)).astype(int)[::-1]
    places_kji = CORNERS_KJI * (np.array(voxels.shape) - 1)
    read = [image.TransformIndexToPhysicalPoint(tuple(map(int, p[::-1]))) for p in places_kji]
    meant = grid.lps_mm((places_kji + start)[:, ::-1])
    error_mm = require_within(path.name, largest_mm(meant, read), ALLOWED_MM)
    if not _same_voxels(voxels, start, mask):
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


def _steps_lps_mm(grid: Grid) -> NDArray[np.float64]:
    """Return the steps along i, j and k in LPS mm, one a row."""
    steps: NDArray[np.float64] = grid.lps_from_ijk[:3, :3].T
    return steps


def _vector(values: NDArray[np.float64]) -> str:
    return "(" + ",".join(repr(float(value)) for value in values) + ")"


def _line(words: str) -> str:
    """Return words on one line, as an NRRD value."""
    plain = "".join(c if c.isprintable() else " " for c in words)
    return " ".join(plain.replace("\\", "\\\\").split())
