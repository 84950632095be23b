"""Lengths, angles and volumes by formulas of the receiver's own: a second road to each number.

Written with plain floats and other identities than `planning.measures` uses.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from planning.exchange.verify.papers import Paper

Point = Sequence[float]


def _apart(start: Point, end: Point) -> list[float]:
    return [b - a for a, b in zip(start, end, strict=True)]


def _angle_deg(first: Point, second: Point) -> float:
    """Return the angle of two directions by sine and cosine, 0 to 180 degrees."""
    (a, b, c), (x, y, z) = first, second
    sine = math.hypot(b * z - c * y, c * x - a * z, a * y - b * x)
    return math.degrees(math.atan2(sine, a * x + b * y + c * z))


def _distance(item: Paper) -> float:
    return math.dist(item["start_lps_mm"], item["end_lps_mm"])


def _angle(item: Paper) -> float:
    apex = item["apex_lps_mm"]
    return _angle_deg(_apart(apex, item["first_lps_mm"]), _apart(apex, item["second_lps_mm"]))


def _length(item: Paper) -> float:
    return math.dist(item["entry_lps_mm"], item["target_lps_mm"])


def _to_axis(axis: int) -> Callable[[Paper], float]:
    def to_axis(item: Paper) -> float:
        along = _apart(item["entry_lps_mm"], item["target_lps_mm"])
        return math.degrees(math.acos(min(abs(along[axis]) / math.hypot(*along), 1.0)))

    return to_axis


OF_ITEMS: Final[Mapping[str, Callable[[Paper], float]]] = {
    "distance": _distance,
    "angle": _angle,
    "trajectory_length": _length,
    "angle_to_left_right_axis": _to_axis(0),
    "angle_to_front_back_axis": _to_axis(1),
    "angle_to_head_foot_axis": _to_axis(2),
}


def second_road(plan: Paper) -> Mapping[tuple[str, str], float]:
    """Return what these formulas give, by name of the measure and id of what is measured."""
    numbers: dict[tuple[str, str], float] = {}
    for item in plan["items"]:
        for stated in plan["measures"]:
            if stated["item"] == item["id"] and stated["name"] in OF_ITEMS:
                numbers[stated["name"], item["id"]] = OF_ITEMS[stated["name"]](item)
    dk, dj, di = plan["volume"]["spacing_kji_mm"]
    for segment in plan["segments"]:
        numbers["segment_volume", segment["id"]] = segment["voxels"] * dk * dj * di / 1000.0
    return numbers
