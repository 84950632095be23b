"""Surfaces of other programs, with what their file says of frame and unit.

`read_mesh` reads back what Tasrif wrote and believes nothing else; this reads what others write.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal

from segmentation.errors import Misuse, Refusal, Unavailable
from segmentation.io.meshes import obj_any, ply, stl, stl_text
from segmentation.io.meshes.glb_scene import decode_scene
from segmentation.io.meshes.source import Source
from segmentation.mesh import Mesh

Space = Literal["LPS", "RAS", ""]
ENDINGS: Final = ("stl", "ply", "obj", "glb")
HEAD_BYTES: Final = 4096
_SPACE: Final = re.compile(rb"SPACE\s*=\s*(LPS|RAS)\b")
_OWN: Final = re.compile(rb"Tasrif LPS mm(?: ([^\n\r\0]*))?")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One surface of a file, its numbers as the file has them (GLB: already LPS mm)."""

    name: str
    mesh: Mesh


@dataclass(frozen=True, slots=True, eq=False)
class Incoming:
    """What a surface file holds.

    `space` is empty where the file does not say whether it is LPS or RAS. `unit` is what its
    numbers count, empty where it does not say; `is_sure` tells that the file itself vouches for
    frame and unit (one of Tasrif's own). `frame_uid` is empty unless the file names it.
    """

    format: str
    parts: tuple[Part, ...]
    space: Space
    unit: str
    is_sure: bool
    frame_uid: str = ""


def read_incoming(path: Path) -> Incoming:
    """Return the surfaces of an STL, PLY, OBJ or GLB file.

    Refused: what `read_mesh` refuses, but for text STL and OBJ without counts, which are read;
    `mesh-extension` for a GLB that needs an extension.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in ENDINGS:
        raise Misuse("mesh-format-unknown", ending=ending, known=", ".join(ENDINGS))
    try:
        with path.open("rb") as file:
            return decoded(ending, Source.of(file, path.name), path.stem)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise Refusal("mesh-file-missing", file=path.name) from error
    except OSError as error:
        raise Unavailable("mesh-file-unreadable", file=path.name) from error


def decoded(ending: str, source: Source, name: str) -> Incoming:
    """Return what an open file in the format of `ending` holds."""
    if ending == "glb":
        scene = decode_scene(source)
        parts = tuple(Part(one.name, one.mesh) for one in scene.parts)
        return Incoming("glb", parts, "LPS", "m", scene.is_anchored, scene.frame_uid)
    head = _head(source.file, ending)
    mesh = _mesh(ending, source, head)
    own, said = _OWN.search(head), _SPACE.search(head)
    if own is not None:
        named = (own.group(1) or b"").decode("utf-8", "replace").strip()
        # A header keeps ASCII only: a name with other letters comes back as question marks.
        known = named if named and "?" not in named and "\ufffd" not in named else name
        return Incoming(ending, (Part(known, mesh),), "LPS", "mm", is_sure=True)
    space: Space = "" if said is None else ("RAS" if said.group(1) == b"RAS" else "LPS")
    return Incoming(ending, (Part(name, mesh),), space, "", is_sure=False)


def _head(file: BinaryIO, ending: str) -> bytes:
    """Return the words that a file begins with: an STL's 80 bytes, or its first lines."""
    head = file.read(80 if ending == "stl" else HEAD_BYTES)
    file.seek(0)
    if ending == "ply":
        return head.split(b"end_header", 1)[0]
    if ending == "obj":
        lines = head.split(b"\n")
        return b"\n".join(line for line in lines if line.startswith(b"#"))
    return head


def _mesh(ending: str, source: Source, head: bytes) -> Mesh:
    if ending == "stl":
        start = source.file.read(1024)
        source.file.seek(0)
        is_text = head.lstrip()[:5].lower() == b"solid" and b"facet" in start
        return stl_text.decode_text(source) if is_text else stl.decode(source)
    return ply.decode(source) if ending == "ply" else obj_any.decode_any(source)
