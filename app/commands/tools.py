"""Commands that open a segment tool."""

from functools import partial
from typing import Final

from app.commands.command import Command, Context, can_edit
from app.parts.rail import Step


def _open(name: str, context: Context) -> None:
    context.shell.show_step(Step.SEGMENT)
    if context.tooling.name == name:
        context.tooling.close()
    else:
        context.tooling.open(name)


def _is_open(name: str, context: Context) -> bool:
    return context.tooling.name == name


def _tool(name: str, title: str, key: str = "", sign: str = "") -> Command:
    run, is_on = partial(_open, name), partial(_is_open, name)
    return Command(f"open_{name}", title, "Tools", run, can_edit, key, sign or name, is_on)


def _can_apply(context: Context) -> bool:
    return bool(context.tooling.name) and context.tooling.trial is not None


def _apply(context: Context) -> None:
    context.tooling.apply()


COMMANDS: Final = (
    _tool("threshold", "Range", "T"),
    _tool("otsu", "Otsu range", sign="window-level"),
    _tool("local-threshold", "Thin bone by local threshold", sign="search"),
    _tool("hysteresis", "Parts with a dense core", sign="target"),
    _tool("metal", "Bone and metal", sign="implant"),
    _tool("paint", "Paint", "B"),
    _tool("erase", "Erase", "E"),
    _tool("grow", "Grow", "G"),
    _tool("islands", "Islands"),
    _tool("fill-holes", "Fill holes"),
    _tool("smooth", "Smooth"),
    _tool("margin", "Margin"),
    Command("apply_tool", "Apply the open tool", "Tools", _apply, _can_apply, "Ctrl+Return"),
)
