"""A second reader of GLB scenes, byte by byte; it shares nothing with their writer."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planning.exchange.read_back import differs

Floats = NDArray[np.float64]
SIZE: Final = {"SCALAR": 1, "VEC3": 3}
TYPE: Final = {5126: "<f4", 5125: "<u4"}


@dataclass(frozen=True, slots=True, eq=False)
class ReadNode:
    """A node as it came back, in LPS mm: points (N, 3), triangles (M, 3), ends of lines (K, 3)."""

    name: str
    extras: Mapping[str, Any]
    place_lps_mm: tuple[float, ...] | None
    points_lps_mm: Floats
    triangles: NDArray[np.int64]
    ends_lps_mm: Floats
    colour: tuple[float, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class ReadScene:
    """A scene as it came back."""

    extras: Mapping[str, Any]
    nodes: tuple[ReadNode, ...]


def read_glb(body: bytes, file: str) -> ReadScene:
    """Return the scene of a GLB, its points taken to LPS mm by the matrix that it states.

    Raises
    ------
    Refusal
        `export-read-back-differs` when it can't be read.
    """
    try:
        return _Reading(body).scene()
    except (ValueError, KeyError, IndexError, TypeError, struct.error) as error:
        raise differs(file, f"GLB, {type(error).__name__}") from error


class _Reading:
    """The chunks of one file."""

    def __init__(self, body: bytes) -> None:
        magic, version, length = struct.unpack_from("<4sII", body)
        text_n, text_kind = struct.unpack_from("<I4s", body, 12)
        binary_n, binary_kind = struct.unpack_from("<I4s", body, 20 + text_n)
        if (magic, version, length) != (b"glTF", 2, len(body)):
            raise ValueError("head")
        if (text_kind, binary_kind) != (b"JSON", b"BIN\0") or 28 + text_n + binary_n != length:
            raise ValueError("chunks")
        self.document = json.loads(body[20 : 20 + text_n])
        self.binary = body[28 + text_n :]
        stated = self.document["asset"]["extras"]["lps_mm_from_metres"]
        self.lps_from_metres = np.array(stated, np.float64)

    def scene(self) -> ReadScene:
        """Return all nodes in their order."""
        nodes = (self.document["nodes"][n] for n in self.document["scenes"][0]["nodes"])
        extras = self.document["asset"]["extras"]
        return ReadScene(extras, tuple(self._node(node) for node in nodes))

    def _node(self, node: Mapping[str, Any]) -> ReadNode:
        shift = np.array(node.get("translation", (0.0, 0.0, 0.0)), np.float64)
        points, ends = np.zeros((0, 3)), np.zeros((0, 3))
        triangles = np.zeros((0, 3), np.int64)
        colour: tuple[float, ...] | None = None
        primitives = self.document["meshes"][node["mesh"]]["primitives"] if "mesh" in node else []
        for one in primitives:
            places = self._lps_mm(self._numbers(one["attributes"]["POSITION"]) + shift)
            look = self.document["materials"][one["material"]]
            colour = tuple(look["pbrMetallicRoughness"]["baseColorFactor"])
            if one["mode"] == 4:
                points = places
                triangles = self._numbers(one["indices"]).astype(np.int64).reshape(-1, 3)
            else:
                ends = places
        place = tuple(self._lps_mm(shift[None])[0].tolist()) if "translation" in node else None
        return ReadNode(node["name"], node["extras"], place, points, triangles, ends, colour)

    def _lps_mm(self, metres: Floats) -> Floats:
        whole: Floats = np.c_[metres, np.ones(len(metres))] @ self.lps_from_metres.T
        return whole[:, :3]

    def _numbers(self, number: int) -> Floats:
        about = self.document["accessors"][number]
        view = self.document["bufferViews"][about["bufferView"]]
        n = about["count"] * SIZE[about["type"]]
        kind = TYPE[about["componentType"]]
        if view["byteLength"] != 4 * n or view["byteOffset"] + 4 * n > len(self.binary):
            raise ValueError("view")
        found = np.frombuffer(self.binary, kind, n, view["byteOffset"]).astype(np.float64)
        return found.reshape(-1, SIZE[about["type"]])
