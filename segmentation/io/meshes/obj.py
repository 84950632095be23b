"""Wavefront OBJ: text with 1e-6 mm; its counts stand in the first lines, its last line is `# end`.

The format itself has no counts, so a cut file would pass for a whole one: without them it is
refused.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.io.meshes.source import Source
from segmentation.mesh import Mesh

CHUNK = 1 << 14
LINE_BYTES_MAX = 120
END = b"# end\n"
COUNTS = (b"# points ", b"# triangles ")


def encode(mesh: Mesh, name: str) -> Iterator[bytes]:
    """Yield the lines of an OBJ; the first says `LPS mm`."""
    points, triangles = mesh.points_lps_mm, mesh.triangles
    yield f"# Tasrif LPS mm\n# points {len(points)}\n# triangles {len(triangles)}\n".encode()
    yield f"o {name.replace(' ', '_')}\n".encode("ascii", "replace")
    for start in range(0, len(points), CHUNK):
        some = points[start : start + CHUNK]
        yield ("v %.6f %.6f %.6f\n" * len(some) % tuple(some.ravel().tolist())).encode()
    for start in range(0, len(triangles), CHUNK):
        corners = triangles[start : start + CHUNK] + 1
        yield ("f %d %d %d\n" * len(corners) % tuple(corners.ravel().tolist())).encode()
    yield END


def decode(source: Source) -> Mesh:
    """Return the mesh of an OBJ that states its counts and holds points, then triangles."""
    first = source.file.readline(LINE_BYTES_MAX)
    if not first.startswith(b"#"):
        raise Refusal("mesh-counts-missing", file=source.name)
    points_n, triangles_n = (_count(source, word) for word in COUNTS)
    source.expect_triangles(triangles_n)
    if (points_n + triangles_n) * LINE_BYTES_MAX + 4 * LINE_BYTES_MAX < source.length:
        raise source.malformed()
    if (points_n + triangles_n) * len(b"v 0 0 0\n") > source.length:
        source.expect_length((points_n + triangles_n) * len(b"v 0 0 0\n"))
    if not source.file.readline(4 * LINE_BYTES_MAX).startswith(b"o "):
        raise source.malformed()
    points = _rows(source, b"v", "<f8", points_n)
    triangles = _rows(source, b"f", "<i8", triangles_n)
    if source.file.read(len(END) + 1) != END:
        raise source.malformed()
    return source.mesh(points, triangles - 1)


def _count(source: Source, word: bytes) -> int:
    """Return the count in the next line, which begins with `word`."""
    line = source.file.readline(LINE_BYTES_MAX)
    digits = line.removeprefix(word).strip()
    if not line.startswith(word):
        raise Refusal("mesh-counts-missing", file=source.name)
    if not (digits.isdigit() and len(digits) <= 12):
        raise source.malformed()
    return int(digits)


def _rows(source: Source, word: bytes, number: str, n: int) -> NDArray[Any]:
    """Return the numbers (n, 3) of the next n lines, which begin with `word`."""
    record = np.dtype([("word", "S2"), ("numbers", number, 3)])
    lines = (line.decode("ascii", "replace") for line in islice(source.file, n))
    first = next(lines, "")
    if not first.startswith(f"{word.decode()} "):
        raise source.malformed()
    try:
        rows = np.loadtxt(chain([first], lines), record, comments=None, ndmin=1)
    except (ValueError, OverflowError) as error:
        raise source.malformed() from error
    if len(rows) != n or not (rows["word"] == word).all():
        raise source.malformed()
    numbers: NDArray[Any] = rows["numbers"]
    return numbers
