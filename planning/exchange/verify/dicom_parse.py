"""A DICOM file read by a bounded parser of its own: explicit VR, little endian, stated lengths.

Exactly what this release writes is taken; anything else that the format allows is a Fault, and so
is whatever does not fit: an order, a length, a depth, a text that is no UTF-8. Source: PS3.5 and
PS3.10.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from planning.exchange.verify.verdict import Fault

PREAMBLE: Final = b"\0" * 128 + b"DICM"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
UTF8: Final = "ISO_IR 192"
ELEMENTS_MAX: Final = 2_000_000
DEPTH_MAX: Final = 16
ITEM: Final = 0xFFFEE000
SHORT: Final = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN"}
    | {b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"}
)
LONG: Final = frozenset({b"OB", b"OW", b"SQ", b"UC", b"UT"})
HEAD: Final = struct.Struct("<HH2s")
NUMBER: Final = re.compile(
    r"[+-]?(?:[0-9]{1,16}(?:\.[0-9]{0,16})?|\.[0-9]{1,16})(?:[eE][+-]?[0-9]{1,3})?"
)
UID: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")
UID_LENGTH_MAX: Final = 64


@dataclass(slots=True)
class Node:
    """One data set or item: values by tag, items of sequences by tag."""

    path: str
    values: dict[int, bytes] = field(default_factory=dict)
    inner: dict[int, tuple["Node", ...]] = field(default_factory=dict)

    def differs(self, what: str) -> NoReturn:
        """Raise the Fault of an object that doesn't say what the plan says."""
        raise Fault("verify-dicom-differs", path=self.path, what=what)

    def text(self, tag: int) -> str:
        """Return a text without its padding, "" for none."""
        try:
            return self.values.get(tag, b"").decode("utf-8").rstrip("\0 ")
        except UnicodeDecodeError:
            raise unreadable(self.path) from None

    def uid(self, tag: int) -> str:
        """Return a UID that is one."""
        text = self.text(tag)
        if len(text) > UID_LENGTH_MAX or not UID.fullmatch(text):
            raise unreadable(self.path)
        return text

    def decimals(self, tag: int) -> list[float]:
        """Return the numbers of a decimal string."""
        parts = [one.strip(" ") for one in self.text(tag).split("\\")]
        if not all(NUMBER.fullmatch(one) for one in parts):
            raise unreadable(self.path)
        return [float(one) for one in parts]

    def whole(self, tag: int) -> int:
        """Return one unsigned number of 16 or 32 bits, or an integer string."""
        raw = self.values.get(tag, b"")
        if re.fullmatch(rb"[0-9]{1,9} ?", raw):
            return int(raw)
        if len(raw) not in (2, 4):
            raise unreadable(self.path)
        return int.from_bytes(raw, "little")

    def floats(self, tag: int, size: int) -> NDArray[np.float64]:
        """Return finite numbers of `size` bytes each."""
        raw = self.values.get(tag, b"")
        if len(raw) % size:
            raise unreadable(self.path)
        found = np.frombuffer(raw, f"<f{size}").astype(np.float64)
        if not np.isfinite(found).all():
            raise unreadable(self.path)
        return found

    def items(self, tag: int) -> Sequence["Node"]:
        """Return the items of a sequence, none where it is absent."""
        return self.inner.get(tag, ())

    def item(self, tag: int) -> "Node":
        """Return the only item of a sequence."""
        found = self.items(tag)
        if len(found) != 1:
            raise unreadable(self.path)
        return found[0]

    def code(self, tag: int) -> tuple[str, str]:
        """Return value and scheme of the only code of a sequence."""
        item = self.item(tag)
        return item.text(0x00080100) or item.text(0x00080119), item.text(0x00080102)


def unreadable(path: str) -> Fault:
    """Return the Fault of a file that is no object of ours."""
    return Fault("verify-dicom-unreadable", path=path)


def parsed(body: bytes, path: str) -> Node:
    """Return the data set of a file; meta information is held against it."""
    if not body.startswith(PREAMBLE):
        raise unreadable(path)
    walk = _Walk(body, path)
    meta = Node(path)
    at = walk.elements(meta, len(PREAMBLE), len(body), depth=0, is_meta=True)
    found = Node(path)
    if walk.elements(found, at, len(body), depth=0) != len(body):
        raise unreadable(path)
    is_ours = (
        meta.text(0x00020010) == EXPLICIT
        and meta.uid(0x00020002) == found.uid(0x00080016)
        and meta.uid(0x00020003) == found.uid(0x00080018)
        and found.text(0x00080005) == UTF8
    )
    if not is_ours:
        raise unreadable(path)
    return found


@dataclass(slots=True)
class _Walk:
    """One walk over a file's bytes; counts what it has met."""

    body: bytes
    path: str
    met: int = 0

    def elements(self, node: Node, at: int, end: int, *, depth: int, is_meta: bool = False) -> int:
        """Read elements in ascending order up to `end` (the end of group 2), return where."""
        last = -1
        while at < end:
            if end - at < 8:
                raise unreadable(self.path)
            group, element, kind = HEAD.unpack_from(self.body, at)
            if is_meta and group != 2:
                break
            tag = group << 16 | element
            self.met += 1
            if tag <= last or group % 2 or self.met > ELEMENTS_MAX or (group == 2) != is_meta:
                raise unreadable(self.path)
            last = tag
            start, stop = self._value(at, end, kind)
            if kind == b"SQ":
                node.inner[tag] = tuple(self._items(start, stop, depth + 1))
            else:
                node.values[tag] = self.body[start:stop]
            at = stop
        return at

    def _value(self, at: int, end: int, kind: bytes) -> tuple[int, int]:
        """Return where the value of an element begins and ends."""
        if kind in SHORT:
            start, length = at + 8, int.from_bytes(self.body[at + 6 : at + 8], "little")
        elif kind in LONG and end - at >= 12:
            start, length = at + 12, int.from_bytes(self.body[at + 8 : at + 12], "little")
        else:
            raise unreadable(self.path)
        if length % 2 or start + length > end:
            raise unreadable(self.path)
        return start, start + length

    def _items(self, at: int, end: int, depth: int) -> list[Node]:
        """Read the items of a sequence; each states its length."""
        if depth > DEPTH_MAX:
            raise unreadable(self.path)
        found = []
        while at < end:
            if end - at < 8:
                raise unreadable(self.path)
            group, element, length = struct.unpack_from("<HHI", self.body, at)
            at += 8
            if (group << 16 | element) != ITEM or at + length > end:
                raise unreadable(self.path)
            node = Node(self.path)
            self.elements(node, at, at + length, depth=depth)
            found.append(node)
            at += length
        return found
