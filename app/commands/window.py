"""Commands of the window itself: steps, sheets, focus."""

from functools import partial
from typing import Final

from app.commands.command import Command, Context
from app.parts.rail import Step


def _show_step(step: Step, context: Context) -> None:
    context.shell.show_step(step)


def _show_sheet(name: str, context: Context) -> None:
    context.shell.show_sheet(name)


def _focus(context: Context) -> None:
    context.shell.focus_next()


def _escape(context: Context) -> None:
    if context.placing.dragging.drop() or context.placing.clicking.cancel():
        return
    if context.tooling.name:
        context.tooling.close()
    elif context.stage.state.tool != "crosshair":
        context.stage.set_hand("crosshair")
    else:
        context.desk.bridge.say(None)


def _step(n: int, step: Step, title: str) -> Command:
    return Command(f"step_{step}", title, "Window", partial(_show_step, step), shortcut=f"Alt+{n}")


COMMANDS: Final = (
    _step(1, Step.OPEN, "Open"),
    _step(2, Step.SEGMENT, "Segment"),
    _step(3, Step.PLAN, "Plan"),
    _step(4, Step.CHECK, "Check"),
    _step(5, Step.HAND_OVER, "Hand over"),
    Command(
        "settings",
        "Settings",
        "Window",
        partial(_show_sheet, "settings"),
        shortcut="Ctrl+,",
        sign="settings",
    ),
    Command(
        "keys", "Keys and help", "Window", partial(_show_sheet, "keys"), shortcut="F1", sign="help"
    ),
    Command("about", "About Tasrif", "Window", partial(_show_sheet, "about"), sign="info"),
    Command("focus_next", "Next part of the window", "Window", _focus, shortcut="F6"),
    Command("escape", "Put the tool away", "Window", _escape, shortcut="Esc"),
)
