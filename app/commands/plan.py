"""Commands of the Plan step."""

from typing import Final

from app.commands.command import Command

COMMANDS: Final[tuple[Command, ...]] = ()
