"""The child process of `test_soak.py`: the real window, off screen, working for a given time.

`soak SECONDS FOLDER SERIES`: round after round it opens a case or imports the series, runs a tool,
undoes and redoes, draws all views, saves a package and closes. After each round it tells, as one
line of JSON, its anonymous memory, what is allocated in it, descriptors, threads and VTK objects.
"""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["VTK_DEFAULT_OPENGL_WINDOW"] = "vtkEGLRenderWindow"

import ctypes
import gc
import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop
from vtkmodules.vtkCommonCore import vtkObjectBase

from app.desk import Desk
from app.main_window import MainWindow
from app.parts.rail import Step
from app.settings import Settings
from app.start import application, make_views
from planning.case.case import Side
from planning.case.file import create
from tests.app.planned import planned_case

WAIT_S = 300.0


def until(holds: Callable[[], object], what: str) -> None:
    """Let Qt work until `holds`."""
    end = time.monotonic() + WAIT_S
    while not holds():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        # What `exec` does for a person at each turn: widgets that were let go of are deleted.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for {what}: {Worker.said}")


class _Mallinfo(ctypes.Structure):
    """What `mallinfo2` of glibc 2.33 and later answers, mallinfo(3)."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks",
            "uordblks", "fordblks", "keepcost",
        )
    )  # fmt: skip


def allocated_kib() -> float:
    """Return what all threads hold of the C library: small pieces and mapped ones, in KiB."""
    ask = ctypes.CDLL(None).mallinfo2
    ask.restype = _Mallinfo
    told = ask()
    return float((told.uordblks + told.hblkhd) / 1024)


def figures(round_n: int, began: float) -> dict[str, float]:
    """Return what this process holds: KiB that no other shares, descriptors, threads."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what the C library keeps for later is no leak
    # Not the private pages: a library's count as shared or not by what other programs run.
    rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()
    anonymous = next(line for line in rollup if line.startswith("Anonymous:"))
    return {
        "round": round_n,
        "s": time.monotonic() - began,
        "anonymous_kib": int(anonymous.split()[1]),
        "allocated_kib": allocated_kib(),
        "blocks": sys.getallocatedblocks(),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "objects": sum(isinstance(one, vtkObjectBase) for one in gc.get_objects()),
    }


class Worker:
    """One window and what a person does with it; `said` is what it said last."""

    said: ClassVar[str] = ""

    def __init__(self, window: MainWindow, folder: Path, series: Path) -> None:
        self.window, self.folder, self.series = window, folder, series
        self.desk = window.desk
        window.desk.bridge.said.connect(self.hear)

    def hear(self, message: object) -> None:
        """Keep what was said last, for the report of a failure."""
        Worker.said = str(message or Worker.said)

    def quiet(self) -> None:
        """Wait until nothing runs and everything is on the disk."""
        history = self.desk.history
        until(lambda: self.desk.tasks.is_idle, "the tasks to end")
        if history is not None:
            history.flush()

    def open(self, path: Path) -> None:
        self.window.open_path(path)
        until(lambda: self.desk.case is not None, "the case")
        self.quiet()

    def bring_in(self) -> None:
        """Import the series as a new case."""
        opening = self.window.opening
        self.window.open_path(self.series)
        until(lambda: opening.picked is not None, "the series")
        opening.declare(Side.LEFT)
        opening.aim(self.folder / "imported.tasrif", may_replace=True)
        opening.start()
        until(lambda: self.desk.case is not None, "the import")
        self.quiet()

    def segment(self) -> None:
        """Run tools on the chosen segment, take steps back and do them again."""
        run = self.window.dispatcher.run
        if self.desk.segment is None:
            run("new_segment")
        for tool, settings in (("threshold", {"lower_hu": 200.0}), ("margin", {"margin_mm": 1.0})):
            run(f"open_{tool}")
            self.window.tooling.set(**settings)
            until(lambda: not self.desk.tasks.running, "the preview")
            self.window.tooling.apply()
            self.quiet()
            self.window.tooling.close()
        for _ in range(2):
            run("undo")
        for _ in range(2):
            run("redo")
        self.quiet()

    def hand_over(self) -> None:
        """Save a package, verified, and take it away again."""
        sending, case = self.window.sending, self.desk.case
        sending.choose_folder(self.folder / "stick")
        # A case that was never DICOM can't go into a study.
        has_images = case is not None and case.source.images is not None
        every = frozenset(one.name for one in sending.destinations)
        sending.chosen = every if has_images else every - {"dicom"}
        sending.save("")
        until(lambda: not sending.is_busy, "the package")
        if sending.sent is None:
            raise SystemExit(f"nothing was handed over: {self.said}")
        assert any((self.folder / "stick").iterdir())
        for package in (self.folder / "stick").iterdir():
            shutil.rmtree(package)

    def go_round(self, round_n: int) -> None:
        """Do all of it once; every third round begins with a series."""
        if round_n % 3:
            self.open(self.folder / "case.tasrif")
        else:
            self.bring_in()
        self.segment()
        for step in (Step.PLAN, Step.CHECK, Step.HAND_OVER):
            self.window.show_step(step)
            self.quiet()
        self.hand_over()
        self.window.dispatcher.run("close_case")
        until(lambda: self.desk.case is None, "the desk to be empty")
        self.quiet()


def main() -> None:
    """Work for so many seconds, telling figures after each round."""
    seconds, folder, series = float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    (folder / "stick").mkdir()
    create(folder / "case.tasrif", planned_case()).close()
    settings = Settings(language="en", case_folder=str(folder))
    application(settings)
    window = MainWindow(Desk(settings), make_views)
    window.resize(1280, 800)
    window.show()
    worker, began, round_n = Worker(window, folder, series), time.monotonic(), 0
    while time.monotonic() - began < seconds:
        round_n += 1
        worker.go_round(round_n)
        sys.stdout.write(json.dumps(figures(round_n, began)) + "\n")
        sys.stdout.flush()
    window.close()


if __name__ == "__main__":
    main()
