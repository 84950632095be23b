"""OpenIGTLink messages as bytes: header version 1, big endian, 32-bit floats, millimetres.

Written from the protocol's public tables (http://openigtlink.org/developers/spec); the reader that
judges these bytes is `igtl_reader`, which shares nothing with this file. The protocol names no
frame: who sends says it another way.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from planning.model.item import LpsPoint

POLYNOMIAL: Final = 0x42F0E1EBA9EA3693
"""CRC-64 of ECMA-182: most significant bit first, starting from 0, nothing added at the end."""
MASK: Final = (1 << 64) - 1
VERSION: Final = 1
TYPE_BYTES, DEVICE_BYTES = 12, 20
NAME_BYTES, GROUP_BYTES, OWNER_BYTES = 64, 32, 20
ENTRY_AND_TARGET: Final = 3
YELLOW, RED = (255, 255, 0, 255), (255, 0, 0, 255)
POINT_TAIL: Final = struct.Struct(">4B4f")
TRAJECTORY_TAIL: Final = struct.Struct(">bb4B7f")


@dataclass(frozen=True, slots=True)
class SentPoint:
    """A landmark as it is sent: a name that fits its field, and a place in mm."""

    name: str
    group: str
    place_mm: LpsPoint


@dataclass(frozen=True, slots=True)
class SentPath:
    """A path as it is sent: a name that fits, both ends and half the tool's width in mm."""

    name: str
    group: str
    entry_mm: LpsPoint
    target_mm: LpsPoint
    radius_mm: float


def _row(start: int) -> int:
    value = start << 56
    for _ in range(8):
        value = (value << 1 ^ POLYNOMIAL if value >> 63 else value << 1) & MASK
    return value


TABLE: Final = tuple(_row(start) for start in range(256))


def crc64(body: bytes) -> int:
    """Return the checksum that a header carries of its message's body."""
    value = 0
    for byte in body:
        value = TABLE[value >> 56 ^ byte] ^ (value << 8 & MASK)
    return value


def cut(words: str, bytes_n: int) -> str:
    """Return as much of `words` as `bytes_n` bytes of UTF-8 hold, ending with a whole sign."""
    return words.encode()[:bytes_n].decode("utf-8", "ignore")


def fitted(names: Iterable[str], bytes_n: int = NAME_BYTES) -> tuple[str, ...]:
    """Return names cut for a field of `bytes_n` bytes; a cut one unlike all others by a number.

    The last byte stays 0, for readers that look for an end.
    """
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        one, n = cut(name, bytes_n - 1), 1
        while one in taken:
            n += 1
            end = f"~{n}"
            one = cut(name, bytes_n - 1 - len(end)) + end
        taken.add(one)
        found.append(one)
    return tuple(found)


def message(kind: str, device: str, body: bytes) -> bytes:
    """Return one message: header of 58 bytes, then the body. Its time is 0, which says none."""
    head = struct.pack(">H", VERSION) + _field(kind, TYPE_BYTES) + _field(device, DEVICE_BYTES)
    return head + struct.pack(">QQQ", 0, len(body), crc64(body)) + body


def point_body(points: Sequence[SentPoint]) -> bytes:
    """Return the body of a POINT message; its spheres have no size."""
    return b"".join(
        _field(one.name, NAME_BYTES)
        + _field(one.group, GROUP_BYTES)
        + POINT_TAIL.pack(*YELLOW, *one.place_mm, 0.0)
        + _field("", OWNER_BYTES)
        for one in points
    )


def trajectory_body(paths: Sequence[SentPath]) -> bytes:
    """Return the body of a TRAJ message; each with entry, target and radius."""
    return b"".join(
        _field(one.name, NAME_BYTES)
        + _field(one.group, GROUP_BYTES)
        + TRAJECTORY_TAIL.pack(
            ENTRY_AND_TARGET, 0, *RED, *one.entry_mm, *one.target_mm, one.radius_mm
        )
        + _field("", OWNER_BYTES)
        for one in paths
    )


def transform_body(matrix: ArrayLike) -> bytes:
    """Return the body of a TRANSFORM message of a 4 x 4 matrix, column by column."""
    return np.asarray(matrix, np.float64)[:3].T.astype(">f4").tobytes()


def _field(words: str, bytes_n: int) -> bytes:
    return cut(words, bytes_n - 1).encode().ljust(bytes_n, b"\0")
