"""Commands on the chosen segment: make, show, move, mark, colour, delete. Each is one edit."""

from functools import partial
from typing import Final

from app.commands.command import Command, Context, can_edit, has_segment
from app.finding_anatomy import find_anatomy
from app.parts.rail import Step
from app.segments import new_segment
from planning.case.case import Status
from planning.case.edits import (
    AddSegment,
    Edit,
    LockSegment,
    RemoveSegment,
    ReorderSegments,
    SetSegmentLook,
    SetSegmentStatus,
)
from viewers.palette import SEGMENTS

COLOUR_NAMES: Final = ("Ivory", "Cyan", "Gold", "Green", "Vermilion", "Pink", "Blue", "Lemon")
OPACITIES: Final = (100, 75, 50, 25)
UP: Final = -1
DOWN: Final = 1


def _is_at_hand(context: Context) -> bool:
    """Say no while the plan is worked on: the same keys then mean its items."""
    return has_segment(context) and context.shell.step is not Step.PLAN


def _new(context: Context) -> Edit | None:
    case = context.desk.case
    return None if case is None else AddSegment(new_segment(case))


def _import(context: Context) -> None:
    path = context.shell.ask("segments")
    if path is not None:
        context.shell.show_step(Step.SEGMENT)
        context.importing.start(path)


def _find_anatomy(context: Context) -> None:
    context.shell.show_step(Step.SEGMENT)
    find_anatomy(context.desk)


def _delete(context: Context) -> Edit | None:
    segment = context.desk.segment
    return None if segment is None else RemoveSegment(segment.id)


def _show(context: Context) -> Edit | None:
    segment = context.desk.segment
    if segment is None:
        return None
    return SetSegmentLook(segment.id, is_visible=not segment.is_visible)


def _move(by: int, context: Context) -> Edit | None:
    case, chosen = context.desk.case, context.desk.selected
    if case is None or chosen is None:
        return None
    order = [segment.id for segment in case.segments]
    start = order.index(chosen)
    order.insert(start + by, order.pop(start))
    return ReorderSegments(tuple(order))


def _can_move(by: int, context: Context) -> bool:
    case, segment = context.desk.case, context.desk.segment
    if case is None or segment is None or not context.desk.can_edit:
        return False
    return 0 <= case.segments.index(segment) + by < len(case.segments)


def _paint(colour: str, context: Context) -> Edit | None:
    segment = context.desk.segment
    return None if segment is None else SetSegmentLook(segment.id, colour=colour)


def _has_colour(colour: str, context: Context) -> bool:
    segment = context.desk.segment
    return segment is not None and segment.colour.lower() == colour.lower()


def _colour(name: str, colour: str) -> Command:
    run, is_on = partial(_paint, colour), partial(_has_colour, colour)
    return Command(f"colour_{name.lower()}", name, "Segments", run, has_segment, "", "surface",
                   is_on)  # fmt: skip


def _fade(opacity_ratio: float, context: Context) -> Edit | None:
    segment = context.desk.segment
    return None if segment is None else SetSegmentLook(segment.id, opacity_ratio=opacity_ratio)


def _has_opacity(opacity_ratio: float, context: Context) -> bool:
    segment = context.desk.segment
    return segment is not None and abs(segment.opacity_ratio - opacity_ratio) < 0.005


def _opacity(percent: int) -> Command:
    run, is_on = partial(_fade, percent / 100), partial(_has_opacity, percent / 100)
    title = f"{percent} %"
    return Command(f"opacity_{percent}", title, "Segments", run, has_segment, is_on=is_on)


def _note(status: Status, context: Context) -> Edit | None:
    segment = context.desk.segment
    return None if segment is None else SetSegmentStatus(segment.id, status)


def _has_status(status: Status, context: Context) -> bool:
    segment = context.desk.segment
    return segment is not None and segment.status is status


def _status(status: Status, title: str) -> Command:
    run, is_on = partial(_note, status), partial(_has_status, status)
    name = f"status_{status.name.lower()}"
    return Command(name, title, "Segments", run, has_segment, is_on=is_on)


def _lock(context: Context) -> Edit | None:
    segment = context.desk.segment
    return None if segment is None else LockSegment(segment.id, not segment.is_locked)


def _is_locked(context: Context) -> bool:
    segment = context.desk.segment
    return segment is not None and segment.is_locked


STATUSES: Final = (
    _status(Status.TO_DO, "Mark as to do"),
    _status(Status.DONE, "Mark as done"),
    _status(Status.REVIEWED, "Mark as reviewed"),
)
LOCK: Final = Command(
    "lock_segment", "Lock or unlock the segment", "Segments", _lock, has_segment, "", "lock",
    _is_locked,
)  # fmt: skip
COLOURS: Final = tuple(map(_colour, COLOUR_NAMES, SEGMENTS))
FADES: Final = tuple(map(_opacity, OPACITIES))
MOVE_UP: Final = Command(
    "move_segment_up", "Move up", "Segments", partial(_move, UP), partial(_can_move, UP)
)
MOVE_DOWN: Final = Command(
    "move_segment_down", "Move down", "Segments", partial(_move, DOWN), partial(_can_move, DOWN)
)
HIDE: Final = Command(
    "hide_segment", "Show or hide the segment", "Segments", _show, _is_at_hand, "H", "eye"
)
DELETE: Final = Command(
    "delete_segment", "Delete the segment", "Segments", _delete, _is_at_hand, "Del", "trash"
)
COMMANDS: Final = (
    Command("new_segment", "New segment", "Segments", _new, can_edit, "Ctrl+N", "plus"),
    Command("find_anatomy", "Find anatomy", "Segments", _find_anatomy, can_edit, sign="view-3d"),
    Command("import_segments", "Import segments", "Segments", _import, can_edit, sign="open"),
    HIDE,
    DELETE,
    MOVE_UP,
    MOVE_DOWN,
    *STATUSES,
    LOCK,
    *COLOURS,
    *FADES,
)
