"""A markups file of 3D Slicer, held member by member against an item of the plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from planning.exchange.verify.papers import Paper
from planning.exchange.verify.strict_json import read_object
from planning.exchange.verify.verdict import Fault

SCHEMA_END: Final = "/markups-schema-v1.0.3.json#"
MEMBERS: Final = frozenset(
    {"type", "name", "coordinateSystem", "coordinateUnits", "locked", "fixedNumberOfControlPoints",
     "controlPoints", "tasrif"}
)  # fmt: skip
PLANE_MEMBERS: Final = frozenset(
    {"planeType", "sizeMode", "size", "planeBounds", "center", "normal", "orientation",
     "baseToNode"}
)  # fmt: skip
POINT_MEMBERS: Final = frozenset({"id", "label", "description", "locked", "positionStatus"})
ORTHONORMAL: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Point:
    """A control point that must be there: its label, what holds its place, and its item's kind."""

    label: str
    holds: Callable[[object], bool]
    is_there: bool
    kind: str


def same(meant: object) -> Callable[[object], bool]:
    """Return what says whether a place is exactly the plan's."""

    def is_same(found: object) -> bool:
        return found == meant

    return is_same


def held_markup(
    path: str,
    meant: tuple[str, str, Mapping[str, Any]],
    points: Sequence[Point],
    plane: Paper | None,
    body: bytes,
) -> None:
    """Hold a file against its type, its name, what it says of the plan, and its points."""
    read: Any = read_object(body, path)
    markups = read.get("markups")
    if set(read) != {"@schema", "markups"} or not str(read["@schema"]).endswith(SCHEMA_END):
        raise differs(path, "@schema")
    if not isinstance(markups, list) or len(markups) != 1 or not isinstance(markups[0], dict):
        raise differs(path, "markups")
    markup = markups[0]
    if set(markup) != MEMBERS | (PLANE_MEMBERS if plane is not None else frozenset()):
        raise differs(path, "members")
    kind, name, said = meant
    wanted = {"type": kind, "name": name, "coordinateSystem": "LPS", "coordinateUnits": "mm",
              "tasrif": said}  # fmt: skip
    for key, value in wanted.items():
        if markup[key] != value:
            raise differs(path, key)
    found = markup["controlPoints"]
    if not isinstance(found, list) or len(found) != len(points):
        raise differs(path, "controlPoints")
    for n, (point, one) in enumerate(zip(points, found, strict=True), start=1):
        _hold_point(path, n, point, one, has_axes=plane is not None)
    if plane is not None:
        _hold_plane(path, plane, markup)


def _hold_point(path: str, n: int, meant: Point, found: object, *, has_axes: bool) -> None:
    members = POINT_MEMBERS | ({"position"} if meant.is_there else set())
    members |= {"orientation"} if has_axes else set()
    if not isinstance(found, dict) or set(found) != members:
        raise differs(path, f"controlPoints/{n}")
    status = "defined" if meant.is_there else "undefined"
    stated = found["id"], found["label"], found["description"], found["positionStatus"]
    if stated != (str(n), meant.label, meant.kind, status):
        raise differs(path, f"controlPoints/{n}")
    if meant.is_there and not (is_vector(found["position"], 3) and meant.holds(found["position"])):
        raise differs(path, f"controlPoints/{n}/position")


def _hold_plane(path: str, plane: Paper, markup: Paper) -> None:
    """Hold a plane's frame: its third axis the plan's normal, its origin the plan's point."""
    point, normal = plane["point_lps_mm"], plane["normal_lps"]
    words = markup["planeType"], markup["sizeMode"], markup["center"], markup["normal"]
    if words != ("pointNormal", "absolute", point, normal):
        raise differs(path, "normal")
    sizes = (("size", 3), ("planeBounds", 4), ("orientation", 9), ("baseToNode", 16))
    if not all(is_vector(markup[key], n) for key, n in sizes):
        raise differs(path, "baseToNode")
    base = np.array(markup["baseToNode"], np.float64).reshape(4, 4)
    axes = np.array(markup["orientation"], np.float64).reshape(3, 3)
    is_frame = (
        base[:3, 3].tolist() == point
        and base[3].tolist() == [0.0, 0.0, 0.0, 1.0]
        and axes[:, 2].tolist() == normal
        and np.array_equal(base[:3, :3], axes)
        and markup["controlPoints"][0]["orientation"] == markup["orientation"]
        and np.abs(axes.T @ axes - np.eye(3)).max() <= ORTHONORMAL
        and np.linalg.det(axes) > 0.0
    )
    if not is_frame:
        raise differs(path, "baseToNode")


def is_vector(found: object, n: int) -> bool:
    """Return whether something read from JSON is a list of `n` numbers."""
    return (
        isinstance(found, list)
        and len(found) == n
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in found)
    )


def differs(path: str, what: str) -> Fault:
    """Return the fault of a file that does not say what the plan says."""
    return Fault("verify-nav-differs", path=path, what=what)
