"""The cases opened last: path, code and time. No patient's name enters."""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from planning.case.bricks import Unreadable
from planning.case.codec import canonical, pack, unpack
from planning.case.lock import now_text
from segmentation.errors import Unavailable

RECENT_MAX = 12
_FILE = "recent.json"


@dataclass(frozen=True, slots=True)
class RecentCase:
    """One case file, its code and when it was last opened (ISO 8601, UTC)."""

    path: str
    code: str
    opened_at: str


def recent_cases(folder: Path) -> tuple[RecentCase, ...]:
    """Return the cases opened last, newest first; none when the list is missing or damaged."""
    try:
        data = json.loads((folder / _FILE).read_bytes())
        return _unpack_all(data)
    except (OSError, ValueError):
        return ()


def remember(folder: Path, path: Path, code: str) -> tuple[RecentCase, ...]:
    """Put a case first in the list of `folder`, which is made if need be; return the list.

    Raises
    ------
    Unavailable
        `recent-not-written`; losing the list is no reason to stop.
    """
    now = RecentCase(str(path.absolute()), code, now_text())
    others = (case for case in recent_cases(folder) if case.path != now.path)
    return _keep(folder, (now, *others)[:RECENT_MAX])


def forget(folder: Path, path: Path) -> tuple[RecentCase, ...]:
    """Take a case out of the list; return the list."""
    gone = str(path.absolute())
    return _keep(folder, tuple(case for case in recent_cases(folder) if case.path != gone))


def _unpack_all(data: object) -> tuple[RecentCase, ...]:
    """Return the list in JSON `data`; Unreadable when it is none."""
    if not isinstance(data, list):
        raise Unreadable("not a list")
    return tuple(unpack(RecentCase, item) for item in data)


def _keep(folder: Path, cases: tuple[RecentCase, ...]) -> tuple[RecentCase, ...]:
    part = folder / f".{_FILE}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(canonical(pack(cases)))
        part.replace(folder / _FILE)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise Unavailable("recent-not-written", folder=folder.name) from error
    return cases
