"""Our own bounded walk over a DICOM header: bytes in, wanted elements out, pixels never touched.

Reads explicit and implicit little endian, explicit big endian and deflated data sets, with or
without preamble and meta group, and skips nested sequences of defined and undefined length.
Depth, elements, items and lengths are held to caps before anything is allocated (row SEC-2);
elements that say where voxels lie or whose they are must have the kind of value the standard
gives them (row SEC-3). Source: DICOM PS3.5 section 7 and PS3.10 section 7.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from segmentation.io.deflated import inflated_head
from segmentation.io.element_walk import (
    FRAMES_MAX,
    LONG,
    SHORT,
    UNDEFINED,
    Broken,
    Cursor,
    Short,
    check_kind,
    frame_budget,
    skip_sequence,
)
from segmentation.io.value_kinds import UNSIGNED_SHORT

IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"

HEAD_BYTES: Final = 16 << 10
HEADER_BYTES_MAX: Final = 64 << 20
VALUE_BYTES_MAX: Final = 4096

PIXEL_DATA: Final = 0x7FE00010
SHARED_GROUPS: Final = 0x52009229
FRAME_GROUPS: Final = 0x52009230
DIMENSIONS: Final = 0x00209222
_KEPT_SEQUENCES: Final = frozenset({SHARED_GROUPS, FRAME_GROUPS, DIMENSIONS})
OFFSET_TABLE: Final = 0x7FE00001
LENGTH_TABLE: Final = 0x7FE00002
_TABLES: Final = frozenset({OFFSET_TABLE, LENGTH_TABLE})
_PROGRAMS: Final = (
    b"MZ", b"\x7fELF", b"#!", b"PK\x03\x04", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
)  # fmt: skip
WANTED: Final = frozenset({
    0x00020002, 0x00020010, 0x00080005, 0x00080008, 0x00080016, 0x00080018, 0x00080020, 0x00080030,
    0x00080050, 0x00080060,
    0x00080070, 0x0008103E, 0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040,
    0x00180015, 0x00180050, 0x00180060, 0x00180088, 0x00181210, 0x0020000D, 0x0020000E, 0x00200010,
    0x00200012, 0x00200013, 0x00200032, 0x00200037, 0x00200052, 0x00200100, 0x00201209, 0x00280002,
    0x00280004, 0x00280008, 0x00280010, 0x00280011, 0x00280030, 0x00280100, 0x00280101,
    0x00280102, 0x00280103, 0x00280120, 0x00280121, 0x00281052, 0x00281053, 0x00281054,
    0x00280301, 0x00282110, 0x00089205, 0x00089206, 0x00209161, 0x00209162, 0x00209163, 0x00209228,
})  # fmt: skip


@dataclass(slots=True)
class Elements:
    """Wanted elements of one file by tag, and where its pixels lie.

    `pixels_at` is the offset of the pixel data's value in the file (-1: none); `pixels_n` its
    length, -1 where it is encapsulated. `fault` says why the walk ended early, empty for none.
    `deflated_at` is where the compressed data set of a deflated file starts, else -1; offsets
    then count in what it inflates to. `ends_clean` tells that the bytes ended between two
    elements. `sequences` holds the items of functional groups and dimensions, `tables` those of
    the extended offset table. `has_program` tells that the preamble starts a program or a
    document (CVE-2019-11687), `is_certain` that `DICM` stands behind it.
    """

    values: dict[int, bytes] = field(default_factory=dict)
    syntax: str = ""
    pixels_at: int = -1
    pixels_n: int = 0
    fault: str = ""
    deflated_at: int = -1
    ends_clean: bool = False
    sequences: dict[int, "Items"] = field(default_factory=dict)
    tables: dict[int, bytes] = field(default_factory=dict)
    has_program: bool = False
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """The bytes of a sequence's items, and how they are encoded."""

    data: bytes
    is_explicit: bool
    order: str


def read_elements(read_head: Callable[[int], bytes], size: int) -> Elements | None:
    """Return the wanted elements of a file of `size` bytes, or None if it isn't DICOM.

    `read_head(n)` gives its first n bytes; it is asked for more until the pixel data are reached
    or `HEADER_BYTES_MAX` is passed. A walk that can't go on returns what it has with a `fault`.
    """
    count = HEAD_BYTES
    while True:
        data = read_head(count)
        start = _start(data)
        if start is None:
            return None
        elements = Elements(is_certain=start == 132)
        elements.has_program = elements.is_certain and _is_program(data[:128])
        whole = len(data) >= size or len(data) < count
        try:
            whole = _walk_file(data, start, elements, count) and whole
        except Short as short:
            whole = whole and short.is_all
            if not whole and count < HEADER_BYTES_MAX:
                count *= 8
                continue
            if not (whole and elements.ends_clean):
                elements.fault = "dicom-truncated" if whole else "dicom-header-too-long"
        except Broken as broken:
            elements.fault = broken.code
        return elements


def _is_program(preamble: bytes) -> bool:
    """Return whether a preamble is the start of a program, an archive or a document."""
    return preamble.startswith(_PROGRAMS) or b"%PDF" in preamble


def _start(data: bytes) -> int | None:
    """Return where the data set starts, or None if these bytes don't look like DICOM."""
    if data[128:132] == b"DICM":
        return 132
    if len(data) < 16:
        return None
    group, element = struct.unpack_from("<HH", data)
    plausible = group in (0x0002, 0x0008) and element <= 0x0020
    long_or_short = data[4:6] in LONG or data[4:6] in SHORT
    implicit_length = struct.unpack_from("<I", data, 4)[0]
    return 0 if plausible and (long_or_short or 0 < implicit_length <= 64) else None


def _walk_file(data: bytes, start: int, elements: Elements, most: int) -> bool:
    """Walk meta group and data set, of a deflated one the first `most` bytes.

    Raises `Short` at the buffer's end.
    """
    at = start
    if data[at : at + 2] == b"\x02\x00":
        at = _walk_set(Cursor(data, True, "<"), at, elements, meta=True)
    raw = elements.values.get(0x00020010, b"")
    syntax = raw.rstrip(b"\0 ").decode("ascii", "replace")
    if not syntax:
        explicit = data[at + 4 : at + 6] in LONG or data[at + 4 : at + 6] in SHORT
        syntax = EXPLICIT if explicit else IMPLICIT
    elements.syntax = syntax
    ended = True
    if syntax == DEFLATED:
        elements.deflated_at = at
        data, ended = inflated_head(data[at:], most)
        at = 0
    order = ">" if syntax == BIG_ENDIAN else "<"
    try:
        _walk_set(Cursor(data, syntax != IMPLICIT, order), at, elements, meta=False)
    except Short as short:
        raise Short(is_all=ended) from short
    return True


def _walk_set(cursor: Cursor, at: int, elements: Elements, *, meta: bool) -> int:
    """Collect wanted elements from `at`; return where the meta group or the data set ended."""
    data, end = cursor.data, len(cursor.data)
    while True:
        if at >= end:
            elements.ends_clean = at == end
            raise Short
        if meta and data[at : at + 2] != b"\x02\x00":
            return at
        tag, vr, length, body = cursor.header(at)
        if tag == PIXEL_DATA:
            check_kind(tag, vr)
            elements.pixels_at = body
            elements.pixels_n = -1 if length == UNDEFINED else length
            return body
        if tag in _KEPT_SEQUENCES:
            at = _keep_sequence(cursor, tag, vr, length, body, elements)
        elif length == UNDEFINED:
            at = skip_sequence(cursor, body, vr, 0)
        else:
            at = body + length
            if tag in WANTED:
                _keep_value(elements.values, tag, vr, data, body, at)
            elif tag in _TABLES:
                _keep_table(elements.tables, tag, data, body, at)


def _keep_value(
    values: dict[int, bytes], tag: int, vr: bytes, data: bytes, body: int, at: int
) -> None:
    """Take one wanted value; a kind the standard doesn't give it is an attack (SEC-3)."""
    check_kind(tag, vr)
    if at - body > VALUE_BYTES_MAX:
        raise Broken("dicom-beyond-limits")
    if at > len(data):
        raise Short
    value = data[body:at]
    if values.setdefault(tag, value) != value:
        raise Broken  # the same tag twice with different values
    if tag in UNSIGNED_SHORT and at - body != 2:
        raise Broken("dicom-kind-wrong")


def _keep_table(tables: dict[int, bytes], tag: int, data: bytes, body: int, at: int) -> None:
    """Take one of the two extended offset tables: 8 bytes a frame."""
    if at - body > 8 * FRAMES_MAX:
        raise Broken("dicom-beyond-limits")
    if at > len(data):
        raise Short
    tables[tag] = data[body:at]


def _keep_sequence(
    cursor: Cursor, tag: int, vr: bytes, length: int, body: int, elements: Elements
) -> int:
    """Take the items of a wanted sequence as they are; return where it ends."""
    inner = cursor.inside(vr)
    roomy = Cursor(inner.data, inner.explicit, inner.order, frame_budget())
    at = skip_sequence(roomy, body, b"", 0) if length == UNDEFINED else body + length
    if at > len(cursor.data):
        raise Short
    if tag in elements.sequences:
        raise Broken
    elements.sequences[tag] = Items(cursor.data[body:at], inner.explicit, inner.order)
    return at
