"""`plan.json` in a package: its bytes as they were signed, read back number by number."""

import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from planning.case.case import Case
from planning.exchange.exporter import Written
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs, largest_mm, require_within
from planning.exchange.schema_file import read_json
from planning.model.item import Item
from planning.model.zone import ZoneRule

PLAN: Final = "plan.json"


def written_plan(path: Path, plan: bytes, case: Case) -> Written:
    """Write the canonical plan document, read it back and compare it with the case.

    Raises
    ------
    Refusal
        `export-read-back-differs` when an item, the grid or a count is not the case's.
    """
    path.write_bytes(plan)
    error_mm = plan_error_mm(read_json(path, "plan"), case, path.name)
    reader = f"json of Python {platform.python_version()}, {named('schema', 'jsonschema')}"
    by = named("canonical JSON", "rfc8785")
    return Written(path.name, "LPS", "mm", by, reader, error_mm, ALLOWED_MM)


def plan_error_mm(document: Mapping[str, Any], case: Case, file: str = PLAN) -> float:
    """Return the largest distance of a point in a plan document from where the case has it.

    Raises
    ------
    Refusal
        `export-read-back-differs` with what is not the case's.
    """
    items = case.plan.items
    if kinds_n(document) != Counter(item.kind for item in items):
        raise differs(file, "items")
    if [one["id"] for one in document["segments"]] != [one.id for one in case.segments]:
        raise differs(file, "segments")
    error_mm = _grid_error_mm(document, case, file)
    for item, record in zip(items, document["items"], strict=True):
        error_mm = max(error_mm, _item_error_mm(item, record, file))
    return require_within(file, error_mm, ALLOWED_MM)


def kinds_n(document: Mapping[str, Any]) -> Counter[str]:
    """Return how many items of each kind a plan document holds."""
    return Counter(record["kind"] for record in document["items"])


def _grid_error_mm(document: Mapping[str, Any], case: Case, file: str) -> float:
    grid, volume = case.volume.grid, document["volume"]
    shape = tuple(volume["shape_kji"])
    if document["frame"]["uid"] != grid.frame_uid or shape != grid.shape_kji:
        raise differs(file, "frame")
    steps = np.array(volume["direction"]) * np.array(volume["spacing_kji_mm"][::-1])
    last = np.array(shape[::-1]) - 1
    corners = np.array([(c & 1, c >> 1 & 1, c >> 2) for c in range(8)]) * last
    read = corners @ steps.T + np.array(volume["origin_lps_mm"])
    return largest_mm(grid.corners_lps_mm, read)


def _item_error_mm(item: Item, record: Mapping[str, Any], file: str) -> float:
    """Return how far an item's points lie off; everything else must be the very same."""
    if record["kind"] != item.kind:
        raise differs(file, item.id)
    for entry in fields(item):
        meant, read = getattr(item, entry.name), record.get(entry.name)
        if entry.name in item.points:
            continue
        if entry.name == "derived_from":
            meant = [{"id": one.id, "sha256": one.sha256} for one in meant] or None
        elif isinstance(meant, tuple):
            meant = list(meant)
        elif isinstance(meant, ZoneRule) and read is None:
            read = ZoneRule.FORBID  # a plan from before there were two
        if meant != read:
            raise differs(file, f"{item.id}.{entry.name}")
    return largest_mm(item.places_lps_mm, [record.get(point, ()) for point in item.points])
