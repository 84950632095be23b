"""A file that is there whole or not at all."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from segmentation.errors import Unavailable
from segmentation.scratch import sync_folder


def write_whole(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a temporary file beside `path`, sync it to the disk, and rename it into place.

    On any failure the temporary file is removed and an existing `path` stays as it was. Refused:
    `mesh-not-written` (full disk, read-only or missing folder).
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with beside.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unavailable("mesh-not-written", file=path.name, reason=reason) from error
