"""Where a command may write: never over what is there, unless asked for by `--force`."""

import errno
import os
import shutil
from argparse import ArgumentParser
from pathlib import Path

from segmentation.errors import Refusal, Unavailable

OUT_OF_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
LOCKED_PLACE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def add_out(parser: ArgumentParser, help_text: str) -> None:
    """Add `--out` and `--force` to a command."""
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help=help_text)
    parser.add_argument("--force", action="store_true", help="replace what is already there")


def new_folder(path: Path, *, force: bool) -> Path:
    """Return `path` as an empty folder; an existing empty one counts as new."""
    if path.exists() and not path.is_dir():
        raise Refusal("out-is-file", path=path.name)
    if path.is_dir() and any(path.iterdir()):
        if not force:
            raise Refusal("out-exists", path=path.name)
        shutil.rmtree(path)
    path.mkdir(parents=True, exist_ok=True)
    return path


def new_file(path: Path, *, force: bool) -> Path:
    """Return `path` as a file that may be written; its folder exists afterwards."""
    if path.is_dir():
        raise Refusal("out-is-folder", path=path.name)
    if path.exists() and not force:
        raise Refusal("out-exists", path=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def as_unavailable(error: OSError) -> Unavailable:
    """Return the refusal for what the system said about a file or medium."""
    name = Path(os.fsdecode(error.filename)).name if error.filename else ""
    if error.errno in OUT_OF_ROOM:
        return Unavailable("disk-full", path=name)
    if error.errno in LOCKED_PLACE:
        return Unavailable("place-locked", path=name)
    if error.errno == errno.ENOENT:
        return Unavailable("path-vanished", path=name)
    return Unavailable("system-said-no", path=name, reason=error.strerror or str(error))
