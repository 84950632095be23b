"""Surfaces of other programs, with what their file says of frame and unit.

`read_mesh` reads back what Tasrif wrote and believes nothing else; this reads what others write.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal

from segmentation.errors import Misuse, Refusal, Unavailable
from segmentation.io.meshes import obj, obj_any, ply, stl, stl_text
from segmentation.io.meshes.glb_scene import decode_scene
from segmentation.io.meshes.source import Source
from segmentation.mesh import Mesh

Space = Literal["LPS", "RAS", ""]
ENDINGS: Final = ("stl", "ply", "obj", "glb")
HEAD_BYTES: Final = 4096
_SPACE: Final = re.compile(rb"\bSPACE\s*=\s*(LPS|RAS)\b", re.IGNORECASE)
_PACKED: Final = (b"PK\x03\x04", b"\x1f\x8b\x08", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"Rar!")
_OWN: Final = re.compile(rb"Tasrif LPS mm(?: ([^\n\r\0]*))?")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One surface of a file, its numbers as the file has them (GLB: already LPS mm).

    `is_named` is False where the name is the file's own, `is_mirrored` True where the file has the
    surface mirrored by a transform.
    """

    name: str
    mesh: Mesh
    is_named: bool = True
    is_mirrored: bool = False


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

    Refused: what `read_mesh` refuses, but for text STL and PLY, big-endian PLY and OBJ without
    counts, which are read; `mesh-file-packed` for an archive that is called a surface;
    `mesh-extension` and `mesh-scene-moved` for a GLB that needs more than its nodes.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in ENDINGS:
        raise Misuse("mesh-format-unknown", ending=ending, known=", ".join(ENDINGS))
    if path.exists() and not path.is_file():
        raise Refusal("mesh-file-missing", file=path.name)
    try:
        with path.open("rb") as file:
            return decoded(ending, Source.of(file, path.name), path.stem)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise Refusal("mesh-file-missing", file=path.name) from error
    except OSError as error:
        raise Unavailable("mesh-file-unreadable", file=path.name) from error


def decoded(ending: str, source: Source, name: str) -> Incoming:
    """Return what an open file in the format of `ending` holds."""
    if source.file.read(8).startswith(_PACKED):
        raise Refusal("mesh-file-packed", file=source.name)
    source.file.seek(0)
    if ending == "glb":
        scene = decode_scene(source)
        parts = tuple(Part(one.name, one.mesh, is_mirrored=one.is_mirrored) for one in scene.parts)
        return Incoming("glb", parts, "LPS", "m", scene.is_anchored, scene.frame_uid)
    head = _head(source.file, ending)
    own = _OWN.search(head)
    mesh = _mesh(ending, source, head, is_own=own is not None)
    said = {word.upper() for word in _SPACE.findall(head)}
    if own is not None and b"RAS" not in said:
        named = (own.group(1) or b"").decode("utf-8", "replace").strip()
        # A header keeps ASCII only: a name with other letters comes back as question marks.
        is_named = bool(named) and "?" not in named and "\ufffd" not in named
        part = Part(named if is_named else name, mesh, is_named=is_named)
        return Incoming(ending, (part,), "LPS", "mm", is_sure=True)
    # A file that says both says nothing.
    space: Space = "" if len(said) != 1 else ("RAS" if b"RAS" in said else "LPS")
    return Incoming(ending, (Part(name, mesh, is_named=False),), space, "", is_sure=False)


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


def _mesh(ending: str, source: Source, head: bytes, *, is_own: bool) -> Mesh:
    """Return a file's triangles; an OBJ of our own is held against the counts that it states."""
    if ending == "stl":
        start = source.file.read(1024)
        source.file.seek(0)
        is_text = head.lstrip()[:5].lower() == b"solid" and b"facet" in start
        return stl_text.decode_text(source) if is_text else stl.decode(source)
    if ending == "ply":
        return ply.decode_any(source)
    return obj.decode(source) if is_own else obj_any.decode_any(source)
