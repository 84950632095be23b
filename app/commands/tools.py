"""Commands that open a segment tool."""

from functools import partial
from typing import Final

from app.commands.command import Command, Context, can_edit
from app.parts.rail import Step
from app.tool_faces import FACES, Face


def _open(name: str, context: Context) -> None:
    context.shell.show_step(Step.SEGMENT)
    if context.tooling.name == name:
        context.tooling.close()
    else:
        context.tooling.open(name)


def _is_open(name: str, context: Context) -> bool:
    return context.tooling.name == name


def _tool(face: Face) -> Command:
    run, is_on = partial(_open, face.name), partial(_is_open, face.name)
    name = f"open_{face.name}"
    return Command(name, face.title, "Tools", run, can_edit, face.key, face.sign, is_on)


def _can_apply(context: Context) -> bool:
    return bool(context.tooling.name) and context.tooling.trial is not None


def _apply(context: Context) -> None:
    context.tooling.apply()


COMMANDS: Final = (
    *map(_tool, FACES),
    Command("apply_tool", "Apply the open tool", "Tools", _apply, _can_apply, "Ctrl+Return"),
)
