"""`tasrif plan`: the items of a case's plan, listed or applied from a JSON file."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from app.console.case_info import add_case
from app.console.command import Answer, Command
from app.language import translate
from planning.case.case import Case
from planning.case.edits import AddItem, ReplaceItem
from planning.case.file import open_case
from planning.case.history import History
from planning.model.item import Item
from planning.model.written import BYTES_MAX, Known, read_items, written
from segmentation.errors import Refusal
from segmentation.progress import Progress

TITLE = "Apply plan items"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_case(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--apply", type=Path, metavar="FILE", help="add or replace items, from JSON")
    what.add_argument("--list", action="store_true", help="list the items, as --apply reads them")


def run(options: Namespace, progress: Progress) -> Answer:
    """List the items, or apply those of a file as one step."""
    if options.list:
        with open_case(options.case, read_only=True) as file:
            return listing(file.case)
    if not options.apply.is_file():
        raise Refusal("path-missing", path=options.apply.name)
    with options.apply.open("rb") as source:
        body = source.read(BYTES_MAX + 1)
    with open_case(options.case) as file:
        history = History(file)
        items = read_items(body, options.apply.name, known(history.case))
        applied = apply(history, items)
        history.flush()
        listed = listing(history.case)
        ids = [item.id for item in applied]
        return Answer({"case": str(options.case), "applied": ids, **listed.fields}, listed.words)


def known(case: Case) -> Known:
    """Return what the items of a file may refer to."""
    segments = {segment.name: segment.id for segment in case.segments}
    return Known(case.volume.grid.frame_uid, segments)


def apply(history: History, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Add each item, or put it in the place of the one with its id or its name; all or nothing."""
    applied: list[Item] = []
    with history.gesture(TITLE):
        for item in items:
            plan = history.case.plan
            is_there = any(one.id == item.id for one in plan.items)
            namesake = plan.named(item.name)
            if not is_there and type(namesake) is type(item):
                assert namesake is not None
                applied.append(replace(item, id=namesake.id))
                is_there = True
            else:
                applied.append(item)
            history.do(ReplaceItem(applied[-1]) if is_there else AddItem(applied[-1]))
    return tuple(applied)


def listing(case: Case) -> Answer:
    """Return the plan's items, exactly as `--apply` reads them."""
    lines = tuple(f"{item.name}: {translate(item.title)}" for item in case.plan.items)
    return Answer(written(case.plan.items, known(case)), lines)


COMMAND = Command("plan", "list the items of the plan, or apply some from JSON", add_arguments, run)
