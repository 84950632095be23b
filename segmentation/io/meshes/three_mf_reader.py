"""A bounded reader of 3MF that shares no code with lib3mf, which writes ours.

It reads the layout that lib3mf gives plain mesh objects and refuses everything else: another part
in the container, a declaration or a comment, an element or a transform that would move, hide or
add geometry. Nothing is unpacked beyond what the container's own list states, within limits.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.io.meshes.source import Source

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CORE: Final = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"
MODEL: Final = "3D/3dmodel.model"
PARTS: Final = frozenset({MODEL, "[Content_Types].xml", "_rels/.rels"})
XML_BYTES_MAX: Final = 1 << 30
FRAME_BYTES_MAX: Final = 4 << 20
RATIO_MAX: Final = 100
BODIES_MAX: Final = 2_000
FIRST, LAST, LAST_BYTES = b"PK\3\4", b"PK\5\6", 22
MILLIMETRE: Final = "millimeter"
TAGS: Final = frozenset(
    CORE + tag
    for tag in (
        *("model", "metadata", "resources", "basematerials", "base", "object"),
        *("mesh", "vertices", "triangles", "build", "item"),
    )
)
NUMBER: Final = rb"-?\d{1,7}(?:\.\d{1,9})?"
POINTS: Final = re.compile(
    rb'(?:\s*<vertex x="%(n)b" y="%(n)b" z="%(n)b"\s*/>)*+\s*' % {b"n": NUMBER}
)
TRIANGLES: Final = re.compile(rb'(?:\s*<triangle v1="\d{1,9}" v2="\d{1,9}" v3="\d{1,9}"\s*/>)*+\s*')
DIGITS: Final = bytes(c if chr(c) in "0123456789.-" else 32 for c in range(256))
COLOUR: Final = re.compile(r"(#[0-9A-F]{6})FF")


@dataclass(frozen=True, slots=True, eq=False)
class ReadObject:
    """One object as a file holds it: `points_mm` (N, 3) on the plate, `triangles` (M, 3)."""

    name: str
    number: str
    colour: str
    points_mm: NDArray[np.float64]
    triangles: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ReadBuild:
    """What a file holds: its objects in their order, and its metadata without prefixes."""

    objects: tuple[ReadObject, ...]
    notes: Mapping[str, str]


def read_build(source: Source) -> ReadBuild:
    """Return what a 3MF holds, in millimetres.

    Raises
    ------
    Refusal
        `mesh-file-malformed` for anything that lib3mf doesn't write for plain bodies,
        `mesh-too-large`, `mesh-file-unit` for another unit than the millimetre.
    """
    frame, sections = _parted(_model(source), source)
    root = _root(frame, source)
    if root.get("unit") != MILLIMETRE:
        raise Refusal("mesh-file-unit", file=source.name, unit=str(root.get("unit"))[:20])
    try:
        return _build(root, sections)
    except (KeyError, ValueError, IndexError) as error:
        raise source.malformed() from error


def _model(source: Source) -> bytes:
    """Return the model part's bytes: never more than the container says, and than is allowed."""
    _require_nothing_around(source)
    try:
        with zipfile.ZipFile(source.file) as container:
            entries = {entry.filename: entry for entry in container.infolist()}
            if set(entries) != PARTS or len(container.infolist()) != len(PARTS):
                raise source.malformed()
            entry = entries[MODEL]
            if entry.file_size > XML_BYTES_MAX:
                raise Refusal(
                    "mesh-file-too-large", file=source.name, limit_mib=XML_BYTES_MAX >> 20
                )
            if entry.file_size > RATIO_MAX * max(entry.compress_size, 1):
                raise source.malformed()
            with container.open(entry) as part:
                return part.read(entry.file_size)
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OverflowError) as error:
        raise source.malformed() from error
    except (RuntimeError, OSError) as error:  # encrypted, another packing, an impossible place
        raise source.malformed() from error


def _require_nothing_around(source: Source) -> None:
    """Refuse bytes before the first part or behind the container's end, which zipfile skips."""
    first = source.file.read(len(FIRST))
    source.file.seek(max(source.length - LAST_BYTES, 0))
    last = source.file.read()
    if first != FIRST or not last.startswith(LAST) or last[-2:] != b"\0\0":
        raise source.malformed()
    source.file.seek(0)


def _parted(text: bytes, source: Source) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the XML with its lists cut out, and each object's two lists.

    A declaration, an entity, a comment and CDATA all begin with `<!`: none is let in.
    """
    if b"<!" in text or text.count(b"<?") != 1 or not text.startswith(b"<?xml "):
        raise source.malformed()
    frame, lists, place = [], [], 0
    for opening, closing in _lists(text, source):
        frame.append(text[place:opening])
        lists.append(text[opening:closing])
        place = closing
    frame.append(text[place:])
    if sum(map(len, frame)) > FRAME_BYTES_MAX:
        raise source.malformed()
    return b"".join(frame), list(zip(lists[::2], lists[1::2], strict=True))


def _lists(text: bytes, source: Source) -> Iterator[tuple[int, int]]:
    """Yield where each list of points, then of triangles, begins and ends."""
    place, found = 0, 0
    while True:
        tag = (b"vertices", b"triangles")[found % 2]
        start = text.find(b"<" + tag + b">", place)
        if start < 0 and found % 2 == 0:
            return
        end = text.find(b"</" + tag + b">", start)
        if start < 0 or end < 0 or found >= 2 * BODIES_MAX:
            raise source.malformed()
        yield start + len(tag) + 2, end
        place, found = end, found + 1


def _root(frame: bytes, source: Source) -> "Element":
    """Return the XML's root; all elements are of those that plain bodies need."""
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - only who reads a 3MF loads it
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415 - the same

    try:
        root: Element = fromstring(frame, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise source.malformed() from error
    is_plain = root.tag == CORE + "model" and "requiredextensions" not in root.attrib
    if not is_plain or not {one.tag for one in root.iter()} <= TAGS:
        raise source.malformed()
    return root


def _build(root: "Element", sections: list[tuple[bytes, bytes]]) -> ReadBuild:
    """Return a build's parts; KeyError, ValueError or IndexError for another layout."""
    (resources,) = root.findall(CORE + "resources")
    (build,) = root.findall(CORE + "build")
    notes: dict[str, str] = {}
    for one in root.findall(CORE + "metadata"):
        name = one.attrib["name"].rpartition(":")[2]
        if name in notes:
            raise ValueError
        notes[name] = one.text or ""
    objects = resources.findall(CORE + "object")
    placed = [one.attrib["objectid"] for one in build]
    is_odd = any("transform" in one.attrib or one.tag != CORE + "item" for one in build)
    if is_odd or placed != [one.attrib["id"] for one in objects]:
        raise ValueError
    colours = {one.attrib["id"]: one for one in resources.findall(CORE + "basematerials")}
    read = [_object(one, colours, two) for one, two in zip(objects, sections, strict=True)]
    if len(root.findall(f".//{CORE}mesh")) != len(objects):
        raise ValueError
    return ReadBuild(tuple(read), notes)


def _object(
    found: "Element", colours: Mapping[str, "Element"], lists: tuple[bytes, bytes]
) -> ReadObject:
    """Return one object; its lists are read by their numbers."""
    (mesh,) = found
    if [one.tag for one in mesh] != [CORE + "vertices", CORE + "triangles"]:
        raise ValueError
    if found.attrib.get("type", "model") != "model":
        raise ValueError
    base = colours[found.attrib["pid"]][int(found.attrib["pindex"])]
    colour = COLOUR.fullmatch(base.attrib["displaycolor"])
    is_plain = POINTS.fullmatch(lists[0]) is not None and TRIANGLES.fullmatch(lists[1]) is not None
    if colour is None or not is_plain:
        raise ValueError
    points = _numbers(lists[0]).reshape(-1, 3)
    # `v1`, `v2` and `v3` bring a digit each.
    triangles = _numbers(lists[1]).reshape(-1, 6)[:, 1::2].astype(np.int64)
    if not len(points) or not len(triangles):
        raise ValueError
    name, number = found.attrib.get("name", ""), found.attrib.get("partnumber", "")
    return ReadObject(name, number, colour[1], points, triangles)


def _numbers(text: bytes) -> NDArray[np.float64]:
    """Return the numbers of a text whose form has been held against a pattern."""
    numbers: NDArray[np.float64] = np.fromstring(text.translate(DIGITS), sep=" ")
    return numbers
