"""Every command of the window, in one tuple. A command asks and returns edits; it draws nothing."""

from typing import Final

from app.commands import case, plan, review, segments, tools, views, window
from app.commands.command import Command, Context

__all__ = ["COMMANDS", "Command", "Context", "command_named"]

COMMANDS: Final[tuple[Command, ...]] = (
    *case.COMMANDS,
    *segments.COMMANDS,
    *tools.COMMANDS,
    *plan.COMMANDS,
    *review.COMMANDS,
    *views.COMMANDS,
    *window.COMMANDS,
)


def command_named(name: str) -> Command:
    """Return the command with this id; KeyError when there is none."""
    for command in COMMANDS:
        if command.id == name:
            return command
    raise KeyError(name)
