"""Where a command may write: never over what is there, unless asked for by `--force`."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Final

from segmentation.errors import Refusal
from segmentation.unavailable import as_unavailable as as_unavailable  # noqa: PLC0414 - told on

CASE_ENDING: Final = ".tasrif"


def add_out(parser: ArgumentParser, help_text: str) -> None:
    """Add `--out` and `--force` to a command."""
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help=help_text)
    parser.add_argument("--force", action="store_true", help="replace what is already there")


def new_folder(path: Path, *, force: bool, own: str = "") -> Path:
    """Return `path` as an empty folder; an existing empty one counts as new.

    A folder that holds a case is never emptied, but for the one called `own`.
    """
    if path.exists() and not path.is_dir():
        raise Refusal("out-is-file", path=path.name)
    if path.is_dir() and any(path.iterdir()):
        if not force:
            raise Refusal("out-exists", path=path.name)
        cases = (one for one in path.rglob(f"*{CASE_ENDING}") if one != path / own)
        if case := next(cases, None):
            raise Refusal("out-holds-case", path=path.name, file=case.name)
        shutil.rmtree(path)
    path.mkdir(parents=True, exist_ok=True)
    return path


def new_file(path: Path, *, force: bool, is_case: bool = False) -> Path:
    """Return `path` as a file that may be written; its folder exists afterwards."""
    require_free_name(path, force=force, is_case=is_case)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def require_free_name(path: Path, *, force: bool, is_case: bool = False) -> None:
    """Refuse what may not be written over; only a case may take the place of a case."""
    if path.is_dir():
        raise Refusal("out-is-folder", path=path.name)
    if path.exists() and not path.is_file():
        raise Refusal("out-is-device", path=path.name)
    if path.exists() and not force:
        raise Refusal("out-exists", path=path.name)
    if path.exists() and path.suffix == CASE_ENDING and not is_case:
        raise Refusal("out-is-case", path=path.name)
