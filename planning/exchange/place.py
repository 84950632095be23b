"""A folder that is there whole or not at all."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from segmentation.errors import Refusal
from segmentation.scratch import OLD, scratch_name, sweep, sync_folder
from segmentation.unavailable import as_unavailable

T = TypeVar("T")
CASE_ENDING = ".tasrif"


def publish(out: Path, fill: Callable[[Path], T], *, force: bool) -> T:
    """Let `fill` write into an empty folder beside `out`; make it durable and give it the name.

    What was at `out` is moved aside only once the new folder is complete, and removed last. On any
    failure `out` is as it was and nothing is left beside it.

    Raises
    ------
    Refusal
        `out-is-file`, `out-exists` (something is there and `force` is False), `out-holds-case`
        (a case file would be removed).
    Unavailable
        When the place, the disk or its space don't allow it.
    """
    target = Path(os.path.realpath(out))
    try:
        _check(target, force=force)
        with _beside(target) as part:
            answer = fill(part)
            _sync_tree(part)
            _rename(part, target)
    except OSError as error:
        raise as_unavailable(error, target.name) from error
    return answer


def _check(target: Path, *, force: bool) -> None:
    if target.exists() and not target.is_dir():
        raise Refusal("out-is-file", path=target.name)
    if target.is_dir() and any(target.iterdir()):
        if not force:
            raise Refusal("out-exists", path=target.name)
        cases = (name for _, _, names in os.walk(target) for name in names)
        if case := next((name for name in cases if name.endswith(CASE_ENDING)), None):
            raise Refusal("out-holds-case", path=target.name, file=case)


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target`; it and new parents are gone if they are not used."""
    parents = [folder for folder in target.parents if not folder.exists()]
    sweep(target.parent)
    part = target.with_name(scratch_name())
    try:
        part.mkdir(parents=True)
        yield part
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        with contextlib.suppress(OSError):
            for folder in parents:
                folder.rmdir()
        raise


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)


def _rename(part: Path, target: Path) -> None:
    """Give the whole folder its name; what had it before goes last."""
    old = part.with_suffix(OLD)
    has_old = target.exists()
    if has_old:
        target.replace(old)
    try:
        part.replace(target)
    except OSError:
        if has_old:
            old.replace(target)
        raise
    sync_folder(target.parent)
    if has_old:
        shutil.rmtree(old, ignore_errors=True)
