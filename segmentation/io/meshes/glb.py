"""Binary glTF 2.0: metres, Y up, by the node's transform.

glTF wants metres, +Y up and the front of a thing towards +Z, so that its +X is the thing's own
left. Patient LPS (x left, y posterior, z superior) in mm becomes (x, z, -y) / 1000: superior is up,
anterior is forward. The positions in the buffer are LPS mm about `lps_origin_mm` (32-bit floats
keep 2e-5 mm there); the node's matrix takes them to metres. LPS mm = position + origin.
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.io.meshes.source import Source
from segmentation.mesh import Mesh

MAGIC, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
JSON_BYTES_MAX = 1 << 20
CHUNK = 1 << 16
FLOAT, UINT32 = 5126, 5125
HEADER = np.dtype("<u4")
NOTE = "matrix takes positions (LPS mm about lps_origin_mm) to metres: up superior, +Z anterior"


def encode(mesh: Mesh, name: str) -> Iterator[bytes]:
    """Yield the bytes of a GLB with one mesh, one node, and its LPS origin in the node's extras."""
    origin = np.round((mesh.points_lps_mm.min(axis=0) + mesh.points_lps_mm.max(axis=0)) / 2.0)
    positions = (mesh.points_lps_mm - origin).astype("<f4")
    binary_n = positions.nbytes + 4 * mesh.triangles.size
    scene = json.dumps(_scene(mesh, name, origin, positions), ensure_ascii=False, allow_nan=False)
    text = scene.encode()
    text += b" " * (-len(text) % 4)
    sizes = (MAGIC, 2, 12 + 8 + len(text) + 8 + binary_n, len(text), JSON_CHUNK)
    yield np.array(sizes, HEADER).tobytes() + text
    yield np.array((binary_n, BINARY_CHUNK), HEADER).tobytes()
    for start in range(0, len(positions), CHUNK):
        yield positions[start : start + CHUNK].tobytes()
    for start in range(0, len(mesh.triangles), CHUNK):
        yield mesh.triangles[start : start + CHUNK].astype("<u4").tobytes()


def metres_matrix(origin: NDArray[np.float64]) -> list[float]:
    """Return the node's column-major matrix: LPS mm about `origin` to metres with Y up."""
    x, y, z = (float(v) / 1000.0 for v in origin)
    return [0.001, 0, 0, 0, 0, 0, -0.001, 0, 0, 0.001, 0, 0, x, z, -y, 1]


def _scene(
    mesh: Mesh, name: str, origin: NDArray[np.float64], positions: NDArray[np.float32]
) -> dict[str, Any]:
    """Return the JSON part."""
    points_bytes, triangles_bytes = positions.nbytes, 4 * mesh.triangles.size
    extras = {"frame": "LPS", "unit": "mm", "lps_origin_mm": origin.tolist(), "note": NOTE}
    primitive = {"attributes": {"POSITION": 0}, "indices": 1, "mode": 4}
    return {
        "asset": {"version": "2.0", "generator": "Tasrif"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": name, "mesh": 0, "matrix": metres_matrix(origin), "extras": extras}],
        "meshes": [{"name": name, "primitives": [primitive]}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": FLOAT,
                "count": len(positions),
                "type": "VEC3",
                "min": positions.min(axis=0).tolist(),
                "max": positions.max(axis=0).tolist(),
            },
            {
                "bufferView": 1,
                "componentType": UINT32,
                "count": mesh.triangles.size,
                "type": "SCALAR",
            },
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": points_bytes, "target": 34962},
            {
                "buffer": 0,
                "byteOffset": points_bytes,
                "byteLength": triangles_bytes,
                "target": 34963,
            },
        ],
        "buffers": [{"byteLength": points_bytes + triangles_bytes}],
    }


def decode(source: Source) -> Mesh:
    """Return the mesh of a GLB laid out as `encode` does, in LPS mm."""
    scene, binary_n = chunks(source, JSON_BYTES_MAX)
    try:
        extras = scene["nodes"][0]["extras"]
        if (extras["frame"], extras["unit"]) != ("LPS", "mm"):
            raise Refusal("mesh-frame-missing", file=source.name)
        origin = np.array(extras["lps_origin_mm"], np.float64)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Refusal("mesh-frame-missing", file=source.name) from error
    try:
        points_n, corners_n = (_count(accessor) for accessor in scene["accessors"])
        _expect_layout(scene, origin, points_n, corners_n)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise source.malformed() from error
    if 12 * points_n + 4 * corners_n != binary_n:
        raise source.malformed()
    source.expect_triangles(corners_n // 3)
    points = source.records(np.dtype(("<f4", 3)), points_n).astype(np.float64) + origin
    triangles = source.records(np.dtype(("<u4", 3)), corners_n // 3).astype(np.int64)
    return source.mesh(points, triangles)


def chunks(source: Source, json_bytes_max: int) -> tuple[Any, int]:
    """Return the JSON part and the binary part's length, the file standing at its first byte.

    Each is held against the file's length, and the JSON against `json_bytes_max` before it is read.
    """
    if source.length < 28:
        source.expect_length(28)
    magic, version, length, text_n, kind = (int(n) for n in source.records(HEADER, 5))
    if (magic, version, kind) != (MAGIC, 2, JSON_CHUNK) or text_n > json_bytes_max:
        raise source.malformed()
    source.expect_length(length)
    if 28 + text_n > length:
        raise source.malformed()
    try:
        scene = json.loads(source.file.read(text_n).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise source.malformed() from error
    binary_n, kind = (int(n) for n in source.records(HEADER, 2))
    if kind != BINARY_CHUNK or 28 + text_n + binary_n != length:
        raise source.malformed()
    return scene, binary_n


def _count(accessor: dict[str, Any]) -> int:
    """Return an accessor's count; ValueError when it is no natural number."""
    count = accessor["count"]
    if type(count) is not int or count < 1:
        raise ValueError
    return count


def _expect_layout(
    scene: dict[str, Any], origin: NDArray[np.float64], points_n: int, corners_n: int
) -> None:
    """Raise ValueError unless numbers lie in the buffer the way `encode` puts them."""
    shapes = [(a["componentType"], a["type"], a["bufferView"]) for a in scene["accessors"]]
    views = [(v["buffer"], v.get("byteOffset", 0), v["byteLength"]) for v in scene["bufferViews"]]
    primitive = scene["meshes"][0]["primitives"][0]
    facts = (
        shapes == [(FLOAT, "VEC3", 0), (UINT32, "SCALAR", 1)],
        views == [(0, 0, 12 * points_n), (0, 12 * points_n, 4 * corners_n)],
        not any("byteOffset" in a or "sparse" in a for a in scene["accessors"]),
        not any("byteStride" in v for v in scene["bufferViews"]),
        (primitive["attributes"], primitive["indices"]) == ({"POSITION": 0}, 1),
        primitive.get("mode", 4) == 4 and corners_n % 3 == 0,
        origin.shape == (3,) and bool(np.isfinite(origin).all()),
        len(scene["nodes"]) == len(scene["meshes"]) == 1,
        scene["nodes"][0]["matrix"] == metres_matrix(origin),
    )
    if not all(facts):
        raise ValueError
