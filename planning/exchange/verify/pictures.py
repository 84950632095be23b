"""Pictures beside a plan: PNG that is whole, of a size to be looked at, and says nothing beside."""

import struct
import zlib
from typing import Final

from planning.exchange.verify.verdict import Fault

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"pHYs", b"gAMA", b"sRGB"})
BESIDE: Final = 12
"""Bytes of a chunk beside its content: length, kind, check sum."""
PIXELS_MAX: Final = 1 << 26


def require_picture(body: bytes, path: str) -> None:
    """Raise a Fault for a picture that is broken, huge or may hold words that nobody sees."""
    at, kinds = len(SIGNATURE), list[bytes]()
    while at + BESIDE <= len(body) and kinds[-1:] != [b"IEND"]:
        (length,) = struct.unpack_from(">I", body, at)
        end = at + BESIDE + length
        kinds.append(body[at + 4 : at + 8])
        stated = body[end - 4 : end]
        if kinds[-1] not in CHUNKS or zlib.crc32(body[at + 4 : end - 4]).to_bytes(4) != stated:
            raise Fault("verify-picture-odd", path=path)
        at = end
    is_whole = body.startswith(SIGNATURE) and at == len(body)
    if not is_whole or kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"]:
        raise Fault("verify-picture-odd", path=path)
    wide, high = struct.unpack_from(">II", body, len(SIGNATURE) + 8)
    if not 0 < wide * high <= PIXELS_MAX:
        raise Fault("verify-picture-odd", path=path)
