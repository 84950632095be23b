"""Key files on disk: read within limits, written for the owner's eyes only."""

import contextlib
import os
import secrets
from pathlib import Path

from planning.exchange.wrapping import BYTES_MAX
from segmentation.errors import Refusal


def read_key_file(path: Path) -> bytes:
    """Return the bytes of a key file.

    Raises
    ------
    Refusal
        `key-missing`; `key-unreadable` for a folder and for what is too large for a key.
    OSError
        When the system does not let it be read.
    """
    try:
        with path.open("rb") as file:
            body = file.read(BYTES_MAX + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise Refusal("key-missing", file=path.name) from None
    except IsADirectoryError:
        raise Refusal("key-unreadable", file=path.name) from None
    if len(body) > BYTES_MAX:
        raise Refusal("key-unreadable", file=path.name)
    return body


def write_key_file(path: Path, body: bytes) -> None:
    """Write a key file that only its owner may read; a failure leaves what was there before.

    Raises
    ------
    OSError
        When the place or its space do not allow it.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(part, flags, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
