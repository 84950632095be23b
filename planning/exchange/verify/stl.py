"""A surface in a binary STL file, by a plain reader of its own, and how it lies to its mask."""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.exchange.verify.nrrd import Crop
from planning.exchange.verify.verdict import Fault
from segmentation.grid import Grid
from segmentation.mesh import Mesh

Floats = NDArray[np.float32]
FACET: Final = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")])
HEADER: Final = struct.Struct("<80sI")
MIXERS: Final = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)
FURTHEST_MM: Final = 100_000.0
EDGE_VOXELS: Final = 0.01
"""How far from the line between two voxel centres a point may lie: what float32 rounds away."""


def read_mesh(body: bytes, path: str, mark: bytes) -> Mesh:
    """Return the closed mesh in a file's bytes; its header line must be `mark`.

    The format repeats each corner; equal corners become one point.
    """
    if len(body) < HEADER.size:
        raise Fault("verify-mesh-unreadable", path=path)
    title, count = HEADER.unpack_from(body)
    if len(body) != HEADER.size + count * FACET.itemsize or not count:
        raise Fault("verify-mesh-unreadable", path=path)
    if title.rstrip(b"\0 ") != mark:
        raise Fault("verify-mark-odd", path=path)
    corners = np.frombuffer(body, FACET, count, HEADER.size)["corners"].reshape(-1, 3)
    if not (np.abs(corners) < FURTHEST_MM).all():  # also false for what is no number
        raise Fault("verify-mesh-unreadable", path=path)
    points, index = _welded(corners + np.float32(0.0))  # minus zero is the same place as zero
    if not np.array_equal(points[index], corners):
        raise Fault("verify-mesh-unreadable", path=path)
    mesh = Mesh(points.astype(np.float64), index.reshape(-1, 3).astype(np.int32))
    if not mesh.is_closed or mesh.volume_ml <= 0.0:
        raise Fault("verify-mesh-open", path=path)
    return mesh


def _welded(corners: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return each place once, and which one every corner is.

    Sorted by one mixed number for each place, several times faster than by three; two places that
    mixed to one number would show when the corners are compared afterwards.
    """
    bits = np.ascontiguousarray(corners).view(np.uint32).astype(np.uint64)
    mixed = (bits * MIXERS).sum(axis=1, dtype=np.uint64)
    _, first, index = np.unique(mixed, return_index=True, return_inverse=True)
    return corners[first], index


def require_on_mask(mesh: Mesh, crop: Crop, grid: Grid, path: str) -> None:
    """Raise a Fault unless the mesh lies on the mask's border, the whole of it and nothing else.

    The accepted surface has one point on each line between the centres of a voxel inside and its
    neighbour outside; so it never lies more than one voxel off.
    """
    inside = np.pad(crop.voxels, 1)
    ijk = grid.ijk(mesh.points_lps_mm)
    kji = ijk[:, ::-1] - np.array(crop.start_kji) + 1.0
    off = np.abs(kji - np.rint(kji))
    is_on = np.zeros(len(kji), bool)
    for axis in range(3):
        others = [n for n in range(3) if n != axis]
        low = np.rint(kji).astype(np.int64)
        low[:, axis] = np.floor(kji[:, axis]).astype(np.int64)
        high = low.copy()
        high[:, axis] += 1
        is_there = ((low >= 0) & (high < inside.shape)).all(axis=1)
        low, high = np.where(is_there[:, None], low, 0), np.where(is_there[:, None], high, 0)
        is_border = inside[tuple(low.T)] != inside[tuple(high.T)]
        is_on |= is_there & is_border & (off[:, others] <= EDGE_VOXELS).all(axis=1)
    if not is_on.all():
        raise Fault("verify-mesh-off", path=path, n=int((~is_on).sum()))
    borders = sum(int(np.count_nonzero(np.diff(inside, axis=axis))) for axis in range(3))
    if borders != len(kji):
        raise Fault("verify-mesh-off", path=path, n=abs(borders - len(kji)))
