"""GLB read without trust: only what a plain scene needs, every count held before it is believed.

Shares nothing with the writer. Points come back in metres as they are stored.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planning.exchange.verify.strict_json import read_object
from planning.exchange.verify.verdict import Fault

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
BYTES_MAX: Final = 64 << 20
TEXT_BYTES_MAX: Final = 8 << 20
NODES_MAX: Final = 5_000
FURTHEST_M: Final = 20.0
HEAD: Final = struct.Struct("<4sIII4s")
CHUNK: Final = struct.Struct("<I4s")
TOP: Final = frozenset(
    {
        "asset", "scene", "scenes", "nodes", "meshes", "materials", "accessors", "bufferViews",
        "buffers",
    }
)  # fmt: skip
NODE: Final = frozenset({"name", "extras", "mesh", "translation"})
FORMS: Final = {("VEC3", 5126): ("<f4", 3), ("SCALAR", 5125): ("<u4", 1)}
NO_POINTS: Final = np.zeros((0, 3))


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A node: name, extras, where it stands, its points, triangles, ends of lines, opacity."""

    name: str
    extras: Mapping[str, Any]
    place_m: Floats | None
    points_m: Floats
    triangles: Index
    ends_m: Floats
    opacity_ratio: float


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What a file says of itself, and its nodes in their order."""

    extras: Mapping[str, Any]
    nodes: tuple[Node, ...]


def read_scene(body: bytes, path: str) -> Read:
    """Return the scene of a GLB; a Fault for anything else than a plain scene."""
    try:
        return _Reading(body, path).read()
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, struct.error):
        raise _unreadable(path) from None


def _unreadable(path: str) -> Fault:
    return Fault("verify-ar-differs", path=path, what="GLB")


def _require(is_so: bool) -> None:
    if not is_so:
        raise ValueError


class _Reading:
    """One file being read; ValueError and its like for what is odd."""

    def __init__(self, body: bytes, path: str) -> None:
        _require(len(body) <= BYTES_MAX)
        magic, version, length, text_n, kind = HEAD.unpack_from(body)
        _require((magic, version, length, kind) == (b"glTF", 2, len(body), b"JSON"))
        _require(text_n <= TEXT_BYTES_MAX)
        start = HEAD.size + text_n
        binary_n, binary_kind = CHUNK.unpack_from(body, start)
        self.binary = memoryview(body)[start + CHUNK.size :]
        self.used: set[int] = set()
        _require(binary_kind == b"BIN\0" and binary_n == len(self.binary))
        self.document: Mapping[str, Any] = read_object(body[HEAD.size : start], path)

    def read(self) -> Read:
        """Return everything, or raise."""
        found = self.document
        _require(set(found) == TOP and found["scene"] == 0)
        _require(found["asset"]["version"] == "2.0" and not set(found["asset"]) - ASSET)
        _require(found["buffers"] == [{"byteLength": len(self.binary)}])
        nodes: Sequence[Mapping[str, Any]] = found["nodes"]
        _require(0 < len(nodes) <= NODES_MAX)
        _require(found["scenes"] == [{"nodes": list(range(len(nodes)))}])
        used = [node["mesh"] for node in nodes if "mesh" in node]
        _require(used == list(range(len(found["meshes"]))))
        extras = found["asset"]["extras"]
        _require(isinstance(extras, dict) and found["asset"]["generator"] == "Tasrif")
        read = Read(extras, tuple(self._node(node) for node in nodes))
        self._hold_nothing_more()
        return read

    def _hold_nothing_more(self) -> None:
        """Hold that every byte, view, accessor and material is one that a node shows."""
        found = self.document
        looks = [one["primitives"][0]["material"] for one in found["meshes"]]
        _require(looks == list(range(len(found["materials"]))))
        numbers = range(len(found["accessors"]))
        _require(self.used == set(numbers) and len(found["bufferViews"]) == len(numbers))
        end = 0
        for number, about in enumerate(found["accessors"]):
            view = found["bufferViews"][number]
            _require(about["bufferView"] == number and view["byteOffset"] == end)
            end += view["byteLength"]
        _require(end == len(self.binary))

    def _node(self, node: Mapping[str, Any]) -> Node:
        _require(not set(node) - NODE and isinstance(node["name"], str))
        _require(isinstance(node["extras"], dict))
        place = None
        if "translation" in node:
            place = np.array(node["translation"], np.float64)
            _require(place.shape == (3,) and bool((np.abs(place) < FURTHEST_M).all()))
        shift = np.zeros(3) if place is None else place
        points, ends, triangles = NO_POINTS, NO_POINTS, np.zeros((0, 3), np.int64)
        primitives = self._primitives(node)
        modes = [one["mode"] for one in primitives]
        _require(modes in ([], [4], [1], [4, 1]))
        looks = {one["material"] for one in primitives}
        _require(len(looks) <= 1)
        for one in primitives:
            places = self._points(one["attributes"]["POSITION"]) + shift
            if one["mode"] == 4:
                _require(set(one) == {"attributes", "indices", "mode", "material"})
                self._hold_normals(one["attributes"], len(places))
                points, triangles = places, self._triangles(one["indices"], len(places))
            else:
                _require(set(one) == {"attributes", "mode", "material"} and len(places) % 2 == 0)
                _require(set(one["attributes"]) == {"POSITION"})
                ends = places
        opacity_ratio = self._opacity_ratio(looks.pop(), node["name"]) if looks else 1.0
        return Node(node["name"], node["extras"], place, points, triangles, ends, opacity_ratio)

    def _primitives(self, node: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return what a node shows; its mesh bears its name and nothing more."""
        if "mesh" not in node:
            return []
        mesh = self.document["meshes"][node["mesh"]]
        _require(set(mesh) == {"name", "primitives"} and mesh["name"] == node["name"])
        found: Sequence[Mapping[str, Any]] = mesh["primitives"]
        return found

    def _hold_normals(self, attributes: Mapping[str, Any], points_n: int) -> None:
        """Hold that there is a direction of length 1 for each point: light falls by it."""
        _require(set(attributes) == {"POSITION", "NORMAL"})
        about, found = self._numbers(attributes["NORMAL"], ("VEC3", 5126))
        _require(about["count"] == points_n)
        size = np.linalg.norm(found.reshape(-1, 3).astype(np.float64), axis=1)
        _require(bool((np.abs(size - 1.0) < 1e-3).all()))

    def _opacity_ratio(self, number: object, name: str) -> float:
        look = self._entry("materials", number)
        _require(look["name"] == name and not set(look) - MATERIAL)
        _require(type(look.get("doubleSided", True)) is bool)
        _require(look["pbrMetallicRoughness"].items() >= MATT.items())
        _require(len(look["pbrMetallicRoughness"]) == len(MATT) + 1)
        red, green, blue, alpha = look["pbrMetallicRoughness"]["baseColorFactor"]
        _require(all(0.0 <= one <= 1.0 for one in (red, green, blue, alpha)))
        _require(look.get("alphaMode", "OPAQUE") == ("BLEND" if alpha < 1.0 else "OPAQUE"))
        return float(alpha)

    def _entry(self, key: str, number: object) -> Mapping[str, Any]:
        _require(type(number) is int and 0 <= number < len(self.document[key]))
        found: Mapping[str, Any] = self.document[key][number]
        return found

    def _points(self, number: object) -> Floats:
        about, found = self._numbers(number, ("VEC3", 5126))
        points = found.reshape(-1, 3).astype(np.float64)
        _require(bool((np.abs(points) < FURTHEST_M).all()))  # also false for what is no number
        _require(about["min"] == points.min(axis=0).tolist())
        _require(about["max"] == points.max(axis=0).tolist())
        return points

    def _triangles(self, number: object, points_n: int) -> Index:
        _, found = self._numbers(number, ("SCALAR", 5125))
        corners = found.astype(np.int64).reshape(-1, 3)
        _require(int(corners.max()) < points_n)
        return corners

    def _numbers(
        self, number: object, form: tuple[str, int]
    ) -> tuple[Mapping[str, Any], NDArray[Any]]:
        about = self._entry("accessors", number)
        self.used.add(int(str(number)))
        _require(not set(about) - ACCESSOR and (about["type"], about["componentType"]) == form)
        kind, wide = FORMS[form]
        view = self._entry("bufferViews", about["bufferView"])
        count, offset = about["count"], view["byteOffset"]
        _require(not set(view) - VIEW and view["buffer"] == 0)
        _require(type(count) is int and type(offset) is int and count > 0 and offset >= 0)
        _require(view["byteLength"] == 4 * wide * count and offset % 4 == 0)
        _require(offset + 4 * wide * count <= len(self.binary))
        return about, np.frombuffer(self.binary, kind, wide * count, offset)


ASSET: Final = frozenset({"version", "generator", "extras"})
ACCESSOR: Final = frozenset({"bufferView", "componentType", "count", "type", "min", "max"})
MATERIAL: Final = frozenset({"name", "pbrMetallicRoughness", "alphaMode", "doubleSided"})
MATT: Final = {"metallicFactor": 0.0, "roughnessFactor": 0.7}
VIEW: Final = frozenset({"buffer", "byteOffset", "byteLength", "target"})
