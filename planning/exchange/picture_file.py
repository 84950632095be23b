"""Pictures in a package: PNG that is whole and says nothing beside what it shows."""

import re
import struct
import zlib
from pathlib import Path
from typing import Final

from planning.exchange.exporter import Written
from planning.exchange.programs import named
from planning.exchange.read_back import differs

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
ALLOWED: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"pHYs", b"gAMA", b"sRGB"})
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def written_picture(folder: Path, name: str, body: bytes) -> Written:
    """Write one picture and read it back, chunk by chunk.

    Raises
    ------
    ValueError
        For a name that is no plain word.
    Refusal
        `export-read-back-differs` when a chunk is damaged or could hold text.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"a picture's name is a plain word, not {name!r}")
    path = folder / f"{name}.png"
    path.write_bytes(body)
    _check(path)
    by, reader = "Qt, PNG", named("PNG chunk reader")
    return Written(path.name, "", "", by, reader, None, None)


def _check(path: Path) -> None:
    body = path.read_bytes()
    at, kind = len(SIGNATURE), b""
    while at + 12 <= len(body) and kind != b"IEND":
        (length,) = struct.unpack_from(">I", body, at)
        kind, end = body[at + 4 : at + 8], at + 8 + length
        (stated,) = struct.unpack_from(">I", body, end) if end + 4 <= len(body) else (-1,)
        if kind not in ALLOWED or zlib.crc32(body[at + 4 : end]) != stated:
            raise differs(path.name, ascii(kind)[2:-1])
        at = end + 4
    if not body.startswith(SIGNATURE) or kind != b"IEND" or at != len(body):
        raise differs(path.name, "PNG")
