"""Commands of the review, the seal and the hand-over."""

from typing import Final

from app.commands.command import Command, Context, has_case
from app.language import translate as _
from app.parts.rail import Step
from planning.model.item import ItemId


def _check(context: Context) -> None:
    context.shell.show_step(Step.CHECK)
    context.reviewing.want()


def _take_to_finding(context: Context) -> None:
    finding, views = context.reviewing.chosen, context.stage.views
    if finding is None or views is None:
        return
    case = context.desk.case
    if case is not None and any(item.id == finding.item for item in case.plan.items):
        context.placing.choose(ItemId(finding.item))
    if finding.place_lps_mm is not None:
        views.show_finding(finding.place_lps_mm)


def _has_chosen(context: Context) -> bool:
    return context.reviewing.chosen is not None


def _whole_plan(context: Context) -> None:
    context.reviewing.choose(None)
    context.stage.reset()


def _seal(context: Context) -> None:
    context.shell.show_step(Step.CHECK)
    context.reviewing.seal_asked.emit()


def _can_seal(context: Context) -> bool:
    return context.reviewing.can_seal


def _withdraw(context: Context) -> None:
    context.shell.show_step(Step.CHECK)
    context.reviewing.withdraw_asked.emit()


def _can_withdraw(context: Context) -> bool:
    return bool(context.reviewing.sealing.withdrawable)


def _start_version(context: Context) -> None:
    desk = context.desk
    if desk.case is None:
        return
    sealed = desk.case.version
    desk.start_version()
    words = _("Version {next} begins with your first change. Until then it is sealed version {n}.")
    desk.say(words.format(next=sealed + 1, n=sealed))


def _is_closed_by_seal(context: Context) -> bool:
    file = context.desk.file
    return context.desk.is_closed_by_seal and not (file is not None and file.is_read_only)


COMMANDS: Final[tuple[Command, ...]] = (
    Command("check_plan", "Check the plan", "Plan", _check, has_case, "Ctrl+K", "check"),
    Command("take_to_finding", "Take me there", "Plan", _take_to_finding, _has_chosen, "",
            "target"),
    Command("whole_plan", "Back to the whole plan", "Plan", _whole_plan, has_case, "Shift+R",
            "layout-four"),
    Command("seal_plan", "Seal the plan", "Plan", _seal, _can_seal, "", "seal"),
    Command("new_version", "New version", "Plan", _start_version, _is_closed_by_seal, "",
            "report"),
    Command("withdraw_version", "Withdraw the sealed version", "Plan", _withdraw, _can_withdraw,
            "", "blocked"),
)  # fmt: skip
