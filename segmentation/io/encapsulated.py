"""The fragments of encapsulated pixel data, and which frame each belongs to.

Items are walked header by header, values are left where they are. An offset table, basic or
extended, must point at items that are there: what tables and items don't agree on is refused,
never guessed. Source: DICOM PS3.5 annex A.4.
"""

import itertools
import struct
from collections.abc import Callable
from typing import Final

from segmentation.io.element_walk import FRAMES_MAX, Broken

FRAGMENTS_MAX: Final = 200_000
_ITEM: Final = b"\xfe\xff\x00\xe0"
_SEQUENCE_END: Final = b"\xfe\xff\xdd\xe0"
_HEADER: Final = 8
_END_OF_IMAGE: Final = b"\xff\xd9"

Fragment = tuple[int, int]
Read = Callable[[int, int], bytes]


def fragments(read: Read, at: int, size: int) -> tuple[bytes, list[Fragment]]:
    """Return the basic offset table and place and length of every fragment behind it.

    `read(at, n)` gives n bytes of the file of `size` bytes, `at` is where the value starts.
    Raises `Broken`: `pixels-truncated` where the file ends first, `dicom-beyond-limits`.
    """
    found: list[Fragment] = []
    while len(found) <= FRAGMENTS_MAX:
        item = read(at, _HEADER)
        if item[:4] == _SEQUENCE_END:
            break
        if len(item) < _HEADER or item[:4] != _ITEM:
            raise Broken("pixels-truncated")
        length = int.from_bytes(item[4:], "little")
        if at + _HEADER + length > size:
            raise Broken("pixels-truncated")
        found.append((at + _HEADER, length))
        at += _HEADER + length
    if len(found) > FRAGMENTS_MAX or (found and found[0][1] > 4 * FRAMES_MAX):
        raise Broken("dicom-beyond-limits")
    table = read(*found[0]) if found else b""
    return table, found[1:]


def by_frame(
    read: Read, parts: list[Fragment], count: int, basic: bytes, extended: tuple[bytes, bytes]
) -> list[tuple[Fragment, ...]]:
    """Return the fragments of each of `count` frames, in order.

    `basic` is the value of the basic offset table, `extended` those of the extended tables of
    offsets and lengths; both may be empty. Raises `Broken` (`frames-unclear`) where the tables
    don't fit the items, or where without any the frames can't be told apart.
    """
    if not parts:
        raise Broken("pixels-truncated")
    number_at = {at - parts[0][0]: number for number, (at, _length) in enumerate(parts)}
    starts = _starts(read, parts, count, basic, extended[0])
    numbers = [number_at.get(start, -1) for start in starts]
    is_rising = all(one < other for one, other in itertools.pairwise(numbers))
    if len(numbers) != count or numbers[0] != 0 or not is_rising:
        raise Broken("frames-unclear")
    ends = [*numbers[1:], len(parts)]
    frames = [tuple(parts[a:b]) for a, b in zip(numbers, ends, strict=True)]
    _check_lengths(frames, extended[1])
    return frames


def _starts(
    read: Read, parts: list[Fragment], count: int, basic: bytes, offsets: bytes
) -> list[int]:
    """Return where each frame starts, counted from the first fragment's item."""
    if offsets:
        return [number for (number,) in struct.iter_unpack("<Q", offsets[: len(offsets) // 8 * 8])]
    if basic:
        return [number for (number,) in struct.iter_unpack("<I", basic[: len(basic) // 4 * 4])]
    begins = [at - parts[0][0] for at, _length in parts]
    if count == 1:
        return begins[:1]
    if len(parts) == count:
        return begins
    ends = [_ends_image(read, part) for part in parts]
    after = [0, *(n + 1 for n, is_end in enumerate(ends[:-1]) if is_end)]
    return [begins[n] for n in after] if ends[-1] else []


def _ends_image(read: Read, part: Fragment) -> bool:
    """Return whether a fragment ends with the marker that ends a JPEG family image."""
    at, length = part
    tail = read(at + max(0, length - 3), min(3, length))
    return tail.endswith(_END_OF_IMAGE) or tail.endswith(_END_OF_IMAGE + b"\0")


def _check_lengths(frames: list[tuple[Fragment, ...]], lengths: bytes) -> None:
    """Raise unless the extended lengths are those of the fragments, less a byte of padding."""
    if not lengths:
        return
    told = [number for (number,) in struct.iter_unpack("<Q", lengths[: len(lengths) // 8 * 8])]
    found = [sum(length for _at, length in frame) for frame in frames]
    if len(told) != len(found) or any(
        not 0 <= there - said <= 1 for said, there in zip(told, found, strict=True)
    ):
        raise Broken("frames-unclear")


def capsule(pieces: list[bytes]) -> bytes:
    """Return fragments as one encapsulated value without offset table."""
    items = [_ITEM + struct.pack("<I", len(piece)) + piece for piece in pieces]
    return b"".join([_ITEM + bytes(4), *items])
