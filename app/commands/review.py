"""Commands of the review, the seal and the hand-over."""

from typing import Final

from app.commands.command import Command

COMMANDS: Final[tuple[Command, ...]] = ()
