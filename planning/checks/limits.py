"""The limits that plans are held against: data with a citation and a status, never code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from planning.measures.quantity import Flag, Quantity
from resources import FOLDER
from segmentation.finding import Severity


class Comparison(StrEnum):
    """Which side of a limit is in order; the limit itself is."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Status(StrEnum):
    """How well founded a limit is: a study, a custom of the field, or our own choice."""

    PUBLISHED = "published"
    CONVENTION = "convention"
    HOUSE = "house"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of `resources/limits/limits.json`; the schema beside the others says its fields."""

    name: str
    measure: str
    comparison: Comparison
    value: float
    unit: str
    severity: Severity
    status: Status
    citation: str
    can_reason: bool

    def holds(self, value: float) -> bool:
        """Return whether a value, at full precision, is in order."""
        if self.comparison is Comparison.AT_LEAST:
            return value >= self.value
        return value <= self.value


@cache
def limits() -> Mapping[str, Limit]:
    """Return all limits by name, in the order of their file."""
    text = (FOLDER / "limits" / "limits.json").read_text(encoding="utf-8")
    read = (_limit(record) for record in json.loads(text)["limits"])
    return MappingProxyType({limit.name: limit for limit in read})


def _limit(record: Mapping[str, object]) -> Limit:
    fields = {
        **record,
        "comparison": Comparison(str(record["comparison"])),
        "severity": Severity(str(record["severity"])),
        "status": Status(str(record["status"])),
        "value": float(str(record["value"])),
    }
    return Limit(**fields)  # type: ignore[arg-type]  # held by the schema's test


def surely_mm(quantity: Quantity) -> float:
    """Return the smallest margin that the stated error leaves; limits are compared with this.

    Where only a mask tells the border, the measure has taken the bound off already.
    """
    if quantity.uncertainty_mm is None or Flag.MASK_ONLY in quantity.flags:
        return quantity.value
    return quantity.value - quantity.uncertainty_mm
