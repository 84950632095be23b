"""Our own bounded walk over a DICOM header: bytes in, wanted elements out, pixels never touched.

Reads explicit and implicit little endian, explicit big endian and deflated data sets, with or
without preamble and meta group, and skips nested sequences of defined and undefined length.
Source: DICOM PS3.5 section 7 and PS3.10 section 7.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"

HEAD_BYTES: Final = 16 << 10
HEADER_BYTES_MAX: Final = 64 << 20
INFLATED_BYTES_MAX: Final = 512 << 20
ELEMENTS_MAX: Final = 200_000
DEPTH_MAX: Final = 32

PIXEL_DATA: Final = 0x7FE00010
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_UNDEFINED: Final = 0xFFFFFFFF
_LONG: Final = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
_SHORT: Final = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT"}
    | {b"PN", b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"}
)
_UNSIGNED_SHORT: Final = frozenset(
    {0x00280002, 0x00280010, 0x00280011} | set(range(0x00280100, 0x00280104))
)
WANTED: Final = frozenset({
    0x00020002, 0x00020010, 0x00080005, 0x00080008, 0x00080016, 0x00080018, 0x00080020, 0x00080060,
    0x00080070, 0x0008103E, 0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040,
    0x00180050, 0x00180060, 0x00180088, 0x00181210, 0x0020000D, 0x0020000E, 0x00200012,
    0x00200013, 0x00200032, 0x00200037, 0x00200052, 0x00200100, 0x00201209, 0x00280002,
    0x00280004, 0x00280008, 0x00280010, 0x00280011, 0x00280030, 0x00280100, 0x00280101,
    0x00280102, 0x00280103, 0x00280120, 0x00280121, 0x00281052, 0x00281053, 0x00281054,
    0x00282110,
})  # fmt: skip


@dataclass(slots=True)
class Elements:
    """Wanted elements of one file by tag, and where its pixels lie.

    `pixels_at` is the offset of the pixel data's value in the file (-1: none); `pixels_n` its
    length, -1 where it is encapsulated. `fault` says why the walk ended early, empty for none.
    `inflated` is the whole data set of a deflated file, else None; offsets then count in it.
    `ends_clean` tells that the bytes ended between two elements.
    """

    values: dict[int, bytes] = field(default_factory=dict)
    syntax: str = ""
    pixels_at: int = -1
    pixels_n: int = 0
    fault: str = ""
    inflated: bytes | None = None
    ends_clean: bool = False


class _Short(Exception):  # noqa: N818 - the buffer ended, not the file
    """The walk came to the end of the buffer."""


class _Broken(Exception):  # noqa: N818 - internal signal
    """The bytes can't be a DICOM data set."""


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
        elements = Elements()
        whole = len(data) >= size or len(data) < count
        try:
            _walk_file(data, start, elements)
        except _Short:
            if not whole and count < HEADER_BYTES_MAX:
                count *= 8
                continue
            if not (whole and elements.ends_clean):
                elements.fault = "dicom-truncated" if whole else "dicom-header-too-long"
        except _Broken:
            elements.fault = "dicom-broken"
        return elements


def _start(data: bytes) -> int | None:
    """Return where the data set starts, or None if these bytes don't look like DICOM."""
    if data[128:132] == b"DICM":
        return 132
    if len(data) < 16:
        return None
    group, element = struct.unpack_from("<HH", data)
    plausible = group in (0x0002, 0x0008) and element <= 0x0020
    long_or_short = data[4:6] in _LONG or data[4:6] in _SHORT
    implicit_length = struct.unpack_from("<I", data, 4)[0]
    return 0 if plausible and (long_or_short or 0 < implicit_length <= 64) else None


def _walk_file(data: bytes, start: int, elements: Elements) -> None:
    """Walk meta group and data set; raises `_Short` at the buffer's end."""
    at = start
    if data[at : at + 2] == b"\x02\x00":
        at = _walk_set(_Cursor(data, True, "<"), at, elements, meta=True)
    raw = elements.values.get(0x00020010, b"")
    syntax = raw.rstrip(b"\0 ").decode("ascii", "replace")
    if not syntax:
        explicit = data[at + 4 : at + 6] in _LONG or data[at + 4 : at + 6] in _SHORT
        syntax = EXPLICIT if explicit else IMPLICIT
    elements.syntax = syntax
    if syntax == DEFLATED:
        data, at = _inflate(data, at), 0
        elements.inflated = data
    order = ">" if syntax == BIG_ENDIAN else "<"
    _walk_set(_Cursor(data, syntax != IMPLICIT, order), at, elements, meta=False)


def _inflate(data: bytes, at: int) -> bytes:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        out = engine.decompress(data[at:], INFLATED_BYTES_MAX)
    except zlib.error as error:
        raise _Broken from error
    if not engine.eof:
        raise _Short
    return out


class _Cursor:
    """Reads element headers of one encoding from a buffer."""

    __slots__ = ("data", "explicit", "long", "pair", "short")

    def __init__(self, data: bytes, explicit: bool, order: str) -> None:
        self.data = data
        self.explicit = explicit
        self.pair = struct.Struct(order + "HH").unpack_from
        self.short = struct.Struct(order + "H").unpack_from
        self.long = struct.Struct(order + "I").unpack_from

    def header(self, at: int) -> tuple[int, bytes, int, int]:
        """Return tag, VR (empty if implicit), value length and value offset."""
        data = self.data
        if at + 8 > len(data):
            raise _Short
        group, element = self.pair(data, at)
        tag = group << 16 | element
        if not self.explicit or group == 0xFFFE:
            return tag, b"", self.long(data, at + 4)[0], at + 8
        vr = data[at + 4 : at + 6]
        if vr in _SHORT:
            return tag, vr, self.short(data, at + 6)[0], at + 8
        if vr not in _LONG:
            raise _Broken
        if at + 12 > len(data):
            raise _Short
        return tag, vr, self.long(data, at + 8)[0], at + 12


def _walk_set(cursor: _Cursor, at: int, elements: Elements, *, meta: bool) -> int:
    """Collect wanted elements from `at`; return where the meta group or the data set ended."""
    data, values, header = cursor.data, elements.values, cursor.header
    end = len(data)
    for _ in range(ELEMENTS_MAX):
        if at >= end:
            elements.ends_clean = at == end
            raise _Short
        if meta and data[at : at + 2] != b"\x02\x00":
            return at
        tag, vr, length, body = header(at)
        if tag == PIXEL_DATA:
            elements.pixels_at = body
            elements.pixels_n = -1 if length == _UNDEFINED else length
            return body
        if length == _UNDEFINED:
            at = _skip_sequence(cursor, body, vr, 0)
            continue
        at = body + length
        if tag in WANTED:
            if at > end:
                raise _Short
            value = data[body:at]
            if values.setdefault(tag, value) != value:
                raise _Broken  # the same tag twice with different values
            if tag in _UNSIGNED_SHORT and (length != 2 or vr not in (b"US", b"")):
                raise _Broken  # a number of rows that isn't a 16-bit number is an attack
    raise _Broken


def _skip_sequence(cursor: _Cursor, at: int, vr: bytes, depth: int) -> int:
    """Return where a sequence of undefined length ends."""
    if depth > DEPTH_MAX:
        raise _Broken
    if vr == b"UN" and cursor.explicit:
        cursor = _Cursor(cursor.data, False, "<")
    for _ in range(ELEMENTS_MAX):
        tag, _vr, length, body = cursor.header(at)
        if tag == _SEQUENCE_END:
            return body
        if tag != _ITEM:
            raise _Broken
        at = body + length if length != _UNDEFINED else _skip_item(cursor, body, depth + 1)
    raise _Broken


def _skip_item(cursor: _Cursor, at: int, depth: int) -> int:
    """Return where an item of undefined length ends."""
    for _ in range(ELEMENTS_MAX):
        tag, vr, length, body = cursor.header(at)
        if tag == _ITEM_END:
            return body
        at = _skip_sequence(cursor, body, vr, depth) if length == _UNDEFINED else body + length
    raise _Broken
