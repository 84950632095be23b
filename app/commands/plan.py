"""Commands of the Plan step: place an item, take it out, turn it, look along it."""

import uuid
from dataclasses import replace
from functools import partial
from typing import Final

from app.commands.command import Command, Context, can_edit, can_edit_item, has_item
from app.parts.rail import Step
from planning.case.edits import AddItem
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone

TITLES: Final = (
    (Landmark.kind, "Place a landmark", "landmark", "L"),
    (Distance.kind, "Place a distance", "distance", ""),
    (Angle.kind, "Place an angle", "angle", ""),
    (Trajectory.kind, "Place a trajectory", "trajectory", "K"),
    (CutPlane.kind, "Place a cut plane", "cut-plane", ""),
    (NoGoZone.kind, "Make a no-go zone", "no-go-zone", ""),
)


def _place(kind: str, context: Context) -> None:
    context.shell.show_step(Step.PLAN)
    clicking = context.placing.clicking
    if clicking.kind == kind:
        clicking.cancel()
    else:
        clicking.start(kind)


def _is_placing(kind: str, context: Context) -> bool:
    return context.placing.clicking.kind == kind


def _placing(kind: str, title: str, sign: str, key: str) -> Command:
    run, is_on = partial(_place, kind), partial(_is_placing, kind)
    return Command(f"plan_add_{kind}", title, "Plan", run, can_edit, key, sign, is_on)


def _delete(context: Context) -> None:
    context.placing.delete()


def _duplicate(context: Context) -> None:
    item = context.placing.item
    if item is None:
        return
    names = {one.name for one in context.placing.items}
    n = 2
    while f"{item.name} ({n})" in names:
        n += 1
    twin = replace(item, id=ItemId(uuid.uuid4().hex[:12]), name=f"{item.name} ({n})")
    if context.desk.do(AddItem(twin), f"Add {twin.name}"):
        context.placing.choose(twin.id)


def _hide(context: Context) -> None:
    item = context.placing.item
    if item is not None:
        context.placing.turn_eye(item.id)


def _has_hidden(context: Context) -> bool:
    return bool(context.placing.hidden)


def _show_all(context: Context) -> None:
    context.placing.show_all()


def _is_plane(context: Context) -> bool:
    return can_edit_item(context) and isinstance(context.placing.item, CutPlane)


def _flip(context: Context) -> None:
    item = context.placing.item
    if isinstance(item, CutPlane):
        x, y, z = item.normal_lps
        context.placing.replace(item, normal_lps=(-x, -y, -z), derived_from=())


def _look(context: Context) -> None:
    if context.placing.is_along:
        context.placing.look_straight()
    else:
        context.placing.look_along()


def _can_look(context: Context) -> bool:
    return has_item(context) and isinstance(context.placing.item, Trajectory)


def _is_along(context: Context) -> bool:
    return context.placing.is_along


PLACES: Final = tuple(_placing(*one) for one in TITLES)
DUPLICATE: Final = Command(
    "duplicate_item", "Duplicate the item", "Plan", _duplicate, can_edit_item, "Ctrl+D", "copy"
)
HIDE: Final = Command("hide_item", "Show or hide the item", "Plan", _hide, has_item, "H", "eye")
DELETE: Final = Command(
    "delete_item", "Delete the item", "Plan", _delete, can_edit_item, "Del", "trash"
)
FLIP: Final = Command("flip_plane", "Turn the cut round", "Plan", _flip, _is_plane)
ALONG: Final = Command(
    "view_along", "View along the path", "Plan", _look, _can_look, "V", "trajectory", _is_along
)
COMMANDS: Final[tuple[Command, ...]] = (
    *PLACES,
    DUPLICATE,
    HIDE,
    DELETE,
    FLIP,
    ALONG,
    Command("show_items", "Show all items", "Plan", _show_all, _has_hidden),
)
