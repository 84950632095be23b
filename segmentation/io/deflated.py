"""Deflated data sets (PS3.5 annex A.5), inflated no further than is needed."""

import zlib
from collections.abc import Callable
from typing import Final

from segmentation.io.element_walk import Broken

INFLATED_BYTES_MAX: Final = 512 << 20
INFLATE_CHUNK: Final = 4 << 20


def inflated_head(packed: bytes, most: int) -> tuple[bytes, bool]:
    """Return up to `most` bytes, and whether more room would give no more of them."""
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        out = engine.decompress(packed, most)
    except zlib.error as error:
        raise Broken from error
    return out, engine.eof or len(out) < most


def inflated(read: Callable[[int, int], bytes], at: int, offset: int, count: int) -> bytes:
    """Return `count` bytes from `offset` of what the stream at `at` of a file inflates to.

    `read(at, n)` gives n bytes of the file. Fewer bytes come back where the stream ends or goes
    beyond `INFLATED_BYTES_MAX`; ValueError where it is broken. Never more than `count` bytes and
    one chunk are held.
    """
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    out, passed = bytearray(), 0
    while len(out) < count and not engine.eof and passed < INFLATED_BYTES_MAX:
        packed = engine.unconsumed_tail
        if not packed:
            packed = read(at, INFLATE_CHUNK)
            at += len(packed)
            if not packed:
                break
        try:
            piece = engine.decompress(packed, INFLATE_CHUNK)
        except zlib.error as error:
            raise ValueError from error
        out += piece[max(0, offset - passed) : max(0, offset + count - passed)]
        passed += len(piece)
    return bytes(out)
