"""Plan items as 3D Slicer's markups, schema 1.0.3: LPS, millimetres, decimals without loss.

Format: the Markups module's published JSON schema. A markup's `tasrif` member says what Slicer has
no place for; it lets unknown members be.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np

from planning.exchange.document import canonical
from planning.exchange.exporter import Written
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs, largest_mm, require_within
from planning.geometry.rigid import unit
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item, LpsPoint
from planning.model.trajectory import Trajectory

SCHEMA: Final = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/"
    "Schema/markups-schema-v1.0.3.json#"
)
DRAWN_MM: Final = 100.0
"""How large a cut plane is drawn; the plane itself has no border."""
TYPES: Final[Mapping[type[Item], str]] = {
    Distance: "Line",
    Trajectory: "Line",
    Angle: "Angle",
    CutPlane: "Plane",
}

Document = Mapping[str, Any]


def item_document(item: Item, marks: tuple[str, ...], about: Document) -> Document:
    """Return the markup of a distance, an angle, a trajectory or a cut plane.

    `marks` lead every name that somebody sees; `about` is what each file says of its plan.
    """
    title = _marked(item.name, marks)
    ends = [point.removesuffix("_lps_mm") for point in item.points]
    single = len(ends) == 1
    points = [
        control_point(n, title if single else f"{title}: {end}", place, item.kind)
        for n, (end, place) in enumerate(zip(ends, item.places_lps_mm, strict=True), start=1)
    ]
    said: dict[str, Any] = {**about, "item_id": item.id, "kind": item.kind}
    more: dict[str, Any] = {}
    if isinstance(item, Trajectory):
        said["diameter_mm"] = item.diameter_mm
    if isinstance(item, CutPlane):
        said["segment_id"] = item.segment_id
        more = plane_members(item)
        points[0]["orientation"] = more["orientation"]
    return _document(TYPES[type(item)], title, points, {**more, "tasrif": said})


def list_document(
    name: str, marks: tuple[str, ...], points: Sequence[Document], about: Document
) -> Document:
    """Return a list of points as one markup; `points` come from `control_point`."""
    return _document("Fiducial", _marked(name, marks), points, {"tasrif": about})


def control_point(n: int, label: str, place: LpsPoint | None, about: str) -> dict[str, Any]:
    """Return the `n`-th point of a markup; without a place it is undefined, and not drawn."""
    point: dict[str, Any] = {
        "id": str(n),
        "label": label,
        "description": about,
        "locked": True,
        "positionStatus": "undefined" if place is None else "defined",
    }
    if place is not None:
        point["position"] = list(place)
    return point


def plane_members(item: CutPlane) -> dict[str, Any]:
    """Return a plane's own members: its centre, its normal, and axes of which the third is it."""
    normal = np.array(item.normal_lps)
    first = unit(np.cross(normal, np.eye(3)[np.abs(normal).argmin()]))
    axes = np.stack([first, np.cross(normal, first), normal], axis=1)
    base = np.eye(4)
    base[:3, :3], base[:3, 3] = axes, item.point_lps_mm
    half = DRAWN_MM / 2
    return {
        "planeType": "pointNormal",
        "sizeMode": "absolute",
        "size": [DRAWN_MM, DRAWN_MM, 0.0],
        "planeBounds": [-half, half, -half, half],
        "center": list(item.point_lps_mm),
        "normal": list(item.normal_lps),
        "orientation": axes.ravel().tolist(),
        "baseToNode": base.ravel().tolist(),
    }


def _document(
    kind: str, name: str, points: Sequence[Document], more: Mapping[str, Any]
) -> Document:
    markup = {
        "type": kind,
        "name": name,
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "locked": True,
        "fixedNumberOfControlPoints": True,
        "controlPoints": list(points),
        **more,
    }
    return {"@schema": SCHEMA, "markups": [markup]}


def _marked(name: str, marks: tuple[str, ...]) -> str:
    return " ".join((*marks, name))


def written_markups(
    path: Path, document: Document, meant_lps_mm: Sequence[LpsPoint | None]
) -> Written:
    """Write a markup, read it back by the standard library, and return what was written.

    `meant_lps_mm` are the plan's own places, in order; None where a point has none.

    Raises
    ------
    Refusal
        `export-read-back-differs` for another frame, unit, number of points or place.
    """
    path.write_bytes(canonical(document))
    error_mm = require_within(path.name, read_back_mm(path, document, meant_lps_mm), ALLOWED_MM)
    by, reader = named("markups writer"), named("standard JSON reader")
    return Written(path.name, "LPS", "mm", by, reader, error_mm, ALLOWED_MM)


def read_back_mm(path: Path, document: Document, meant_lps_mm: Sequence[LpsPoint | None]) -> float:
    """Return the largest distance in mm of a point in a markups file from where it was meant."""
    read = read_plain_json(path)
    try:
        (markup,) = read["markups"]
        is_ours = (markup["coordinateSystem"], markup["coordinateUnits"]) == ("LPS", "mm")
        found = [one.get("position") for one in markup["controlPoints"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise differs(path.name, "markups") from error
    if not is_ours or [one is None for one in found] != [one is None for one in meant_lps_mm]:
        raise differs(path.name, "markups")
    meant = [one for one in meant_lps_mm if one is not None]
    error_mm = largest_mm(meant, [one for one in found if one is not None])
    if error_mm <= ALLOWED_MM and read != document:
        raise differs(path.name, "JSON")
    return error_mm


def read_plain_json(path: Path) -> Any:  # noqa: ANN401 - what a file holds
    """Return what a JSON file holds, without NaN; refuse what is none."""

    def refuse(constant: str) -> NoReturn:
        raise differs(path.name, constant)

    try:
        return json.loads(path.read_bytes(), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise differs(path.name, "JSON") from error
