"""Where a command may write: never over what is there, unless asked for by `--force`."""

import shutil
from argparse import ArgumentParser
from pathlib import Path

from segmentation.errors import Refusal
from segmentation.unavailable import as_unavailable as as_unavailable  # noqa: PLC0414 - told on


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
