"""Who works on a case: a small file beside it, held by the operating system's lock.

The lock says who and since when; a heartbeat keeps its time fresh. On one machine the system's
lock alone decides, so a crash frees the case at once. Between machines (network drives, where
such locks get lost) a fresh time means the case is taken, and an old one is taken over only
when a person says so.
"""

import contextlib
import getpass
import json
import os
import platform
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HEARTBEAT_S = 5.0
STALE_S = 30.0
_LOCK_BYTES_MAX = 4096

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool | None:
        os.lseek(handle, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import errno
    import fcntl

    def _try_lock(handle: int) -> bool | None:
        """Return whether the lock is ours now, None where the file system has no locks."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno in (errno.ENOLCK, errno.EOPNOTSUPP):
                return None
            raise
        return True


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a case open for writing, on which machine, since when (ISO 8601, UTC).

    `is_stale` is True when nothing was heard from there for more than 30 s.
    """

    name: str
    host: str
    since: str
    is_stale: bool = False


def present_owner(person: str) -> Owner:
    """Return the owner that this process would be now."""
    return Owner(person, platform.node(), now_text())


def person_here() -> str:
    """Return the name the operating system knows the user by, or `?`."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "?"


def now_text() -> str:
    """Return the present time as ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Lease:
    """A held lock; it beats until it is released."""

    def __init__(self, path: Path, handle: int, owner: Owner) -> None:
        self._path = path
        self._handle = handle
        self._end = threading.Event()
        self._write(owner)
        self._pulse = threading.Thread(target=self._beat, name="case-heartbeat", daemon=True)
        self._pulse.start()

    def release(self) -> None:
        """Give the case free; releasing twice is harmless."""
        if self._end.is_set():
            return
        self._end.set()
        self._pulse.join()
        if sys.platform == "win32":
            os.close(self._handle)
            with contextlib.suppress(OSError):
                self._path.unlink()
        else:
            # Unlinked while it is held, so that nobody locks a file that is about to vanish.
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self._handle)

    def _write(self, owner: Owner) -> None:
        text = json.dumps({"name": owner.name, "host": owner.host, "since": owner.since})
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.ftruncate(self._handle, 0)
        os.write(self._handle, text.encode())

    def _beat(self) -> None:
        while not self._end.wait(HEARTBEAT_S):
            with contextlib.suppress(OSError):
                os.utime(self._path)


def lock_path(case_path: Path) -> Path:
    """Return the path of the lock beside a case file."""
    return case_path.with_name(f"{case_path.name}.lock")


def claim(case_path: Path, owner: Owner, *, take_over: bool = False) -> Lease | Owner:
    """Take the lock for `owner`, or return who has it.

    `take_over` takes a stale lock of another machine; a live one is never taken.

    Raises
    ------
    OSError
        When the place lets no lock be written.
    """
    path = lock_path(case_path)
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        is_ours = _try_lock(handle)
        if is_ours is False:
            os.close(handle)
            return _read(path) or Owner("?", "?", "?")
        if _is_same_file(path, handle):
            break
        os.close(handle)
    other = _read(path)
    # Our machine's own processes hold the system's lock while they live, so that one is dead.
    is_dead = other is not None and is_ours is True and other.host == owner.host
    if other is None or is_dead or (other.is_stale and take_over):
        return Lease(path, handle, owner)
    os.close(handle)
    return other


def _is_same_file(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _read(path: Path) -> Owner | None:
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(_LOCK_BYTES_MAX))
            # A clock that was set back must not keep a lock fresh for ever.
            age_s = abs(time.time() - path.stat().st_mtime)
        return Owner(
            str(data["name"]), str(data["host"]), str(data["since"]), is_stale=age_s > STALE_S
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
