"""Binary STL that says what it is, and a second reader of it that shares nothing with the first."""

import struct
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.exchange.exporter import Written
from planning.exchange.programs import named
from planning.exchange.read_back import differs, float32_allowed_mm, largest_mm, require_within
from segmentation.io.meshes.stl import encode
from segmentation.mesh import Mesh

LINE_BYTES: Final = 80
TRIANGLE_BYTES: Final = 50
AT_ONCE: Final = 1 << 18


def header_line(marks: tuple[str, ...]) -> str:
    """Return the text at the start of a file, such as `Tasrif DRAFT SIM LPS mm`."""
    return " ".join(("Tasrif", *marks, "LPS mm"))


def write_stl(path: Path, mesh: Mesh, marks: tuple[str, ...]) -> None:
    """Write a mesh as binary STL, LPS mm, 32-bit floats, its marks in the header line."""
    chunks = encode(mesh, "")
    count = next(chunks)[LINE_BYTES:]
    with path.open("xb") as file:
        file.write(header_line(marks).encode("ascii").ljust(LINE_BYTES) + count)
        for chunk in chunks:
            file.write(chunk)


def read_stl(path: Path) -> tuple[str, NDArray[np.float32]]:
    """Return the header line and the corners (N, 3, 3) of a binary STL, byte by byte.

    Raises
    ------
    Refusal
        `export-read-back-differs` when the length is not what the count says.
    """
    body = path.read_bytes()
    line = body[:LINE_BYTES].decode("ascii", "replace").rstrip()
    size = len(body) - LINE_BYTES - 4
    n = struct.unpack_from("<I", body, LINE_BYTES)[0] if size >= 0 else -1
    if size != TRIANGLE_BYTES * n:
        raise differs(path.name, f"{len(body)} bytes")
    rows = np.frombuffer(body, np.uint8, offset=LINE_BYTES + 4).reshape(n, TRIANGLE_BYTES)
    corners = np.ascontiguousarray(rows[:, 12:48]).view("<f4").reshape(n, 3, 3)
    return line, corners


def read_back_stl(path: Path, mesh: Mesh, marks: tuple[str, ...]) -> tuple[float, float]:
    """Return the largest distance of a corner from where it was meant, and what is allowed, in mm.

    Corners are compared in their order, so that a turned or a missing triangle shows.

    Raises
    ------
    Refusal
        `export-read-back-differs` for another header, another triangle or a corner elsewhere.
    """
    allowed_mm = float32_allowed_mm(mesh.points_lps_mm)
    line, corners = read_stl(path)
    if line != header_line(marks) or len(corners) != len(mesh.triangles):
        raise differs(path.name, f"{len(corners)} / {len(mesh.triangles)}")
    error_mm = 0.0
    for start in range(0, len(corners), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        meant = mesh.points_lps_mm[mesh.triangles[some]]
        error_mm = max(error_mm, largest_mm(meant, corners[some]))
    return require_within(path.name, error_mm, allowed_mm), allowed_mm


def written_stl(path: Path, mesh: Mesh, marks: tuple[str, ...]) -> Written:
    """Write a mesh, read it back, and return what was written.

    Raises
    ------
    Refusal
        As `read_back_stl` does.
    """
    write_stl(path, mesh, marks)
    error_mm, allowed_mm = read_back_stl(path, mesh, marks)
    by, reader = named("STL writer"), named("second STL reader")
    return Written(path.name, "LPS", "mm", by, reader, error_mm, allowed_mm)
