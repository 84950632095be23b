"""One run of the program leaves nothing of a patient behind: no temporary file, log or core dump.

`TASRIF_DEBUG=1` lets a developer see whole messages and take dumps.
"""

import contextlib
import ctypes
import logging
import os
import platform
import shutil
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from segmentation.scratch import RUN, scratch_name, sweep

PR_SET_DUMPABLE: Final = 4
PLACES: Final = ("TMPDIR", "TEMP", "TMP")
OWN: Final = frozenset({"app", "viewers", "planning", "segmentation"})
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


@contextlib.contextmanager
def private_run() -> Iterator[None]:
    """Keep what this run writes for a while in one folder that only its user can open.

    The folder goes at the end; those of runs that were killed go at the start. What is logged
    says what kind of fault it was and where in the program, never a value.
    """
    if os.environ.get("TASRIF_DEBUG") == "1":
        yield
        return
    forbid_core_dumps()
    with _own_folder(), _nameless_log():
        yield


def forbid_core_dumps() -> None:
    """Let the system write no picture of this process's memory, as far as it can be told so."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    if sys.platform.startswith("linux"):
        # A system that pipes dumps to a program asks this, not the limit.
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


@contextlib.contextmanager
def _own_folder() -> Iterator[None]:
    try:
        base = Path(tempfile.gettempdir())
        sweep(base)
        folder = base / scratch_name(RUN)
        folder.mkdir(mode=0o700)
    except OSError:  # no place for temporary files at all: whoever needs one will say so
        yield
        return
    before = tempfile.tempdir
    places = {name: os.environ.get(name) for name in PLACES}
    tempfile.tempdir = str(folder)
    os.environ.update(dict.fromkeys(PLACES, str(folder)))
    try:
        yield
    finally:
        tempfile.tempdir = before
        for name, place in places.items():
            os.environ.pop(name, None)
            if place is not None:
                os.environ[name] = place
        shutil.rmtree(folder, ignore_errors=True)


class Nameless(logging.Formatter):
    """Says where a fault was and of which kind; texts of values, files and errors stay out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record without its arguments; of other people's code only where it spoke."""
        is_own = record.name.partition(".")[0] in OWN
        said = str(record.msg) if is_own else f"{record.filename}:{record.lineno}"
        lines = [f"{record.levelname} {record.name}: {said}"]
        if record.exc_info and record.exc_info[1] is not None:
            lines.append(f"  Python {platform.python_version()}, {platform.system()}")
            lines += _trace_of(record.exc_info[1])
        return "\n".join(lines)


def _trace_of(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield f"  {type(one).__name__}"
        for frame, line in traceback.walk_tb(one.__traceback__):
            code = frame.f_code
            yield f"    {Path(code.co_filename).name}:{line} {code.co_name}"
        one = one.__cause__ or one.__context__


@contextlib.contextmanager
def _nameless_log() -> Iterator[None]:
    """Let logs, warnings and faults of threads reach standard error without their words."""
    handler = logging.StreamHandler()
    handler.setFormatter(Nameless())
    root, hook = logging.getLogger(), threading.excepthook
    root.addHandler(handler)
    logging.captureWarnings(capture=True)
    if hook is threading.__excepthook__:  # a test's own hook stays
        threading.excepthook = _of_thread
    try:
        yield
    finally:
        threading.excepthook = hook
        logging.captureWarnings(capture=False)
        root.removeHandler(handler)


def _of_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None:
        found: ExcInfo = (told.exc_type, told.exc_value, told.exc_traceback)
        logging.getLogger(__name__).error("uncaught in a thread", exc_info=found)
