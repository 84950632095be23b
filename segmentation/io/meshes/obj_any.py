"""OBJ as other programs write it: points and faces, whatever else stands between them."""

from itertools import pairwise
from typing import Final

import numpy as np

from segmentation.io.meshes.source import Source
from segmentation.mesh import Mesh
from segmentation.surface import TRIANGLES_MAX

TEXT_BYTES_MAX: Final = 512 << 20
LINE_BYTES_MAX: Final = 4096
CORNERS_MAX: Final = 64
POINTS_MAX: Final = 50_000_000
_SKIPPED: Final = frozenset(
    {b"o", b"g", b"s", b"vn", b"vt", b"vp", b"usemtl", b"mtllib", b"l", b"p"}
)


def decode_any(source: Source) -> Mesh:
    """Return the triangles of all objects of an OBJ; faces with more corners are fanned.

    Materials and other files that it names are never opened. Refused: `mesh-file-malformed`,
    `mesh-file-index`, `mesh-file-not-finite`, `mesh-too-large`.
    """
    if source.length > TEXT_BYTES_MAX:
        source.expect_triangles(TRIANGLES_MAX + 1)
    points: list[list[float]] = []
    triangles: list[tuple[int, int, int]] = []
    try:
        while line := source.file.readline(LINE_BYTES_MAX + 1):
            words = line.split()
            if len(line) > LINE_BYTES_MAX or len(points) > POINTS_MAX:
                raise source.malformed()
            if not words or words[0].startswith(b"#") or words[0] in _SKIPPED:
                continue
            if words[0] == b"v" and len(words) >= 4:
                points.append([float(word) for word in words[1:4]])
            elif words[0] == b"f" and 4 <= len(words) <= CORNERS_MAX + 1:
                corners = [_index(word, len(points)) for word in words[1:]]
                triangles += [(corners[0], a, b) for a, b in pairwise(corners[1:])]
            else:
                raise source.malformed()
            if len(triangles) > TRIANGLES_MAX:
                source.expect_triangles(len(triangles))
    except (ValueError, OverflowError) as error:
        raise source.malformed() from error
    source.expect_triangles(len(triangles))
    if not points:
        raise source.malformed()
    return source.mesh(np.array(points), np.array(triangles, np.int64))


def _index(word: bytes, points_n: int) -> int:
    """Return the point that a corner like `7/2/1` or `-3` names, counted from 0."""
    number = int(word.split(b"/", 1)[0])
    if number == 0 or number > 1 << 40 or number < -points_n:
        raise ValueError(number)
    return number - 1 if number > 0 else points_n + number
