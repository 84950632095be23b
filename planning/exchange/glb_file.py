"""Binary glTF 2.0 of a whole scene: metres, +Y up, about an anchor that is kept beside it.

glTF wants metres, +Y up and the front of a thing towards +Z. Patient LPS in mm less the anchor, in
64-bit floats, becomes (left, superior, anterior) in metres before it is cast to 32-bit floats: its
determinant is +1, so nothing is mirrored and no triangle turns over.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentation.mesh import Mesh, Points

Json = Any
MAGIC, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
FLOAT, UINT32 = 5126, 5125
VERTICES, INDICES = 34962, 34963
LINES, TRIANGLES = 1, 4
METRES_FROM_LPS: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]) / 1000.0
NO_MESH: Final = Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is drawn: triangles, or lines as pairs of points (N, 2, 3), or both; LPS mm.

    A shape with `place_lps_mm` is told about that point, and its node stands there.
    """

    mesh: Mesh = NO_MESH
    lines_lps_mm: Points = field(default_factory=lambda: np.zeros((0, 2, 3)))
    place_lps_mm: tuple[float, float, float] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not (self.mesh.triangles.size or self.lines_lps_mm.size)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One node: its name, what is known of it, its shape and its look.

    `colour` is `#RRGGBB`; parts that share a shape share its numbers in the file.
    """

    name: str
    extras: Mapping[str, Json]
    shape: Shape
    colour: str
    opacity_ratio: float = 1.0
    is_sheet: bool = False


def metres(points_lps_mm: ArrayLike, anchor_lps_mm: ArrayLike) -> Points:
    """Return points (..., 3) in LPS mm as the scene has them, in 64-bit floats."""
    about = np.asarray(points_lps_mm, np.float64) - np.asarray(anchor_lps_mm, np.float64)
    placed: Points = about @ METRES_FROM_LPS.T
    return placed


def lps_mm_from_metres(anchor_lps_mm: ArrayLike) -> list[list[float]]:
    """Return the 4 x 4 matrix, by rows, that takes the scene's metres to LPS mm."""
    whole = np.eye(4)
    whole[:3, :3] = np.linalg.inv(METRES_FROM_LPS).round(9) + 0.0
    whole[:3, 3] = np.asarray(anchor_lps_mm, np.float64)
    return [[float(one) for one in row] for row in whole]


def glb_bytes(parts: Sequence[Part], anchor_lps_mm: ArrayLike, extras: Mapping[str, Json]) -> bytes:
    """Return a GLB of the parts; those that can be seen through come last.

    `extras` stands in `asset.extras`. The same parts give the same bytes.
    """
    building = _Building(np.asarray(anchor_lps_mm, np.float64))
    for part in sorted(parts, key=lambda one: one.opacity_ratio < 1.0):
        building.add(part)
    document = building.document(extras)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    body = text.encode()
    body += b" " * (-len(body) % 4)
    binary = bytes(building.binary)
    sizes = (MAGIC, 2, 28 + len(body) + len(binary), len(body), JSON_CHUNK)
    between = np.array((len(binary), BINARY_CHUNK), "<u4").tobytes()
    return np.array(sizes, "<u4").tobytes() + body + between + binary


@dataclass(slots=True, eq=False)
class _Building:
    """The lists of a glTF document as they grow."""

    anchor: Points
    binary: bytearray = field(default_factory=bytearray)
    nodes: list[Json] = field(default_factory=list)
    meshes: list[Json] = field(default_factory=list)
    materials: list[Json] = field(default_factory=list)
    accessors: list[Json] = field(default_factory=list)
    views: list[Json] = field(default_factory=list)
    kept: dict[int, list[Json]] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Add a node with its mesh and its material."""
        node: dict[str, Json] = {"name": part.name, "extras": dict(part.extras)}
        place = part.shape.place_lps_mm
        if place is not None:
            node["translation"] = metres(place, self.anchor).tolist()
        if not part.shape.is_empty:
            node["mesh"] = len(self.meshes)
            material = self._material(part)
            primitives = [{**one, "material": material} for one in self._primitives(part.shape)]
            self.meshes.append({"name": part.name, "primitives": primitives})
        self.nodes.append(node)

    def document(self, extras: Mapping[str, Json]) -> Json:
        """Return the whole document."""
        return {
            "asset": {"version": "2.0", "generator": "Tasrif", "extras": dict(extras)},
            "scene": 0,
            "scenes": [{"nodes": list(range(len(self.nodes)))}],
            "nodes": self.nodes,
            "meshes": self.meshes,
            "materials": self.materials,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": len(self.binary)}],
        }

    def _material(self, part: Part) -> int:
        look: dict[str, Json] = {
            "baseColorFactor": [*linear(part.colour), part.opacity_ratio],
            "metallicFactor": 0.0,
            "roughnessFactor": 0.7,
        }
        material: dict[str, Json] = {"name": part.name, "pbrMetallicRoughness": look}
        if part.opacity_ratio < 1.0:
            material["alphaMode"] = "BLEND"
        if part.is_sheet:
            material["doubleSided"] = True
        self.materials.append(material)
        return len(self.materials) - 1

    def _primitives(self, shape: Shape) -> list[Json]:
        """Return a shape's primitives without their look; a shape met before is not repeated."""
        if id(shape) not in self.kept:
            about = np.zeros(3) if shape.place_lps_mm is not None else self.anchor
            self.kept[id(shape)] = list(self._written(shape, about))
        return self.kept[id(shape)]

    def _written(self, shape: Shape, about: Points) -> Iterator[Json]:
        if shape.mesh.triangles.size:
            points, triangles = drawn(shape.mesh)
            places = metres(points, about).astype("<f4")
            attributes = {
                "POSITION": self._points(places, has_range=True),
                "NORMAL": self._points(normals(places, triangles), has_range=False),
            }
            corners = self._accessor(triangles.astype("<u4").ravel(), "SCALAR", UINT32, INDICES)
            yield {"attributes": attributes, "indices": corners, "mode": TRIANGLES}
        if shape.lines_lps_mm.size:
            ends = metres(shape.lines_lps_mm.reshape(-1, 3), about).astype("<f4")
            yield {"attributes": {"POSITION": self._points(ends, has_range=True)}, "mode": LINES}

    def _points(self, points: NDArray[np.float32], *, has_range: bool) -> int:
        number = self._accessor(points, "VEC3", FLOAT, VERTICES)
        if has_range:
            for key, values in (("min", points.min(axis=0)), ("max", points.max(axis=0))):
                self.accessors[number][key] = [float(one) for one in values]
        return number

    def _accessor(self, values: NDArray[Any], kind: str, component: int, target: int) -> int:
        place = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": values.nbytes}
        self.views.append({**place, "target": target})
        self.binary += values.tobytes()  # four bytes a number: what follows stays aligned
        about = {"componentType": component, "count": len(values), "type": kind}
        self.accessors.append({"bufferView": len(self.views) - 1, **about})
        return len(self.accessors) - 1


def drawn(mesh: Mesh) -> tuple[Points, NDArray[np.int32]]:
    """Return a mesh's points in use, and its triangles that have three corners."""
    found = mesh.triangles
    first, second, third = found.T
    proper = found[(first != second) & (second != third) & (third != first)]
    used, corners = np.unique(proper, return_inverse=True)
    return mesh.points_lps_mm[used], corners.reshape(-1, 3).astype(np.int32)


def normals(points: NDArray[np.float32], triangles: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return unit normals (N, 3) at a mesh's points: the mean of its triangles' by their area."""
    a, b, c = (points[triangles[:, n]].astype(np.float64) for n in range(3))
    across = np.cross(b - a, c - a)
    summed = np.zeros((len(points), 3))
    for axis in range(3):
        for corner in range(3):
            weights = across[:, axis]
            summed[:, axis] += np.bincount(triangles[:, corner], weights, len(points))
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    unit = np.where(length > 0.0, summed / np.where(length > 0.0, length, 1.0), [0.0, 0.0, 1.0])
    return unit.astype("<f4")


def linear(colour: str) -> list[float]:
    """Return `#RRGGBB` as linear light, as glTF wants it; each to six digits."""
    shares = [int(colour[n : n + 2], 16) / 255.0 for n in (1, 3, 5)]
    return [
        round(one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4, 6)
        for one in shares
    ]
