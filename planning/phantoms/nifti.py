"""Labels as NIfTI-1, written from the standard's 348 bytes; RAS exists only in this file."""

import gzip
import struct
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.phantoms.tables import Floats
from segmentation.grid import Grid
from segmentation.progress import Progress, silent

HEADER_BYTES, DATA_START = 348, 352
UINT8, MILLIMETRES, SCANNER = 2, 2, 1
RAS_FROM_LPS: Final = np.diag([-1.0, -1.0, 1.0])
COMPRESSION = 3


def write_labels(
    labels: NDArray[np.uint8], grid: Grid, path: Path, progress: Progress = silent
) -> None:
    """Write uint8 labels `[k, j, i]` as `.nii.gz`, with the same affine in sform and qform."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", COMPRESSION, raw, mtime=0) as packed,
    ):
        packed.write(header(grid) + b"\0" * (DATA_START - HEADER_BYTES))
        for k, plane in enumerate(labels):
            packed.write(np.ascontiguousarray(plane).tobytes())
            progress(k + 1, len(labels))


def header(grid: Grid) -> bytes:
    """Return the 348 bytes of the header for uint8 voxels of this grid."""
    nk, nj, ni = grid.shape_kji
    dk, dj, di = grid.spacing_kji_mm
    axes = RAS_FROM_LPS @ grid.direction
    origin = RAS_FROM_LPS @ grid.origin_lps_mm
    rows = np.c_[axes * (di, dj, dk), origin]
    # a right-handed LPS grid is right-handed in RAS too, so qfac is 1
    parts = (
        struct.pack("<i34xcB", HEADER_BYTES, b"r", 0),
        struct.pack("<8h", 3, ni, nj, nk, 1, 1, 1, 1),
        struct.pack("<3f3h", 0, 0, 0, 0, UINT8, 8),
        struct.pack("<h8f", 0, 1.0, di, dj, dk, 0, 0, 0, 0),
        struct.pack("<3fhBB4f2i", DATA_START, 1, 0, 0, 0, MILLIMETRES, 0, 0, 0, 0, 0, 0),
        struct.pack("<80s24s", b"Tasrif phantom labels", b""),
        struct.pack("<2h6f", SCANNER, SCANNER, *quaternion(axes)[1:], *origin),
        struct.pack("<12f16s4s", *rows.ravel(), b"labels", b"n+1\0"),
    )
    return b"".join(parts)


def quaternion(rotation: Floats) -> Floats:
    """Return the unit quaternion (a, b, c, d), a >= 0, of a proper rotation (Shepperd 1978)."""
    r = rotation
    squares = np.array(
        [
            1 + r[0, 0] + r[1, 1] + r[2, 2],
            1 + r[0, 0] - r[1, 1] - r[2, 2],
            1 - r[0, 0] + r[1, 1] - r[2, 2],
            1 - r[0, 0] - r[1, 1] + r[2, 2],
        ]
    )
    x, y, z = r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]
    xy, xz, yz = r[1, 0] + r[0, 1], r[0, 2] + r[2, 0], r[2, 1] + r[1, 2]
    best = int(np.argmax(squares))
    four = (
        (squares[0], x, y, z),
        (x, squares[1], xy, xz),
        (y, xy, squares[2], yz),
        (z, xz, yz, squares[3]),
    )[best]
    q: Floats = np.array(four) / (2 * np.sqrt(squares[best]))
    return q if q[0] >= 0 else -q
