"""Commands that open cases and change them."""

from dataclasses import replace
from functools import partial
from typing import Final

from app.commands.command import Command, Context, can_edit, has_case, has_segment
from app.parts.rail import Step
from app.segments import new_segment
from planning.case.edits import AddSegment, Edit, RemoveSegment, SetSegmentLook


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


def _new_segment(context: Context) -> Edit | None:
    case = context.desk.case
    return None if case is None else AddSegment(new_segment(case))


def _delete_segment(context: Context) -> Edit | None:
    segment = context.desk.segment
    return None if segment is None else RemoveSegment(segment.id)


def _show_segment(context: Context) -> Edit | None:
    segment = context.desk.segment
    if segment is None:
        return None
    return SetSegmentLook(segment.id, is_visible=not segment.is_visible)


def _close(context: Context) -> None:
    context.tooling.close()
    context.desk.clear()
    context.shell.show_step(Step.OPEN)


COMMANDS: Final = (
    Command("open_folder", "Open a folder", "Case", partial(_open, "folder"), _is_free,
            "Ctrl+O", "open"),
    Command("open_file", "Open a file", "Case", partial(_open, "file"), _is_free,
            "Ctrl+Shift+O", "import"),
    Command("close_case", "Close the case", "Case", _close, has_case, "Ctrl+W"),
    Command("undo", "Undo", "Case", _undo, _can_undo, "Ctrl+Z", "undo"),
    Command("redo", "Redo", "Case", _redo, _can_redo, "Ctrl+Shift+Z", "redo"),
    Command("new_segment", "New segment", "Segments", _new_segment, can_edit, "Ctrl+N", "plus"),
    Command("hide_segment", "Show or hide the segment", "Segments", _show_segment, has_segment,
            "H", "eye"),
    Command("delete_segment", "Delete the segment", "Segments", _delete_segment, has_segment,
            "Del", "trash"),
)  # fmt: skip
