"""What a measure answers: a number with unit, bound and definition, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from segmentation.errors import Value


class Rounding(StrEnum):
    """Which way a number is rounded for people; never towards what looks safer than it is."""

    DOWN = "down"
    UP = "up"
    NEAREST = "nearest"


class Flag(StrEnum):
    """What else must be known about a number."""

    MASK_ONLY = "mask_only"
    PART_OF_PATH = "part_of_path"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of one item or segment.

    Attributes
    ----------
    name, subject, other
        The measure; the id of what was measured; the id of what it was measured against, or "".
    value, unit
        At full precision; `rounding.shown` gives what people read.
    uncertainty_mm
        A bound of the error that the surface's sampling brings, None where the number follows
        exactly from points as they were placed or from counted voxels.
    definition, version, source
        English sentence (a msgid), the version of the formula, and where it comes from.
    rounding, decimals
        How it is shown.
    flags
        `mask_only`: the surface is known to half a voxel only, and its bound is already taken off
        the value. `part_of_path`: some of the path lay where nothing was measured.
    """

    name: str
    subject: str
    value: float
    unit: str
    definition: str
    version: int
    source: str
    rounding: Rounding
    decimals: int
    other: str = ""
    uncertainty_mm: float | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """Why a measure has no number; `code` and `values` make its sentence."""

    name: str
    subject: str
    code: str
    values: Mapping[str, Value] = field(default_factory=dict)
    other: str = ""


Result = Quantity | NotMeasured
