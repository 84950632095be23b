"""PLY: written as binary little-endian with 64-bit points; read also big-endian and as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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
OWN: Final = "binary_little_endian"
FORMATS: Final = frozenset({OWN, "binary_big_endian", "ascii"})
TEXT_BYTES_MAX: Final = 512 << 20
LINE_BYTES_MAX: Final = 4096
WORD_BYTES_MAX: Final = 40
CORNERS_MAX: Final = 64
LINES: Final = 1 << 12
NUMBER_SIGNS: Final = b"0123456789+-.eE \t\r\n"


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
    """What a header declares; `length` is where the first point begins."""

    format: str
    point: list[tuple[str, str]]
    points_n: int
    triangles_n: int
    length: int


def decode(source: Source) -> Mesh:
    """Return the mesh of a PLY as `encode` lays it out; refuse the other two forms."""
    header = _header(source)
    if header.format == "ascii":
        raise Refusal("mesh-file-text", file=source.name)
    if header.format != OWN:
        raise source.malformed()
    return _decoded(source, header)


def decode_any(source: Source) -> Mesh:
    """Return the mesh of a PLY of any program: points, then triangles, and nothing else.

    As text a face may have up to 64 corners, and is fanned. Refused: `mesh-file-malformed`,
    `mesh-file-incomplete`, `mesh-file-index`, `mesh-file-not-finite`, `mesh-too-large`,
    `mesh-file-too-large`.
    """
    header = _header(source)
    return _of_text(source, header) if header.format == "ascii" else _decoded(source, header)


def _decoded(source: Source, header: _Header) -> Mesh:
    """Return the mesh of a binary PLY."""
    point, face = np.dtype(header.point), FACE
    if header.format != OWN:
        point, face = point.newbyteorder(">"), face.newbyteorder(">")
    body = point.itemsize * header.points_n + face.itemsize * header.triangles_n
    source.expect_length(header.length + body)
    source.expect_triangles(header.triangles_n)
    points = source.records(point, header.points_n)
    faces = source.records(face, header.triangles_n)
    if not (faces["n"] == 3).all():
        raise source.malformed()
    columns = [points[axis].astype(np.float64) for axis in "xyz"]
    return source.mesh(np.column_stack(columns), faces["corners"])


def _of_text(source: Source, header: _Header) -> Mesh:
    """Return the mesh of a text PLY: one line for each point, then one for each face."""
    if source.length > TEXT_BYTES_MAX:
        limit_mib = TEXT_BYTES_MAX >> 20
        raise Refusal("mesh-file-too-large", file=source.name, limit_mib=limit_mib)
    source.expect_triangles(header.triangles_n)
    # The last line may end without a mark.
    shortest = 2 * len(header.point) * header.points_n + len("3 0 1 2\n") * header.triangles_n - 1
    if header.length + shortest > source.length:
        source.expect_length(header.length + shortest)
    width = len(header.point)
    names = [name for name, _type in header.point]
    points, faces = [np.zeros((0, 3))], [np.zeros((0, 3), np.int64)]
    for lines in _lines(source, header.points_n):
        if any(len(words) != width for words in lines):
            raise source.malformed()
        points.append(_numbers(source, lines, np.float64)[:, [names.index(a) for a in "xyz"]])
    triangles_n = 0
    for lines in _lines(source, header.triangles_n):
        faces += [_fanned(source, lines)]
        triangles_n += len(faces[-1])
        source.expect_triangles(triangles_n)
    while rest := source.file.read(CHUNK):
        if rest.strip():
            raise source.malformed()
    return source.mesh(np.concatenate(points), np.concatenate(faces))


def _lines(source: Source, count: int) -> Iterator[list[list[bytes]]]:
    """Give the words of the next `count` lines, some at a time; nothing but numbers is let in."""
    left = count
    while left:
        bodies = [source.file.readline(LINE_BYTES_MAX + 1) for _ in range(min(left, LINES))]
        is_whole = bool(bodies[-1]) and max(map(len, bodies)) <= LINE_BYTES_MAX
        if not is_whole or b"".join(bodies).translate(None, NUMBER_SIGNS):
            raise source.malformed()
        yield [body.split() for body in bodies]
        left -= len(bodies)


def _numbers(source: Source, lines: list[list[bytes]], kind: type[Any]) -> NDArray[Any]:
    """Return lines of equally many words as numbers (lines, words)."""
    if max(len(word) for words in lines for word in words) > WORD_BYTES_MAX:
        raise source.malformed()
    try:
        with np.errstate(over="ignore"):
            return np.array(lines, "S").astype(kind)
    except (ValueError, OverflowError) as error:
        raise source.malformed() from error


def _fanned(source: Source, lines: list[list[bytes]]) -> NDArray[np.int64]:
    """Return the triangles (N, 3) of faces, each a line of its number of corners and they."""
    by_length: dict[int, list[list[bytes]]] = {}
    for words in lines:
        by_length.setdefault(len(words), []).append(words)
    found = []
    for length, alike in by_length.items():
        if not 4 <= length <= CORNERS_MAX + 1:
            raise source.malformed()
        read = _numbers(source, alike, np.int64)
        if not (read[:, 0] == length - 1).all():
            raise source.malformed()
        found += [read[:, [1, n, n + 1]] for n in range(2, length - 1)]
    return np.concatenate(found)


def _header(source: Source) -> _Header:
    """Return what the header declares; refuse what is not a list of points and triangles."""
    text = source.file.read(HEADER_MAX)
    mark = b"\r\n" if text.startswith(b"ply\r\n") else b"\n"
    end = text.find(mark + b"end_header" + mark)
    if not text.startswith(b"ply" + mark) or end < 0:
        raise source.malformed()
    length = end + len(b"end_header") + 2 * len(mark)
    source.file.seek(length)
    lines = [line.split() for line in text[:end].decode("ascii", "replace").split("\n")[1:]]
    lines = [line for line in lines if line and line[0] not in {"comment", "obj_info"}]
    kinds = [line[0] for line in lines]
    properties_n = len(kinds) - 4
    wanted = ["format", "element", *["property"] * properties_n, "element", "property"]
    if properties_n < 3 or kinds != wanted:
        raise source.malformed()
    if len(lines[0]) != 3 or lines[0][1] not in FORMATS or lines[0][2] != "1.0":
        raise source.malformed()
    point = [_property(source, line) for line in lines[2:-2]]
    names = [name for name, _ in point]
    if len(set(names)) != len(names) or not {"x", "y", "z"} <= set(names):
        raise source.malformed()
    _expect_lists_of_corners(source, lines[-1])
    counts = _count(source, lines[1], "vertex"), _count(source, lines[-2], "face")
    return _Header(lines[0][1], point, *counts, length)


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
