"""Names for what is only there for a while, so that a later run can tell what a dead one left.

Such a name says on which machine and by which process it was made, and nothing of its content.
What lies in it belongs to a living process exactly while that process, told by its number and its
start, lives. Where a system can't say that, nothing is swept.
"""

import contextlib
import hashlib
import os
import platform
import re
import secrets
import shutil
import stat
from functools import cache
from pathlib import Path
from typing import Final

PART: Final = ".part"
OLD: Final = ".old"
RUN: Final = ".run"
_NAME: Final = re.compile(
    r"\.tasrif-(?P<host>[0-9a-f]{8})-(?P<pid>\d{1,10})-(?P<start>\d{1,20})-[0-9a-f]{8}"
    r"(?P<ending>\.part|\.old|\.run)(?:-journal)?"
)


def scratch_name(ending: str = PART) -> str:
    """Return a new name that starts with a dot, as `PART`, `OLD` or `RUN`."""
    pid = os.getpid()
    return f".tasrif-{_host()}-{pid}-{_start_of(pid) or 0}-{secrets.token_hex(4)}{ending}"


def sweep(folder: Path) -> int:
    """Remove from `folder` what dead processes of this machine left there; return how much.

    What can't be removed stays, and what a person named stays whatever its age. A folder that was
    moved aside stays while the one that was to take its place is still beside it.
    """
    swept = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in list(entries):
            found = _NAME.fullmatch(entry.name)
            if found is None or not _is_left(found) or _is_needed(Path(entry.path)):
                continue
            swept += _remove(Path(entry.path))
    return swept


def _is_left(found: re.Match[str]) -> bool:
    if found["host"] != _host() or os.name != "posix":
        return False
    return not _is_alive(int(found["pid"]), found["start"])


def _is_needed(path: Path) -> bool:
    """Return whether a replacement was cut between its two renames: then neither goes."""
    twin = {PART: OLD, OLD: PART}.get(path.suffix)
    return twin is not None and path.with_suffix(twin).exists()


def _remove(path: Path) -> bool:
    try:
        found = path.lstat()
        if found.st_uid != os.getuid():
            return False
        if stat.S_ISDIR(found.st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    except OSError:
        return False
    return not path.exists()


def _is_alive(pid: int, start: str) -> bool:
    if _start_of(os.getpid()) is not None:
        return _start_of(pid) == start
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _start_of(pid: int) -> str | None:
    """Return when a process of Linux began, in ticks since the system did; None for a dead one."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    rest = told.rpartition(")")[2].split()
    return None if not rest or rest[0] in "ZX" else rest[19]


@cache
def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable where the system lets one be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
