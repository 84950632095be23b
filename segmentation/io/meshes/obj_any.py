"""OBJ as other programs write it: points and faces, whatever else stands between them."""

import re
from array import array
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
_NUMBER: Final = re.compile(rb"[-+0-9.eE]+")
_CORNER: Final = re.compile(rb"(-?[0-9]{1,12})(?:/-?[0-9]*){0,2}")
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
    numbers, corners = array("d"), array("q")
    try:
        while line := source.file.readline(LINE_BYTES_MAX + 1):
            words = line.split()
            if len(line) > LINE_BYTES_MAX or len(numbers) > 3 * POINTS_MAX:
                raise source.malformed()
            if not words or words[0].startswith(b"#") or words[0] in _SKIPPED:
                continue
            if words[0] == b"v":
                numbers.extend(_point(words[1:]))
            elif words[0] == b"f":
                corners.extend(_fanned(words[1:], len(numbers) // 3))
            else:
                raise source.malformed()
            if len(corners) > 3 * TRIANGLES_MAX:
                source.expect_triangles(len(corners) // 3)
    except (ValueError, OverflowError) as error:
        raise source.malformed() from error
    source.expect_triangles(len(corners) // 3)
    if not numbers:
        raise source.malformed()
    points = np.frombuffer(numbers, np.float64).reshape(-1, 3)
    return source.mesh(points, np.frombuffer(corners, np.int64).reshape(-1, 3))


def _point(words: list[bytes]) -> tuple[float, float, float]:
    """Return a point's three numbers; weight (1) or colours may follow. ValueError otherwise."""
    if not 3 <= len(words) <= 7 or not all(map(_NUMBER.fullmatch, words)):
        raise ValueError
    if len(words) == 4 and float(words[3]) != 1.0:
        raise ValueError
    return float(words[0]), float(words[1]), float(words[2])


def _fanned(words: list[bytes], points_n: int) -> list[int]:
    """Return the corners of a face's triangles; ValueError for fewer than three or too many."""
    if not 3 <= len(words) <= CORNERS_MAX:
        raise ValueError
    named = [_index(word, points_n) for word in words]
    return [corner for a, b in pairwise(named[1:]) for corner in (named[0], a, b)]


def _index(word: bytes, points_n: int) -> int:
    """Return the point that a corner like `7/2/1` or `-3` names, counted from 0."""
    corner = _CORNER.fullmatch(word)
    number = 0 if corner is None else int(corner[1])
    if number == 0 or number < -points_n:
        raise ValueError(number)
    return number - 1 if number > 0 else points_n + number
