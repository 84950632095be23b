"""A mask in a NRRD file, by a plain reader of its own (https://teem.sourceforge.net/nrrd/).

Reads only what a package holds: three axes of bytes in one file, plain or gzip, in LPS. Nothing
that names another file is followed.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.exchange.verify.verdict import Fault
from segmentation.grid import Grid

Voxels = NDArray[np.bool_]
HEADER_BYTES_MAX: Final = 1 << 16
VOXELS_MAX: Final = 1 << 31
POSITION_MM: Final = 0.001
FURTHEST_MM: Final = 1e6
MILLIMETRES: Final = '"mm" "mm" "mm"'
SEGMENT_NOTE: Final = "tasrif_segment_id:="
BYTE: Final = frozenset({"uchar", "unsigned char", "uint8", "uint8_t"})
LPS: Final = frozenset({"left-posterior-superior", "lps"})
NUMBER: Final = r"[-+]?(?:[0-9]{1,32}(?:\.[0-9]{0,32})?|\.[0-9]{1,32})(?:[eE][-+]?[0-9]{1,3})?"
VECTOR: Final = re.compile(rf"\(\s*({NUMBER})\s*,\s*({NUMBER})\s*,\s*({NUMBER})\s*\)")


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """Voxels [k, j, i] of a part of a grid; `start_kji` is the part's first voxel."""

    voxels: Voxels
    start_kji: tuple[int, int, int]


def read_mask(body: bytes, path: str, grid: Grid, room: int = VOXELS_MAX) -> Crop:
    """Return the mask in a file's bytes, with where it lies on the plan's grid.

    `room` is how many voxels may still be unpacked; a package of many full masks has none left.

    A Fault for anything but zeros and ones, and where a corner of the part lies more than
    0.001 mm off the grid's voxels.
    """
    head, data = parted(body, path)
    if (
        head.get("type") not in BYTE
        or head.get("dimension") != "3"
        or head.get("space", "").lower() not in LPS
        or {"data file", "datafile", "byte skip", "byteskip", "line skip", "lineskip"} & set(head)
        or head.get("space units", MILLIMETRES) != MILLIMETRES
        or head.get(SEGMENT_NOTE, PurePosixPath(path).stem) != PurePosixPath(path).stem
    ):
        raise Fault("verify-mask-unreadable", path=path)
    sizes = head.get("sizes", "").split()
    if len(sizes) != 3 or not all(re.fullmatch(r"[1-9]\d{0,5}", size) for size in sizes):
        raise Fault("verify-mask-unreadable", path=path)
    ni, nj, nk = map(int, sizes)
    if ni * nj * nk > room:
        raise Fault("verify-too-large", path=path, limit_mib=VOXELS_MAX >> 20)
    plain = unpacked(data, head.get("encoding", ""), ni * nj * nk, path)
    values = np.frombuffer(plain, np.uint8).reshape(nk, nj, ni)
    if values.max() > 1:
        raise Fault("verify-mask-unreadable", path=path)
    return Crop(values.view(np.bool_), start_of(head, (nk, nj, ni), grid, path))


def parted(
    body: bytes, path: str, head_bytes_max: int = HEADER_BYTES_MAX
) -> tuple[Mapping[str, str], bytes]:
    """Return the header's fields in lower case, and what comes behind its blank line.

    The names of notes (key/value pairs) keep their `:=`.
    """
    end = body.find(b"\n\n", 0, head_bytes_max)
    if not re.match(rb"NRRD000[1-5]\n", body) or end < 0:
        raise Fault("verify-mask-unreadable", path=path)
    head: dict[str, str] = {}
    for line in body[:end].decode("utf-8", "replace").split("\n")[1:]:
        if line.startswith("#"):
            continue
        key, colon, value = line.partition(":=" if ":=" in line else ":")
        key += ":=" if colon == ":=" else ""
        if not colon or key.strip().lower() in head:
            raise Fault("verify-mask-unreadable", path=path)
        head[key.strip().lower()] = value.strip()
    return head, body[end + 2 :]


def unpacked(data: bytes, encoding: str, bytes_n: int, path: str) -> bytes:
    """Return exactly `bytes_n` bytes; more are never unpacked, so no bomb goes off."""
    if encoding == "raw":
        plain, is_whole = data, True
    elif encoding in ("gzip", "gz"):
        unpack = zlib.decompressobj(wbits=31)
        try:
            plain = unpack.decompress(data, bytes_n + 1)
        except zlib.error:
            raise Fault("verify-mask-unreadable", path=path) from None
        is_whole = unpack.eof and not unpack.unused_data
    else:
        raise Fault("verify-mask-unreadable", path=path)
    if not is_whole or len(plain) != bytes_n:
        raise Fault("verify-mask-unreadable", path=path)
    return plain


def start_of(
    head: Mapping[str, str], shape_kji: tuple[int, int, int], grid: Grid, path: str
) -> tuple[int, int, int]:
    """Return the grid's voxel at which the part begins, all its corners held against the grid."""
    steps = _vectors(head.get("space directions", ""), 3, path)
    origins = _vectors(head.get("space origin", ""), 1, path)
    start_ijk = np.rint(grid.ijk(np.array(origins[0]))).astype(np.int64)
    last = np.array(shape_kji[::-1]) - 1
    if (start_ijk < 0).any() or (start_ijk + last >= grid.shape_kji[::-1]).any():
        raise Fault("verify-mask-elsewhere", path=path)
    corners = np.array([(n & 1, n >> 1 & 1, n >> 2) for n in range(8)]) * last
    stated = corners @ np.array(steps) + origins[0]
    if not np.abs(stated - grid.lps_mm(start_ijk + corners)).max() <= POSITION_MM:
        raise Fault("verify-mask-elsewhere", path=path)
    i, j, k = map(int, start_ijk)
    return k, j, i


def _vectors(text: str, n: int, path: str) -> list[list[float]]:
    """Return `n` vectors of three finite numbers; a Fault for anything else beside them."""
    found = [[float(number) for number in vector] for vector in VECTOR.findall(text)]
    is_all = re.fullmatch(rf"\s*(?:{VECTOR.pattern}\s*){{{n}}}", text) is not None
    if not is_all or not np.isfinite(found).all() or np.abs(found).max() > FURTHEST_MM:
        raise Fault("verify-mask-unreadable", path=path)
    return found
