"""Ranges of HU and windows that ship with Tasrif, as starting points."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from resources import FOLDER


@dataclass(frozen=True, slots=True)
class HuRange:
    """A tissue's usual range, both bounds included; `title` is an English msgid."""

    name: str
    title: str
    lower_hu: int
    upper_hu: int


@dataclass(frozen=True, slots=True)
class TissueRange:
    """One range of a set, both bounds included; `title` is an English msgid."""

    title: str
    lower_hu: int
    upper_hu: int


@dataclass(frozen=True, slots=True)
class Window:
    """How HU are shown: `window_hu` wide around `level_hu`; `title` is an English msgid."""

    name: str
    title: str
    window_hu: int
    level_hu: int


def _records(name: str) -> list[dict[str, Any]]:
    text = (FOLDER / "presets" / name).read_text(encoding="utf-8")
    return [dict(record) for record in json.loads(text)]


@cache
def hu_ranges() -> tuple[HuRange, ...]:
    """Return the ranges of `resources/presets/hu_ranges.json` in their order."""
    return tuple(HuRange(**record) for record in _records("hu_ranges.json"))


@cache
def range_sets() -> Mapping[str, tuple[TissueRange, ...]]:
    """Return the sets of `resources/presets/range_sets.json` by name, the main tissue first."""
    return {
        record["name"]: tuple(TissueRange(**one) for one in record["ranges"])
        for record in _records("range_sets.json")
    }


@cache
def windows() -> tuple[Window, ...]:
    """Return the windows of `resources/presets/windows.json` in their order."""
    return tuple(Window(**record) for record in _records("windows.json"))
