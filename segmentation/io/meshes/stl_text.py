"""STL as text, as other programs write it; Tasrif itself writes the binary form."""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.io.meshes.source import Source
from segmentation.io.meshes.stl import welded
from segmentation.mesh import Mesh
from segmentation.surface import TRIANGLES_MAX

TEXT_BYTES_MAX: Final = 512 << 20
CHUNK: Final = 1 << 22
LINE_BYTES_MAX: Final = 400
FACET: Final = b"fovvvle"
_LETTERS: Final = {
    b"facet": b"f", b"outer": b"o", b"vertex": b"v", b"endloop": b"l", b"endfacet": b"e",
}  # fmt: skip
_AROUND: Final = frozenset({b"solid", b"endsolid"})
_NUMBER: Final = re.compile(rb"[-+0-9.eE]+")


def decode_text(source: Source) -> Mesh:
    """Return the mesh of a text STL; corners with equal 32-bit numbers become one point.

    Every facet has its seven lines in order and the last line is `endsolid`, or the file is
    refused: `mesh-file-malformed`, `mesh-too-large`.
    """
    if source.length > TEXT_BYTES_MAX:
        source.expect_triangles(TRIANGLES_MAX + 1)
    letters, parts, last = bytearray(), [], b""
    while lines := source.file.readlines(CHUNK):
        vertices = []
        for line in lines:
            words = line.split()
            if not words:
                continue
            last = words[0].lower()
            if last in _AROUND:
                continue
            if len(line) > LINE_BYTES_MAX or last not in _LETTERS:
                raise source.malformed()
            letters += _LETTERS[last]
            if last == b"vertex":
                vertices.append(words[1:])
        parts.append(_numbers(source, vertices))
    facets_n = len(letters) // len(FACET)
    if last != b"endsolid" or bytes(letters) != FACET * facets_n:
        raise source.malformed()
    source.expect_triangles(facets_n)
    points, triangles = welded(np.concatenate(parts).astype(np.float32) + np.float32(0))
    return source.mesh(points, triangles)


def _numbers(source: Source, vertices: list[list[bytes]]) -> NDArray[np.float64]:
    """Return corners (N, 3); nothing but digits, sign, point and exponent is a number."""
    for words in vertices:
        if len(words) != 3 or not all(_NUMBER.fullmatch(word) for word in words):
            raise source.malformed()
    try:
        with np.errstate(over="ignore"):
            return np.array(vertices, "S").astype(np.float64).reshape(-1, 3)
    except ValueError as error:
        raise source.malformed() from error
