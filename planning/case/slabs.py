"""Voxels as slabs of whole slices, compressed and hashed.

HU noise does not compress; what compresses is the high byte. So a slab's low bytes stand as they
are and only the high bytes go through zlib: measured on a noisy abdomen 371 MB/s and 0.54 of the
size on one core, against 47 MB/s and 0.52 for zlib over all of it.
"""

import hashlib
import zlib

import numpy as np

from planning.case.bricks import Unreadable, inflate
from segmentation.grid import Shape
from segmentation.volume import Hu

SLAB_BYTES = 8 << 20


def slices_per_slab(shape_kji: Shape) -> int:
    """Return how many slices a slab holds: at most 8 MiB of voxels, at least one slice."""
    return max(1, SLAB_BYTES // (2 * shape_kji[1] * shape_kji[2]))


def slab_starts(shape_kji: Shape, slices: int) -> range:
    """Return the first slice of each slab."""
    return range(0, shape_kji[0], slices)


def encode_slab(hu: Hu) -> tuple[bytes, bytes]:
    """Return the SHA-256 of the voxels (little-endian) and the slab's stored bytes."""
    voxels = np.ascontiguousarray(hu, "<i2")
    pairs = voxels.view(np.uint8).reshape(-1, 2)
    high = zlib.compress(np.ascontiguousarray(pairs[:, 1]).data, 1)
    return hashlib.sha256(voxels.data).digest(), pairs[:, 0].tobytes() + high


def decode_slab(body: bytes, sha256: bytes, out: Hu) -> None:
    """Fill `out` (C-ordered, int16) with the slab's voxels, checked against their hash.

    Raises
    ------
    Unreadable
        When the bytes are not those that were stored; `out` is then undefined.
    """
    count = out.size
    if len(body) < count:
        raise Unreadable("a slab is too short")
    pairs = np.empty((count, 2), np.uint8)
    pairs[:, 0] = np.frombuffer(body, np.uint8, count)
    pairs[:, 1] = np.frombuffer(inflate(body[count:], count), np.uint8)
    if hashlib.sha256(pairs.data).digest() != sha256:
        raise Unreadable("a slab differs from its hash")
    out[...] = pairs.view("<i2").reshape(out.shape)
