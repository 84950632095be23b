"""Commands that open and close cases and go through their steps."""

from dataclasses import replace
from functools import partial
from typing import Final

from app.commands.command import Command, Context, has_case
from app.copying import save_copy
from app.opening import STALE
from app.parts.rail import Step


def _open(what: str, context: Context) -> None:
    path = context.shell.ask(what)
    if path is None:
        return
    desk = context.desk
    desk.keep(replace(desk.settings, open_folder=str(path.parent)))
    context.shell.show_step(Step.OPEN)
    context.opening.open_path(path)


def _is_free(context: Context) -> bool:
    return not context.opening.is_busy


def _undo(context: Context) -> None:
    context.desk.undo()


def _redo(context: Context) -> None:
    context.desk.redo()


def _can_undo(context: Context) -> bool:
    history = context.desk.history
    return context.desk.can_edit and history is not None and history.undo_title is not None


def _can_redo(context: Context) -> bool:
    history = context.desk.history
    return context.desk.can_edit and history is not None and history.redo_title is not None


def _has_file(context: Context) -> bool:
    return context.desk.file is not None


def _save_copy(context: Context) -> None:
    target = context.shell.ask("copy")
    if target is not None:
        save_copy(context.desk, target)


def _is_left(context: Context) -> bool:
    """Return whether the case is held by a machine that was not heard of for a while."""
    file = context.desk.file
    refusal = None if file is None else file.refusal
    return refusal is not None and refusal.code == STALE and _is_free(context)


def _take_over(context: Context) -> None:
    file = context.desk.file
    if file is not None:
        context.opening.open_case(file.path, take_over=True)


def _has_recovered(context: Context) -> bool:
    return context.desk.recovered_n > 0


def _accept_recovered(context: Context) -> None:
    context.desk.recovered_n = 0


def _close(context: Context) -> None:
    context.tooling.close()
    context.desk.clear()
    context.shell.show_step(Step.OPEN)


COMMANDS: Final = (
    Command("open_folder", "Open a folder", "Case", partial(_open, "folder"), _is_free,
            "Ctrl+O", "open"),
    Command("open_file", "Open a file", "Case", partial(_open, "file"), _is_free,
            "Ctrl+Shift+O", "import"),
    Command("save_copy", "Save a copy", "Case", _save_copy, _has_file, "Ctrl+Shift+S", "package"),
    Command("take_over", "Take it over", "Case", _take_over, _is_left),
    Command("accept_recovered", "Fine", "Case", _accept_recovered, _has_recovered),
    Command("close_case", "Close the case", "Case", _close, has_case, "Ctrl+W"),
    Command("undo", "Undo", "Case", _undo, _can_undo, "Ctrl+Z", "undo"),
    Command("redo", "Redo", "Case", _redo, _can_redo, "Ctrl+Shift+Z", "redo"),
)  # fmt: skip
