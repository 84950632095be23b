"""Binary little-endian PLY: 64-bit points, triangles as lists of three."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segmentation.errors import Refusal
from segmentation.io.meshes.source import Source
from segmentation.mesh import Mesh

HEADER_MAX = 1 << 16
FACE = np.dtype([("n", "u1"), ("corners", "<i4", 3)])
TYPES = {
    "char": "i1",
    "int8": "i1",
    "uchar": "u1",
    "uint8": "u1",
    "short": "<i2",
    "int16": "<i2",
    "ushort": "<u2",
    "uint16": "<u2",
    "int": "<i4",
    "int32": "<i4",
    "uint": "<u4",
    "uint32": "<u4",
    "float": "<f4",
    "float32": "<f4",
    "double": "<f8",
    "float64": "<f8",
}
CHUNK = 1 << 16


def encode(mesh: Mesh, name: str) -> Iterator[bytes]:
    """Yield the bytes of a binary PLY; a comment says `LPS mm`."""
    lines = (
        "ply",
        "format binary_little_endian 1.0",
        f"comment Tasrif LPS mm {name}",
        f"element vertex {len(mesh.points_lps_mm)}",
        *(f"property double {axis}" for axis in "xyz"),
        f"element face {len(mesh.triangles)}",
        "property list uchar int vertex_indices",
        "end_header",
    )
    yield ("\n".join(lines) + "\n").encode("ascii", "replace")
    for start in range(0, len(mesh.points_lps_mm), CHUNK):
        yield mesh.points_lps_mm[start : start + CHUNK].astype("<f8").tobytes()
    for start in range(0, len(mesh.triangles), CHUNK):
        some = mesh.triangles[start : start + CHUNK]
        faces = np.zeros(len(some), FACE)
        faces["n"], faces["corners"] = 3, some
        yield faces.tobytes()


@dataclass(frozen=True, slots=True)
class _Header:
    """What a header declares."""

    point: list[tuple[str, str]]
    points_n: int
    triangles_n: int
    length: int


def decode(source: Source) -> Mesh:
    """Return the mesh of a binary PLY that holds points and triangles and nothing else."""
    header = _header(source)
    point = np.dtype(header.point)
    body = point.itemsize * header.points_n + FACE.itemsize * header.triangles_n
    source.expect_length(header.length + body)
    source.expect_triangles(header.triangles_n)
    points = source.records(point, header.points_n)
    faces = source.records(FACE, header.triangles_n)
    if not (faces["n"] == 3).all():
        raise source.malformed()
    columns = [points[axis].astype(np.float64) for axis in "xyz"]
    return source.mesh(np.column_stack(columns), faces["corners"])


def _header(source: Source) -> _Header:
    """Return what the header declares; refuse what is not a list of points and triangles."""
    text = source.file.read(HEADER_MAX)
    end = text.find(b"\nend_header\n")
    if not text.startswith(b"ply\n") or end < 0:
        raise source.malformed()
    length = end + len(b"\nend_header\n")
    source.file.seek(length)
    lines = [line.split() for line in text[:end].decode("ascii", "replace").split("\n")[1:]]
    lines = [line for line in lines if line and line[0] not in {"comment", "obj_info"}]
    if lines[:1] == [["format", "ascii", "1.0"]]:
        raise Refusal("mesh-file-text", file=source.name)
    kinds = [line[0] for line in lines]
    properties_n = len(kinds) - 4
    wanted = ["format", "element", *["property"] * properties_n, "element", "property"]
    if properties_n < 3 or kinds != wanted or lines[0][1:] != ["binary_little_endian", "1.0"]:
        raise source.malformed()
    point = [_property(source, line) for line in lines[2:-2]]
    names = [name for name, _ in point]
    if len(set(names)) != len(names) or not {"x", "y", "z"} <= set(names):
        raise source.malformed()
    _expect_lists_of_corners(source, lines[-1])
    counts = _count(source, lines[1], "vertex"), _count(source, lines[-2], "face")
    return _Header(point, *counts, length)


def _property(source: Source, line: list[str]) -> tuple[str, str]:
    """Return name and type of a point's number."""
    if len(line) != 3 or line[1] not in TYPES:
        raise source.malformed()
    return line[2], TYPES[line[1]]


def _expect_lists_of_corners(source: Source, line: list[str]) -> None:
    """Refuse faces that are not lists of a byte's length with 32-bit indices."""
    named = line[-1] in {"vertex_indices", "vertex_index"} and line[1] == "list"
    if not named or len(line) != 5 or TYPES.get(line[2]) != "u1":
        raise source.malformed()
    if TYPES.get(line[3]) not in {"<i4", "<u4"}:
        raise source.malformed()


def _count(source: Source, line: list[str], element: str) -> int:
    """Return how many of an element the header declares."""
    if len(line) != 3 or line[1] != element or not (line[2].isdecimal() and len(line[2]) <= 12):
        raise source.malformed()
    return int(line[2])
