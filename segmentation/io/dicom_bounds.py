"""How many elements a DICOM data set holds, counted before any is made.

A megabyte of elements without a value becomes a gigabyte of Python objects; so they are counted
first, by a walk that keeps nothing.
"""

import struct
from typing import Final

ELEMENTS_MAX: Final = 3_000_000
_LONG: Final = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
_UNDEFINED: Final = 0xFFFFFFFF
_PIXELS: Final = b"\xe0\x7f\x10\x00"
_ITEM: Final = b"\xfe\xff\x00\xe0"
_MARKS: Final = b"\xfe\xff"
_size = struct.Struct("<I").unpack_from
_short = struct.Struct("<H").unpack_from


def is_bounded(data: bytes, at: int) -> bool:
    """Return whether the little-endian elements from `at` on are at most three million.

    Sequences are entered, values are passed over, and the walk ends at the pixels. Bytes that are
    no elements are counted as what they look like: whether they can be read is another question.
    """
    end = len(data) - 8
    for _ in range(ELEMENTS_MAX):
        if at > end or data[at : at + 4] == _PIXELS:
            return True
        at = _next(data, at)
    return False


def _next(data: bytes, at: int) -> int:
    """Return where the next element, or the first one of a sequence's item, begins."""
    if data[at : at + 2] == _MARKS:
        return at + 8
    kind = data[at + 4 : at + 6]
    if kind in _LONG and at + 12 <= len(data):
        length, body = _size(data, at + 8)[0], at + 12
    elif kind.isalpha() and kind.isupper():
        length, body = _short(data, at + 6)[0], at + 8
    else:
        length, body = _size(data, at + 4)[0], at + 8
    is_entered = length == _UNDEFINED or kind == b"SQ" or data[body : body + 4] == _ITEM
    return int(body if is_entered else body + length)
