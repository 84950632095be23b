"""Element by element through the bytes of a data set: sequences skipped or entered within caps.

Depth, elements and items are counted against a budget, so that no header, however nested, costs
more than a bounded time (row SEC-2). Source: DICOM PS3.5 section 7.
"""

import struct
from collections.abc import Iterator
from typing import Final

from segmentation.io.value_kinds import VALUE_KINDS

ELEMENTS_MAX: Final = 200_000
ITEMS_MAX: Final = 100_000
DEPTH_MAX: Final = 32
FRAMES_MAX: Final = 20_000
FRAME_ELEMENTS_MAX: Final = 200
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
UNDEFINED: Final = 0xFFFFFFFF
LONG: Final = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
SHORT: Final = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT"}
    | {b"PN", b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"}
)


class Short(Exception):  # noqa: N818 - the buffer ended, not the file
    """The walk came to the end of the buffer; `is_all`: more input wouldn't lengthen it."""

    def __init__(self, *, is_all: bool = True) -> None:
        super().__init__()
        self.is_all = is_all


class Broken(Exception):  # noqa: N818 - internal signal
    """The bytes can't be a DICOM data set; `code` says why."""

    def __init__(self, code: str = "dicom-broken") -> None:
        super().__init__(code)
        self.code = code


class Cursor:
    """Reads element headers of one encoding from a buffer; counts them against a budget."""

    __slots__ = ("data", "explicit", "left", "long", "order", "pair", "short")

    def __init__(
        self, data: bytes, explicit: bool, order: str, left: list[int] | None = None
    ) -> None:
        self.data = data
        self.explicit = explicit
        self.order = order
        self.left = [ELEMENTS_MAX, ITEMS_MAX] if left is None else left
        self.pair = struct.Struct(order + "HH").unpack_from
        self.short = struct.Struct(order + "H").unpack_from
        self.long = struct.Struct(order + "I").unpack_from

    def inside(self, vr: bytes) -> "Cursor":
        """Return the cursor for the items of a sequence: a UN one is implicit little endian."""
        if vr == b"UN" and self.explicit:
            return Cursor(self.data, False, "<", self.left)
        return self

    def header(self, at: int) -> tuple[int, bytes, int, int]:
        """Return tag, VR (empty if implicit), value length and value offset."""
        data = self.data
        if at + 8 > len(data):
            raise Short
        group, element = self.pair(data, at)
        tag = group << 16 | element
        budget = 1 if tag == _ITEM else 0
        self.left[budget] -= 1
        if self.left[budget] < 0:
            raise Broken("dicom-beyond-limits")
        if not self.explicit or group == 0xFFFE:
            return tag, b"", self.long(data, at + 4)[0], at + 8
        vr = data[at + 4 : at + 6]
        if vr in SHORT:
            return tag, vr, self.short(data, at + 6)[0], at + 8
        if vr not in LONG and not (vr.isalpha() and vr.isupper()):
            raise Broken
        if at + 12 > len(data):
            raise Short
        return tag, vr, self.long(data, at + 8)[0], at + 12


def check_kind(tag: int, vr: bytes) -> None:
    """Raise unless a value of geometry or identity has the VR that the standard gives it."""
    if vr and vr not in VALUE_KINDS.get(tag, (vr,)):
        raise Broken("dicom-kind-wrong")


def frame_budget() -> list[int]:
    """Return how many elements and items functional groups may have."""
    return [FRAMES_MAX * FRAME_ELEMENTS_MAX, FRAMES_MAX * FRAME_ELEMENTS_MAX // 4]


def skip_sequence(cursor: Cursor, at: int, vr: bytes, depth: int) -> int:
    """Return where a sequence of undefined length ends."""
    if depth > DEPTH_MAX:
        raise Broken("dicom-beyond-limits")
    cursor = cursor.inside(vr)
    while True:
        tag, _vr, length, body = cursor.header(at)
        if tag == _SEQUENCE_END:
            return body
        if tag != _ITEM:
            raise Broken
        at = body + length if length != UNDEFINED else _skip_item(cursor, body, depth + 1)


def _skip_item(cursor: Cursor, at: int, depth: int) -> int:
    """Return where an item of undefined length ends."""
    while True:
        tag, vr, length, body = cursor.header(at)
        if tag == _ITEM_END:
            return body
        at = skip_sequence(cursor, body, vr, depth) if length == UNDEFINED else body + length


def items_of(cursor: Cursor, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Give start and end of the content of each item of a sequence that lies at `at` to `end`.

    Raises `Broken` where an item leaves the sequence.
    """
    while at < end:
        tag, _vr, length, body = cursor.header(at)
        if tag == _SEQUENCE_END:
            return
        if tag != _ITEM:
            raise Broken
        after = body + length if length != UNDEFINED else _skip_item(cursor, body, 1)
        if after > end:
            raise Broken
        yield body, after - 8 if length == UNDEFINED else after
        at = after


def elements_of(cursor: Cursor, at: int, end: int) -> Iterator[tuple[int, bytes, int, int]]:
    """Give tag, VR, start and end of each value of an item; raises `Broken` as `items_of`."""
    while at < end:
        tag, vr, length, body = cursor.header(at)
        after = body + length if length != UNDEFINED else skip_sequence(cursor, body, vr, 1)
        if after > end:
            raise Broken
        yield tag, vr, body, after
        at = after
