"""What hands drew in the views becomes settings of the open tool, or an edit at once."""

import math
from typing import Final

from app.tooling import Tooling
from viewers.gestures.intents import (
    Intent,
    OutlineDrawn,
    SeedsPlaced,
    SeedTaken,
    StepTakenBack,
    StrokeFinished,
    WireClosed,
)

NORMAL: Final = "normal_lps"


def follow_drawing(tooling: Tooling, intent: Intent) -> bool:
    """Do what was drawn with the open tool; return whether the intent was of that kind."""
    match intent:
        case SeedsPlaced():
            _place(tooling, intent)
        case SeedTaken(lps_mm=place, reach_mm=reach):
            near = [p for p in tooling.points if math.dist(p, place) <= reach]
            if near:
                take_back(tooling, min(near, key=lambda p: math.dist(p, place)))
        case StepTakenBack():
            if tooling.points:
                points = tooling.settings[tooling.target] or tooling.points
                take_back(tooling, points[-1])
        case StrokeFinished(points_lps_mm=points, radius_mm=radius, normal_lps=normal):
            tooling.note_radius(radius)
            tooling.draw(points_lps_mm=points, radius_mm=radius, normal_lps=normal)
        case OutlineDrawn():
            _cut(tooling, intent)
        case WireClosed(points_lps_mm=points, normal_lps=normal):
            tooling.draw(points_lps_mm=points, normal_lps=normal)
        case _:
            return False
    return True


def _place(tooling: Tooling, placed: SeedsPlaced) -> None:
    """Add seeds; a tool that works in one direction of slices begins anew in another one."""
    settings = tooling.settings
    if NORMAL in settings and tuple(settings[NORMAL]) != placed.normal_lps:
        tooling.set(**{tooling.target: (), NORMAL: placed.normal_lps})
    tooling.place_seeds(placed.points_lps_mm)


def take_back(tooling: Tooling, point: tuple[float, float, float]) -> None:
    """Take one point of the open tool back."""
    for known in tooling.point_lists:
        points = list(tooling.settings[known.name])
        if point in points:
            points.reverse()  # of equal ones the last
            points.remove(point)
            tooling.set(**{known.name: tuple(reversed(points))})
            return


def _cut(tooling: Tooling, drawn: OutlineDrawn) -> None:
    """Cut along an outline; the 3D view has no slice, so there a cut of one goes through."""
    settings: dict[str, object] = {
        "outline_lps_mm": drawn.points_lps_mm,
        "along_lps": drawn.along_lps,
    }
    if not drawn.is_in_slice and tooling.settings.get("depth") == "slice":
        settings["depth"] = "through"
    tooling.draw(**settings)
