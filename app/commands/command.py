"""What a person can do: one record per command; bars, keys and the key sheet are made from it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.desk import Desk
from app.importing import Importing
from app.opening import Opening
from app.parts.rail import Step
from app.placing import Placing
from app.reviewing import Reviewing
from app.sending import Sending
from app.stage import Stage
from app.tooling import Tooling
from planning.case.edits import Edit


class Shell(Protocol):
    """What commands may ask of the window itself."""

    @property
    def step(self) -> Step:
        """The step that is shown."""

    def show_step(self, step: Step) -> None:
        """Show a step."""

    def ask(self, what: str) -> Path | None:
        """Let a person choose a `folder`, `file`, `segments`, the place of `picture` or `copy`."""

    def show_sheet(self, name: str) -> None:
        """Show `settings`, `keys` or `about`."""

    def focus_next(self) -> None:
        """Move the focus to the next part of the window."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works with."""

    desk: Desk
    stage: Stage
    opening: Opening
    tooling: Tooling
    placing: Placing
    reviewing: Reviewing
    sending: Sending
    importing: Importing
    shell: Shell


def always(_context: Context) -> bool:
    """Say that a command works on an empty desk too."""
    return True


def has_case(context: Context) -> bool:
    """Return whether a case is open."""
    return context.desk.case is not None


def can_edit(context: Context) -> bool:
    """Return whether a case is open and may be changed."""
    return context.desk.can_edit


def has_segment(context: Context) -> bool:
    """Return whether a segment is chosen that may be changed."""
    return context.desk.can_edit and context.desk.segment is not None


def has_item(context: Context) -> bool:
    """Return whether the Plan step is shown and an item is chosen there."""
    return context.shell.step is Step.PLAN and context.placing.item is not None


def can_edit_item(context: Context) -> bool:
    """Return whether an item is chosen that may be changed, and no hand holds it."""
    return has_item(context) and context.desk.can_edit and not context.placing.dragging.is_on


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    `title` is English and the catalogue's msgid; of commands that share a `shortcut` the first that
    is enabled runs, so at most one of them may be at a time; `is_on` says whether the command's
    state holds (a chosen layout); `group` orders the key sheet.
    """

    id: str
    title: str
    group: str
    run: Callable[[Context], Edit | None]
    enabled: Callable[[Context], bool] = always
    shortcut: str = ""
    sign: str = ""
    is_on: Callable[[Context], bool] | None = None
