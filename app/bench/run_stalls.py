"""Run as a script, off screen: a CT is opened and looked at; says how long the window was deaf."""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEventLoop, QTimer

from app.desk import Desk
from app.heartbeat import Heartbeat
from app.main_window import MainWindow
from app.parts.rail import Step
from app.settings import Settings
from app.start import application, make_views
from app.tasks import Task
from app.warm import warm_up
from planning.case.case import Side

STEPS = (Step.SEGMENT, Step.PLAN, Step.CHECK)
LOOK_MS = 200


def main(folder: Path, home: Path) -> None:
    """Open the folder's first series as a person would, and go through the steps."""
    settings = Settings(language="en")
    application(settings, "en")
    desk = Desk(settings)
    window = MainWindow(desk, make_views)
    window.show()
    desk.tasks.run(Task("", warm_up, is_quiet=True), lambda _done: None, desk.fail)
    until(lambda: desk.tasks.is_idle)
    heart = Heartbeat(window)
    heart.start()
    window.open_path(folder)
    until(lambda: window.opening.picked is not None)
    window.opening.declare(Side.LEFT)
    window.opening.aim(home / "case.tasrif", may_replace=True)
    window.opening.start()
    until(lambda: desk.case is not None and desk.tasks.is_idle)
    for step in STEPS:
        window.show_step(step)
        until(lambda: desk.tasks.is_idle)
    heart.stop()
    sys.stdout.write(json.dumps(heart.summary()))
    sys.stdout.flush()
    window.close()


def until(is_so: Callable[[], bool]) -> None:
    """Let the window live until something is so, and a while longer."""
    pause(LOOK_MS)
    while not is_so():
        pause(LOOK_MS)
    pause(LOOK_MS)


def pause(for_ms: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(for_ms, loop.quit)
    loop.exec()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as empty:
        main(Path(sys.argv[1]), Path(empty))
