"""Any binary glTF 2.0 scene with triangles: its nodes with their names, in metres, Y up.

Tasrif's own scenes say in `asset.extras` about which point of the patient they stand
(`anchor_lps_mm`). Of any other it is taken that its axes are the patient's own left, superior and
anterior, as glTF has them for a thing that faces the viewer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.io.meshes.glb import chunks, metres_matrix
from segmentation.io.meshes.source import Source
from segmentation.io.meshes.stl import welded
from segmentation.mesh import Mesh
from segmentation.surface import TRIANGLES_MAX

JSON_BYTES_MAX: Final = 16 << 20
BINARY_BYTES_MAX: Final = 2 << 30
NODES_MAX: Final = 10_000
FLOAT: Final = 5126
DOTS_AND_LINES: Final = frozenset({0, 1, 2, 3})
TRIANGLES, STRIP, FAN = 4, 5, 6
UNIT_QUATERNION: Final = 1e-3
INSTANCES: Final = "EXT_mesh_gpu_instancing"
INDEX_TYPES: Final[dict[int, np.dtype[Any]]] = {
    5121: np.dtype("u1"), 5123: np.dtype("<u2"), 5125: np.dtype("<u4"),
}  # fmt: skip
METRES_FROM_LPS_MM: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]) / 1000.0
_ODD: Final = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SceneMesh:
    """One node's triangles; `mesh` is in LPS mm, mirrored where its node's matrix mirrors."""

    name: str
    mesh: Mesh
    is_mirrored: bool


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The nodes with triangles, and what the file says of its frame (empty where it is silent)."""

    parts: tuple[SceneMesh, ...]
    is_anchored: bool
    frame_uid: str


def decode_scene(source: Source) -> Scene:
    """Return the meshes of a GLB scene.

    Refused: `mesh-file-malformed`, `mesh-file-incomplete`, `mesh-extension`, `mesh-file-index`,
    `mesh-file-not-finite`, `mesh-too-large`, `mesh-file-too-large`, and `mesh-scene-moved` for
    what bends, morphs or repeats a surface beyond its node's own transform.
    """
    document, binary_n = chunks(source, JSON_BYTES_MAX)
    if not isinstance(document, dict):
        raise source.malformed()
    if binary_n > BINARY_BYTES_MAX:
        limit_mib = BINARY_BYTES_MAX >> 20
        raise Refusal("mesh-file-too-large", file=source.name, limit_mib=limit_mib)
    binary = source.file.read(binary_n)
    try:
        return _Reading(source, document, binary).scene()
    except RecursionError as error:
        raise source.malformed() from error
    except _ODD as error:
        raise source.malformed() from error


class _Reading:
    """One document as it is walked; every number is held against what it counts in."""

    def __init__(self, source: Source, document: dict[str, Any], binary: bytes) -> None:
        self._source, self._document, self._binary = source, document, binary
        self._corners_n = 0

    def scene(self) -> Scene:
        """Return all nodes of the scene that have triangles."""
        document = self._document
        required = document.get("extensionsRequired") or []
        if not isinstance(required, list):
            raise ValueError
        if required:
            name = "".join(c for c in str(required[0]) if c.isalnum() or c == "_")[:40]
            raise Refusal("mesh-extension", file=self._source.name, extension=name)
        if document["asset"]["version"] != "2.0" or "uri" in document["buffers"][0]:
            raise ValueError
        extras = document["asset"].get("extras")
        extras = extras if isinstance(extras, dict) else {}
        anchor = np.array(extras.get("anchor_lps_mm", (0.0, 0.0, 0.0)), np.float64)
        if anchor.shape != (3,) or not np.isfinite(anchor).all():
            raise ValueError
        frame = extras.get("frame")
        uid = frame.get("uid", "") if isinstance(frame, dict) else ""
        parts = tuple(self._parts(anchor))
        drawn = [node for node in document["nodes"] if "mesh" in node]
        is_own = bool(drawn) and all(map(_is_as_we_write, drawn))
        return Scene(parts, "anchor_lps_mm" in extras or is_own, str(uid)[:64])

    def _parts(self, anchor_lps_mm: Matrix) -> Iterator[SceneMesh]:
        document = self._document
        nodes, meshes = document["nodes"], document.get("meshes", [])
        roots = document["scenes"][document.get("scene", 0)]["nodes"]
        waiting = [(_at(root), np.eye(4)) for root in reversed(roots)]
        seen = set[int]()
        while waiting:
            number, above = waiting.pop()
            if number in seen or len(seen) > NODES_MAX:
                raise ValueError
            seen.add(number)
            node = nodes[number]
            world = above @ _local(node)
            waiting += [(_at(child), world) for child in reversed(node.get("children", []))]
            if "mesh" not in node:
                continue
            drawn = meshes[_at(node["mesh"])]
            self._require_at_rest(node, drawn)
            corners = self._triangles(drawn)
            if len(corners):
                name = str(node.get("name") or drawn.get("name") or f"surface {number + 1}")
                points, triangles = welded(corners)
                metres = points.astype(np.float64) @ world[:3, :3].T + world[:3, 3]
                lps = metres @ np.linalg.inv(METRES_FROM_LPS_MM).T + anchor_lps_mm
                is_mirrored = bool(np.linalg.det(world[:3, :3]) < 0.0)
                yield SceneMesh(name, self._source.mesh(lps, triangles), is_mirrored)

    def _require_at_rest(self, node: dict[str, Any], drawn: dict[str, Any]) -> None:
        """Refuse a surface that isn't where its points and its node's transform put it."""
        weights = node.get("weights", drawn.get("weights")) or []
        for feature, is_used in (
            ("skin", "skin" in node),
            ("weights", any(float(weight) != 0.0 for weight in weights)),
            (INSTANCES, INSTANCES in (node.get("extensions") or {})),
        ):
            if is_used:
                raise Refusal("mesh-scene-moved", file=self._source.name, feature=feature)

    def _triangles(self, drawn: dict[str, Any]) -> NDArray[np.float32]:
        """Return the corners (3 N, 3) of a mesh's triangles; lines and points are not taken."""
        found = [np.zeros((0, 3), np.float32)]
        for primitive in drawn["primitives"]:
            mode = primitive.get("mode", TRIANGLES)
            if mode in DOTS_AND_LINES:
                continue
            points = self._positions(primitive["attributes"]["POSITION"])
            count = len(points)
            if "indices" in primitive:
                count = _at(self._accessor(primitive["indices"])["count"])
            self._count(count if mode == TRIANGLES else 3 * count)
            index = np.arange(count)
            if "indices" in primitive:
                index = self._indices(primitive["indices"])
                if len(index) and index.max() >= len(points):
                    raise Refusal("mesh-file-index", file=self._source.name)
            found.append(points[_as_triangles(index, mode)])
        corners = np.concatenate(found)
        if not np.isfinite(corners).all():
            raise Refusal("mesh-file-not-finite", file=self._source.name)
        return corners + np.float32(0)

    def _count(self, corners_n: int) -> None:
        """Add corners to those of the whole file, before anything is made of them."""
        self._corners_n += corners_n
        if self._corners_n > 3 * TRIANGLES_MAX:
            self._source.expect_triangles(self._corners_n // 3)

    def _accessor(self, number: object) -> dict[str, Any]:
        accessor: dict[str, Any] = self._document["accessors"][_at(number)]
        return accessor

    def _positions(self, number: object) -> NDArray[np.float32]:
        accessor = self._accessor(number)
        if (accessor["componentType"], accessor["type"]) != (FLOAT, "VEC3"):
            raise ValueError
        return self._numbers(accessor, np.dtype("<f4"), 3)

    def _indices(self, number: object) -> NDArray[np.int64]:
        accessor = self._accessor(number)
        if accessor["type"] != "SCALAR":
            raise ValueError
        kind = INDEX_TYPES[accessor["componentType"]]
        return self._numbers(accessor, kind, 1).reshape(-1).astype(np.int64)

    def _numbers(self, accessor: dict[str, Any], kind: np.dtype[Any], n: int) -> NDArray[Any]:
        """Return an accessor's numbers (count, n), a view into the binary chunk."""
        if "sparse" in accessor or accessor.get("normalized"):
            raise ValueError
        view = self._document["bufferViews"][_at(accessor["bufferView"])]
        if _at(view["buffer"]) != 0:
            raise ValueError
        count, inner = _at(accessor["count"]), _at(accessor.get("byteOffset", 0))
        start, length = _at(view.get("byteOffset", 0)), _at(view["byteLength"])
        stride = _at(view.get("byteStride", n * kind.itemsize))
        needed = inner + stride * (count - 1) + n * kind.itemsize
        is_held = start + length <= len(self._binary) and needed <= length
        if count < 1 or stride < n * kind.itemsize or stride > 252 or not is_held:
            raise ValueError
        return np.ndarray((count, n), kind, self._binary, start + inner, (stride, kind.itemsize))


def _at(number: object) -> int:
    """Return a natural number; ValueError for anything else, so that no index counts backwards."""
    if type(number) is not int or number < 0:
        raise ValueError
    return number


def _as_triangles(index: NDArray[np.int64], mode: object) -> NDArray[np.int64]:
    """Return an index's triangles one after the other; ValueError for another mode than three."""
    if mode == TRIANGLES and len(index) % 3 == 0:
        return index
    if mode not in (STRIP, FAN) or len(index) < 3:
        raise ValueError
    first = np.zeros(len(index) - 2, np.int64) + index[0] if mode == FAN else index[:-2]
    return np.column_stack([first, index[1:-1], index[2:]]).reshape(-1)


def _is_as_we_write(node: dict[str, Any]) -> bool:
    """Return whether a node says its LPS origin, and stands as `glb.encode` puts it there."""
    extras = node.get("extras")
    if not isinstance(extras, dict) or (extras.get("frame"), extras.get("unit")) != ("LPS", "mm"):
        return False
    origin = np.array(extras.get("lps_origin_mm"), np.float64)
    return origin.shape == (3,) and bool(node.get("matrix") == metres_matrix(origin))


def _local(node: dict[str, Any]) -> Matrix:
    """Return a node's own 4 x 4 transform; ValueError for one that isn't affine, or is two."""
    if "matrix" in node:
        whole = np.array(node["matrix"], np.float64).reshape(4, 4).T
        is_two = not {"rotation", "scale", "translation"}.isdisjoint(node)
        if is_two or not np.array_equal(whole[3], (0.0, 0.0, 0.0, 1.0)):
            raise ValueError
    else:
        x, y, z, w = (float(part) for part in node.get("rotation", (0, 0, 0, 1)))
        if not abs(x * x + y * y + z * z + w * w - 1.0) <= UNIT_QUATERNION:
            raise ValueError
        turn = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        whole = np.eye(4)
        whole[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), np.float64)
        whole[:3, 3] = np.array(node.get("translation", (0, 0, 0)), np.float64)
    if not np.isfinite(whole).all() or whole.shape != (4, 4):
        raise ValueError
    return whole
