"""Write, read and verify surfaces by the ending of the file's name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from segmentation.errors import Misuse, Refusal, Unavailable
from segmentation.io.meshes import glb, obj, ply, stl, three_mf
from segmentation.io.meshes.source import Source
from segmentation.io.meshes.whole_file import write_whole
from segmentation.mesh import Mesh
from segmentation.surface import TRIANGLES_MAX


@dataclass(frozen=True, slots=True)
class Format:
    """A mesh format: `encode(mesh, name)` yields the file's bytes, `decode(source)` reads them."""

    encode: Callable[[Mesh, str], Iterator[bytes]]
    decode: Callable[[Source], Mesh]


FORMATS: Final = {
    "stl": Format(stl.encode, stl.decode),
    "ply": Format(ply.encode, ply.decode),
    "obj": Format(obj.encode, obj.decode),
    "glb": Format(glb.encode, glb.decode),
    "3mf": Format(three_mf.encode, three_mf.decode),
}


def write_mesh(mesh: Mesh, path: Path, name: str = "segment") -> None:
    """Write a surface whole or not at all, in the format of the path's ending.

    stl (binary, 32-bit floats), ply (binary, 64-bit floats), obj (text, 1e-6 mm) hold LPS mm and
    say so in their header; glb holds 32-bit LPS mm about a stated origin, with a node transform to
    metres, Y up; 3mf holds mm from the body's lowest corner on, which it states. An existing file
    is replaced only once the new one is complete on the disk.
    Refused: `mesh-format-unknown`, `mesh-empty`, `mesh-too-large`, `mesh-not-solid` (3mf),
    `mesh-not-written`.
    """
    format_ = _format(path)
    if not mesh.triangles.size:
        raise Refusal("mesh-empty", name=name)
    if len(mesh.triangles) > TRIANGLES_MAX:
        raise Refusal("mesh-too-large", triangles=len(mesh.triangles), limit=TRIANGLES_MAX)
    write_whole(path, format_.encode(mesh, _words(name)))


def read_mesh(path: Path) -> Mesh:
    """Return the surface in a file; equal corners of an STL become one point.

    What a header declares must fit the file's length to the byte before anything is allocated. The
    numbers of stl, ply and obj are taken as LPS mm, as Tasrif writes them; a glb must say where its
    LPS origin lies, an obj how many points and triangles it has. Refused: `mesh-format-unknown`,
    `mesh-file-missing`, `mesh-file-text`, `mesh-file-malformed`, `mesh-file-incomplete`,
    `mesh-file-not-finite`, `mesh-file-index`, `mesh-counts-missing`, `mesh-frame-missing`,
    `mesh-too-large`, `mesh-file-unit`, `mesh-file-too-large`, `mesh-file-unreadable`.
    """
    format_ = _format(path)
    try:
        with path.open("rb") as file:
            return format_.decode(Source.of(file, path.name))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise Refusal("mesh-file-missing", file=path.name) from error
    except OSError as error:
        raise Unavailable("mesh-file-unreadable", file=path.name) from error


def verify_mesh(mesh: Mesh, path: Path) -> float:
    """Return the largest distance in mm between a mesh's corners and those read back from a file.

    Corners are compared triangle by triangle in the written order. Refused: what `read_mesh`
    refuses, and `mesh-file-differs` when the number of triangles is another.
    """
    back = read_mesh(path)
    if len(back.triangles) != len(mesh.triangles):
        counts = {"written": len(mesh.triangles), "read": len(back.triangles)}
        raise Refusal("mesh-file-differs", file=path.name, **counts)
    largest = 0.0
    for start in range(0, len(mesh.triangles), 1 << 18):
        some = slice(start, start + (1 << 18))
        there = back.points_lps_mm[back.triangles[some]]
        here = mesh.points_lps_mm[mesh.triangles[some]]
        largest = max(largest, float(np.square(there - here).sum(axis=2).max()))
    return float(np.sqrt(largest))


def _format(path: Path) -> Format:
    """Return the format of a path's ending."""
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise Misuse("mesh-format-unknown", ending=ending, known=", ".join(FORMATS))
    return FORMATS[ending]


def _words(name: str) -> str:
    """Return the name on one line, so that it cannot add a line to a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split()) or "segment"
