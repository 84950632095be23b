"""NIfTI-1 and NIfTI-2 headers by our own reading: RAS in, LPS out (row GEO-13).

The sform holds if it is coded, else the qform; both coded and apart, or neither, is refused.
Source: nifti1.h and nifti2.h of the NIfTI data format working group.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.io.files import FileRef
from segmentation.io.plain_image import ImageFile, checked_shape, file_header

CONFLICT_MM: Final = 0.01
HEAD_BYTES: Final = 544
_DTYPES: Final = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8",
    1280: "u8",
}  # fmt: skip
_LPS_FROM_RAS: Final = np.diag([-1.0, -1.0, 1.0])
_MM: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class _Header:
    """The fields that matter, of either version."""

    dim: tuple[int, ...]
    datatype: int
    pixdim: tuple[float, ...]
    vox_offset: float
    slope: float
    intercept: float
    units: int
    qform_code: int
    sform_code: int
    quatern: tuple[float, ...]
    srow: NDArray[np.float64]


def unzipped_head(head: bytes) -> bytes:
    """Return the first bytes of a file, decompressed if they are gzip's."""
    if head[:2] != b"\x1f\x8b":
        return head
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""


def is_nifti(head: bytes) -> bool:
    """Return whether a file that starts so is a single-file NIfTI image."""
    plain = unzipped_head(head)
    return plain[344:348] == b"n+1\0" or plain[4:12] == b"n+2\0\r\n\x1a\n"


def read_nifti(ref: FileRef, head: bytes) -> ImageFile:
    """Return where the voxels of a NIfTI file lie in LPS mm; refuses what is ambiguous."""
    header = _parse(unzipped_head(head), ref)
    ndim = header.dim[0]
    if not 1 <= ndim <= 7 or any(n != 1 for n in header.dim[4 : ndim + 1]):
        raise Refusal("image-not-3d", dimensions=ndim)
    shape = checked_shape(list(header.dim[1 : min(ndim, 3) + 1]))
    if header.datatype not in _DTYPES:
        raise Refusal("pixel-format-unsupported", file=ref.name)
    if header.units & 7 not in (0, _MM):
        raise Refusal("unit-not-mm", file=ref.name)
    affine = _LPS_FROM_RAS @ _affine(header, shape, ref)
    slope, intercept = header.slope, header.intercept
    if not np.isfinite(slope) or slope == 0.0:
        slope, intercept = 1.0, 0.0
    if not np.isfinite(intercept) or not 0 <= header.vox_offset <= 1 << 30:
        raise Refusal("number-not-finite", file=ref.name)
    order = ">" if _is_big(unzipped_head(head)) else "<"
    return ImageFile(
        header=file_header(ref, head),
        data=ref,
        offset=int(header.vox_offset),
        encoding="gzip-file" if head[:2] == b"\x1f\x8b" else "raw",
        dtype=np.dtype(order + _DTYPES[header.datatype]),
        shape_kji=shape,
        axes_lps_mm=affine[:, :3],
        origin_lps_mm=affine[:, 3],
        slope=float(slope),
        intercept=float(intercept),
    )


def _is_big(plain: bytes) -> bool:
    return plain[:4] in (struct.pack(">i", 348), struct.pack(">i", 540))


def _parse(plain: bytes, ref: FileRef) -> _Header:
    order = ">" if _is_big(plain) else "<"
    is_second = plain[4:8] == b"n+2\0"
    if len(plain) < (540 if is_second else 348):
        raise Refusal("file-broken", file=ref.name)

    def read(kind: str, at: int) -> tuple[float, ...]:
        """Return numbers of the struct format `kind` at an offset, in the file's byte order."""
        return struct.unpack_from(order + kind, plain, at)

    if is_second:
        dim, pixdim = read("8q", 16), read("8d", 104)
        datatype = read("h", 12)[0]
        offset = read("q", 168)[0]
        slope, intercept = read("2d", 176)
        q_code, s_code = read("2i", 344)
        quatern, srow, units = read("6d", 352), read("12d", 400), read("i", 500)[0]
    else:
        dim, pixdim = read("8h", 40), read("8f", 76)
        datatype = read("h", 70)[0]
        offset, slope, intercept = read("3f", 108)
        units = read("B", 123)[0]
        q_code, s_code = read("2h", 252)
        quatern, srow = read("6f", 256), read("12f", 280)
    return _Header(
        tuple(int(n) for n in dim), int(datatype), pixdim, offset, slope, intercept, int(units),
        int(q_code), int(s_code), quatern, np.array(srow, np.float64).reshape(3, 4),
    )  # fmt: skip


def _affine(header: _Header, shape: tuple[int, int, int], ref: FileRef) -> NDArray[np.float64]:
    """Return the 3x4 affine from voxel to RAS mm that the codes name."""
    if header.qform_code <= 0 and header.sform_code <= 0:
        raise Refusal("orientation-missing", file=ref.name)
    numbers = np.r_[header.srow.ravel(), header.quatern, header.pixdim[:4]]
    if not np.isfinite(numbers).all():
        raise Refusal("number-not-finite", file=ref.name)
    if header.sform_code <= 0:
        return _qform(header)
    if header.qform_code > 0:
        last = np.array(shape[::-1]) - 1
        corners = np.array([(c & 1, c >> 1 & 1, c >> 2, 1) for c in range(8)], np.float64)
        corners[:, :3] *= last
        apart = np.linalg.norm(corners @ (_qform(header) - header.srow).T, axis=1)
        if apart.max() > CONFLICT_MM:
            raise Refusal("forms-conflict", file=ref.name, apart_mm=round(float(apart.max()), 2))
    return header.srow


def _qform(header: _Header) -> NDArray[np.float64]:
    """Return the affine of quaternion, pixdim and offset."""
    b, c, d, x, y, z = header.quatern
    a = np.sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    scale = 1.0 / np.sqrt(a * a + b * b + c * c + d * d)
    a, b, c, d = a * scale, b * scale, c * scale, d * scale
    rotation = np.array([
        [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
        [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
        [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ])  # fmt: skip
    sign = -1.0 if header.pixdim[0] < 0 else 1.0
    spacing = np.array([header.pixdim[1], header.pixdim[2], sign * header.pixdim[3]])
    return np.column_stack([rotation * spacing, [x, y, z]])
