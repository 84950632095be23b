"""Binary STL: 80 bytes of text, a count, 50 bytes a triangle (32-bit floats)."""

import secrets
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.io.meshes.source import Source
from segmentation.kernels.weld import weld
from segmentation.mesh import Mesh

HEADER_BYTES = 84
RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
CHUNK = 1 << 16


def encode(mesh: Mesh, name: str) -> Iterator[bytes]:
    """Yield the bytes of a binary STL; its text says `LPS mm`."""
    text = f"Tasrif LPS mm {name}".encode("ascii", "replace")[:80].ljust(80)
    yield text + len(mesh.triangles).to_bytes(4, "little")
    for start in range(0, len(mesh.triangles), CHUNK):
        corners = mesh.points_lps_mm[mesh.triangles[start : start + CHUNK]]
        records = np.zeros(len(corners), RECORD)
        records["corners"] = corners
        records["normal"] = _normals(corners)
        yield records.tobytes()


def _normals(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit normals of triangles (N, 3, 3); zero for a triangle without area."""
    edges = corners[:, 1:] - corners[:, :1]
    normals = np.cross(edges[:, 0], edges[:, 1])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    unit: NDArray[np.float64] = normals / np.where(length > 0.0, length, 1.0)
    return unit


def decode(source: Source) -> Mesh:
    """Return the mesh of a binary STL; corners with equal numbers become one point."""
    header = source.file.read(HEADER_BYTES)
    if header.lstrip()[:5].lower() == b"solid" and b"facet" in header + source.file.read(512):
        raise Refusal("mesh-file-text", file=source.name)
    if len(header) < HEADER_BYTES:
        source.expect_length(HEADER_BYTES + RECORD.itemsize)
    triangles_n = int.from_bytes(header[80:], "little")
    source.expect_length(HEADER_BYTES + RECORD.itemsize * triangles_n)
    source.expect_triangles(triangles_n)
    source.file.seek(HEADER_BYTES)
    corners = source.records(RECORD, triangles_n)["corners"].astype(np.float32) + np.float32(0)
    points, triangles = welded(corners.reshape(-1, 3))
    return source.mesh(points, triangles)


def welded(corners: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return the distinct points in order of first sight, and triangles of their numbers."""
    table = np.full(1 << (2 * len(corners)).bit_length(), -1, np.int64)
    first, number = np.empty(len(corners), np.int64), np.empty(len(corners), np.int32)
    seed = np.uint64(secrets.randbits(64))
    found = weld(corners.view(np.uint32), seed, table, first, number)
    return corners[first[:found]], number.reshape(-1, 3)
