"""What the Plan step says: kinds, guide sentences, numbers and verdicts in words."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from app import figures
from app.language import remedy, sentence
from app.language import translate as _
from app.numbers import CLEARANCE, Number
from app.parts.basic import isolated
from app.theme import LIGHT, current
from planning.case.case import Case
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone

KINDS: Final = (
    Trajectory.kind,
    NoGoZone.kind,
    CutPlane.kind,
    Landmark.kind,
    Distance.kind,
    Angle.kind,
)
SIGNS: Final[Mapping[str, str]] = {
    Landmark.kind: "landmark",
    Distance.kind: "distance",
    Angle.kind: "angle",
    Trajectory.kind: "trajectory",
    CutPlane.kind: "cut-plane",
    NoGoZone.kind: "no-go-zone",
}
WIRE: Final = ("#FFC83D", "#B07A00")  # on the dark panel, on the light one
PLANE: Final = ("#7C9FFF", "#2B53C8")
MEAN: Final = "path_hu_mean"
BONE_MARGIN: Final = "bone_margin"
# What is looked at first stands first; the mean HU stands over its curve.
ORDER: Final = ("trajectory_length", CLEARANCE, BONE_MARGIN)


def tile_words(kind: str) -> str:
    """Return the short word of a kind, for its tile."""
    words = {
        Landmark.kind: _("Landmark"),
        Distance.kind: _("Distance"),
        Angle.kind: _("Angle"),
        Trajectory.kind: _("Trajectory"),
        CutPlane.kind: _("Cut"),
        NoGoZone.kind: _("No-go"),
    }
    return words[kind]


def kind_words(kind: str) -> str:
    """Return the whole name of a kind."""
    words = {CutPlane.kind: _("Cut plane"), NoGoZone.kind: _("No-go zone")}
    return words.get(kind) or tile_words(kind)


def item_tone(kind: str) -> str:
    """Return the colour of a kind's sign, as it can be seen on the panel of this theme."""
    is_light = current().name == LIGHT.name
    tones = {
        Trajectory.kind: WIRE[is_light],
        CutPlane.kind: PLANE[is_light],
        NoGoZone.kind: "block",
    }
    return tones.get(kind, "soft")


def tone_of(item: Item) -> str:
    """Return the colour of an item's sign: a zone that warns has the tone of warnings."""
    is_warning = isinstance(item, NoGoZone) and not item.is_forbidden
    return "warn" if is_warning else item_tone(item.kind)


def next_act(kind: str, points_n: int) -> str:
    """Return the sentence that says what to click next."""
    acts = {
        Landmark.kind: (_("Click the landmark in any slice."),),
        Distance.kind: (_("Click the first point in any slice."), _("Click the second point.")),
        Angle.kind: (
            _("Click the end of the first leg in any slice."),
            _("Click the apex of the angle."),
            _("Click the end of the second leg."),
        ),
        Trajectory.kind: (_("Click the entry point in any slice."), _("Click the target.")),
        CutPlane.kind: (
            _("Click where the cut begins in any slice."),
            _("Click where the cut ends in the same slice."),
        ),
    }
    return acts[kind][points_n] if kind in acts else ""


def drag_words(item: Item | None) -> str:
    """Return the guide sentence while nothing is being placed."""
    if item is None:
        return _("Choose what to plan, then click it in a slice.")
    if isinstance(item, NoGoZone) and item.is_forbidden:
        return _("Set the margin that no tool may enter.")
    if isinstance(item, NoGoZone):
        return _("Set the margin that tools enter slowly and with a word.")
    if isinstance(item, CutPlane):
        return _("Drag the cut or the tip of its arrow in any view. All numbers follow.")
    if isinstance(item, Landmark):
        return _("Drag the point in any view.")
    return _("Drag the ends of {name} in any view. All numbers follow.").format(
        name=isolated(item.name)
    )


def number_title(number: Number, case: Case) -> str:
    """Return the name of a number; a distance to a zone is called by the zone."""
    if number.measure == CLEARANCE:
        names = {str(item.id): item.name for item in case.plan.items}
        return _("To {name}").format(name=isolated(names.get(number.other, "")))
    short = {
        BONE_MARGIN: _("Thinnest wall"),
        "angle_to_left_right_axis": _("To the left-right axis"),
        "angle_to_front_back_axis": _("To the front-back axis"),
        "angle_to_head_foot_axis": _("To the head-foot axis"),
        "path_hu_minimum": _("Lowest HU"),
    }
    return short.get(number.measure) or _(number.title)


def ordered(numbers: tuple[Number, ...]) -> tuple[Number, ...]:
    """Return the numbers in the order of the panel."""

    def place(number: Number) -> int:
        return ORDER.index(number.measure) if number.measure in ORDER else len(ORDER)

    return tuple(sorted((n for n in numbers if n.measure != MEAN), key=place))


def limit_words(number: Number) -> str:
    """Return the line under a number that has a limit: the limit and the stated error."""
    if number.held is None:
        return ""
    least = figures.decimal(float(number.held.least), number.decimals)
    words = f"{number.held.sign} {least} {number.unit}"
    if number.uncertainty_mm is None or number.is_mask_only:
        return words
    return f"{words}  ({error_words(number)})"


def error_words(number: Number) -> str:
    """Return the stated error of a number, empty where there is none."""
    if number.uncertainty_mm is None:
        return ""
    return f"± {figures.decimal(float(number.uncertainty_mm), 2)} mm"


def definition_words(number: Number) -> str:
    """Return what a number is, or why there is none."""
    if number.code:
        why = sentence(number.code, number.values)
        return f"{why} {remedy(number.code, number.values)}".strip()
    parts = [_(number.definition)]
    if number.uncertainty_mm is not None:
        parts.append(_("Stated error {error}.").format(error=isolated(error_words(number))))
    if number.is_mask_only:
        parts.append(_("The surface is a mask's: the error is taken off already."))
    version = _("Version {n}. Source: {source}.")
    parts.append(version.format(n=number.version, source=isolated(number.source.rstrip("."))))
    return " ".join(parts)


def verdict_words(item: Item, number: Number, case: Case) -> str:
    """Return the message for a number that is beyond its limit, or may be for its error."""
    what, is_near = isolated(item.name), is_only_near(number)
    if number.measure == CLEARANCE:
        names = {str(one.id): one.name for one in case.plan.items}
        words = (
            _("With its error, {item} may be closer to {other} than its limit.")
            if is_near
            else _("{item} is closer to {other} than its limit.")
        )
        return words.format(item=what, other=isolated(names.get(number.other, "")))
    if number.measure == BONE_MARGIN:
        if number.shown is not None and number.shown < 0:
            return _("{item} leaves its segment.").format(item=what)
        if is_near:
            words = _("With its error, the wall around {item} may be thinner than its limit.")
            return words.format(item=what)
        return _("The wall around {item} is thinner than its limit.").format(item=what)
    return _("{item} is beyond a limit.").format(item=what)


def is_only_near(number: Number) -> bool:
    """Return whether the shown number keeps its limit, which its error alone passes."""
    held = number.held
    if held is None or number.shown is None:
        return False
    return number.shown >= held.least if held.sign == "≥" else number.shown <= held.least


def place_rows(item: Item) -> list[tuple[str, str]]:
    """Return the exact coordinates of an item's points: what each is called, where it lies."""
    titles = {
        "entry_lps_mm": _("Entry"),
        "target_lps_mm": _("Target"),
        "start_lps_mm": _("Start"),
        "end_lps_mm": _("End"),
        "first_lps_mm": _("First leg"),
        "apex_lps_mm": _("Apex"),
        "second_lps_mm": _("Second leg"),
        "point_lps_mm": _("Point"),
    }
    return [
        (titles[name], figures.place(np.array(place)))
        for name, place in zip(item.points, item.places_lps_mm, strict=True)
    ]
