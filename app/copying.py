"""A copy of the open case: written beside the window, then read back, then named."""

from pathlib import Path

from app.desk import Desk, new_path
from app.language import translate as _
from app.tasks import Task
from planning.case.file import CaseFile
from segmentation.progress import Progress

KEY = "copying"


def offered_path(file: CaseFile) -> Path:
    """Return a free place for the copy, beside the case."""
    return new_path(file.path.parent, f"{file.path.stem}-{_('copy')}")


def save_copy(desk: Desk, target: Path) -> None:
    """Write the open case with all its steps to `target`; what came of it is said in the panel.

    A person was asked before a file is replaced; the open case itself and one that another holds
    open are never replaced (`CaseFile.save_copy` sees to that).
    """
    file = desk.file
    if file is None:
        return
    was_there = target.exists()

    def work(_progress: Progress) -> Path:
        file.save_copy(target, force=was_there)
        return target

    def done(path: Path) -> None:
        desk.say(_("Copy saved as {name}.").format(name=path.name), "ok")

    def take_back(path: Path) -> None:
        if not was_there:
            path.unlink(missing_ok=True)

    desk.bridge.say(None)
    task = Task(_("Saving the copy"), work, key=KEY, discard=take_back)
    desk.tasks.run(task, done, desk.fail)
