"""A case file comes into being: written under another name, made durable, then named."""

import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from planning.case import lock, schema
from planning.case.bricks import Unreadable
from planning.case.case import Case
from planning.case.journal import NO_ROW, Act, Entry
from planning.case.reading import read_case, store_case
from planning.case.store import Store
from segmentation.errors import Refusal, Unavailable
from segmentation.finding import Finding, Severity
from segmentation.progress import Progress
from segmentation.scratch import scratch_name, sweep, sync_folder


@cache  # `importlib.metadata` keeps what it looked up each time a folder of its path has changed
def program_version() -> str:
    """Return the release of the program, as the journal notes it."""
    try:
        return version("tasrif")
    except PackageNotFoundError:
        return "?"


def new_entry(row: int, previous: str, person: str, act: Act, title: str, **more: object) -> Entry:
    """Return a journal row of this moment, this release and this schema."""
    entry = Entry(
        row, previous, lock.now_text(), person, program_version(), schema.SCHEMA_VERSION, act, title
    )
    return replace(entry, **more)  # type: ignore[arg-type]


def check_target(target: Path, *, force: bool) -> None:
    """Refuse a place without a folder, a folder, and a file that nobody said may be replaced.

    The codes are `case-folder-missing` and `case-exists`.
    """
    if not target.parent.is_dir():
        raise Refusal("case-folder-missing", file=target.name)
    if target.is_dir() or (target.exists() and not force):
        raise Refusal("case-exists", file=target.name)


def place_failure(error: OSError, target: Path) -> Refusal:
    """Return the refusal that says why nothing can be written at `target`."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Refusal("case-folder-missing", file=target.name)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable("case-place-full", file=target.name)
    if error.errno in (errno.EIO, errno.ENXIO):
        return Unavailable("case-place-failing", file=target.name)
    return Unavailable("case-place-read-only", file=target.name)


def write_new(target: Path, case: Case, person: str, progress: Progress) -> None:
    """Write a new case file; what was at `target` is replaced once the new one is whole."""
    publish(target, lambda part: _fill(part, case, person, progress))


def _fill(part: Path, case: Case, person: str, progress: Progress) -> None:
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as connection:
        schema.set_pragmas(connection)
        schema.lay_out(connection)
        connection.execute("BEGIN")
        store = Store(connection)
        hashes = store_case(store, case, progress)
        store.put_entry(new_entry(1, NO_ROW, person, Act.CREATE, "Create case", hashes=hashes))
        store.begin_session("", "", 1)
        connection.execute("COMMIT")


def write_copy(store: Store, target: Path) -> None:
    """Write a compact copy of an open file, read back and verified."""
    publish(target, partial(_fill_copy, store, target.name))


def _fill_copy(store: Store, name: str, part: Path) -> None:
    store.connection.execute("VACUUM INTO ?", (str(part),))
    with contextlib.closing(schema.connect(part, is_writable=True)) as connection:
        copy = Store(connection)
        copy.begin_session("", "", copy.head()[0])
        if verified(copy, name):
            raise Refusal("case-damaged", file=name, item="copy")


def publish(target: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file of another name; make it durable and give it its name.

    Raises
    ------
    Unavailable
        When the place, the disk or its space do not allow it; `target` is then as it was.
    """
    sweep(target.parent)
    part = target.with_name(scratch_name())
    try:
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
        sync_folder(target.parent)
    except sqlite3.Error as error:
        raise schema.failure(error, target) from error
    except OSError as error:
        raise place_failure(error, target) from error
    finally:
        for left in (part, part.with_name(f"{part.name}-journal")):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def verified(store: Store, name: str) -> tuple[Finding, ...]:
    """Return what is damaged in the whole file, all steps and pages included."""
    try:
        reading = read_case(store, name)
    except Refusal as error:
        return (Finding(error.code, Severity.BLOCK, error.values),)
    damage = list(reading.damage)
    shape = reading.timeline.case.volume.grid.shape_kji
    try:
        masks_n = store.damaged_masks(shape)
    except Unreadable:
        masks_n = 1
    if masks_n:
        damage.append(Finding("case-steps-damaged", Severity.BLOCK, {"masks": masks_n}))
    if not schema.is_sound(store.connection):
        damage.append(Finding("case-pages-damaged", Severity.BLOCK))
    return tuple(damage)
