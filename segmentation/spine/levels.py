"""Which vertebra is which: counted from one that is known, with the evidence told (HAZ-5).

Wrong-level surgery begins with a wrong count. So a level is never guessed: without an anchor the
vertebrae have numbers only; with one the count is told, what it rests on, and what could upset it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from segmentation.errors import Refusal, Value
from segmentation.finding import Finding, Severity

REGIONS: Final = {"cervical": ("C", 7), "thoracic": ("T", 12), "lumbar": ("L", 5)}
LEVELS: Final = tuple(f"{sign}{n}" for sign, most in REGIONS.values() for n in range(1, most + 1))
LAST: Final = "L5"
EXTRA: Final = "L6"
BORDERS: Final = (("C7", "T1"), ("T12", "L1"))
THICK_MM: Final = 3.0  # thicker slices blur a disc with its endplates
UNEVEN: Final = 1.4  # a distance so much longer than the median: a disc may be missed between


class End(StrEnum):
    """What lies beyond the highest or the lowest vertebra."""

    NOTHING = "nothing"  # the bone ends with the vertebra
    CUT = "cut"  # the scan cuts the last piece off
    MORE = "more"  # bone longer than a vertebra, without a disc


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the count starts from: vertebra `at` (0 is the highest) bears `level`.

    `is_told` says that a person said so; else it is the lowest one above what looks like a sacrum.
    """

    at: int
    level: str
    is_told: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What the field of view holds: `count` vertebrae, what lies above and below, how even.

    `longest_ratio` is the longest distance of discs over the median one, `voxel_mm` the longest
    side of a voxel. `has_sacrum` says that what lies below looks like one.
    """

    count: int
    above: End
    below: End
    longest_ratio: float
    voxel_mm: float
    has_sacrum: bool = False


def level_of(region: str, number: int) -> str:
    """Return the level of a region, as `lumbar` and 3; refuses a number the region doesn't have."""
    sign, most = REGIONS[region]
    if number > most:
        raise Refusal("vertebra-number-unknown", region=sign, number=number, most=most)
    return f"{sign}{number}"


def counted(seen: Seen, anchor: Anchor) -> tuple[str, ...]:
    """Return the levels from the highest vertebra down; refuses a count that leaves the spine."""
    known = (*LEVELS, EXTRA)
    first = known.index(anchor.level) - anchor.at
    if first < 0 or first + seen.count > len(known):
        raise Refusal(
            "vertebra-count-impossible",
            level=anchor.level,
            above=anchor.at,
            below=seen.count - 1 - anchor.at,
        )
    return known[first : first + seen.count]


def evidence(seen: Seen, anchor: Anchor | None, levels: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return what the count rests on, and what could upset it."""
    found = [Finding("vertebrae-found", Severity.INFO, {"n": seen.count})]
    if anchor is None:
        found.append(Finding("vertebrae-no-anchor", Severity.WARN))
    else:
        values: dict[str, Value] = {"level": anchor.level, "first": levels[0], "last": levels[-1]}
        is_sure = anchor.is_told
        code = "vertebrae-anchor-told" if is_sure else "vertebrae-anchor-sacrum"
        found.append(Finding(code, Severity.INFO if is_sure else Severity.WARN, values))
        found += _doubts(seen, anchor, levels)
    if seen.below is End.MORE:
        found.append(Finding("vertebrae-more-below", Severity.INFO))
    if seen.above is End.MORE:
        found.append(Finding("vertebrae-more-above", Severity.WARN))
    if seen.below is End.CUT:
        found.append(Finding("vertebrae-cut-below", Severity.INFO))
    if seen.above is End.CUT:
        found.append(Finding("vertebrae-cut-above", Severity.INFO))
    if seen.voxel_mm > THICK_MM:
        mm = round(seen.voxel_mm, 1)
        found.append(Finding("vertebrae-slices-thick", Severity.WARN, {"mm": mm}))
    if seen.longest_ratio > UNEVEN:
        ratio = round(seen.longest_ratio, 1)
        found.append(Finding("vertebrae-uneven", Severity.WARN, {"ratio": ratio}))
    return tuple(found)


def _doubts(seen: Seen, anchor: Anchor, levels: tuple[str, ...]) -> list[Finding]:
    found = []
    is_other = seen.has_sacrum and levels[-1] != LAST
    if anchor.is_told and (is_other or levels[-1] == EXTRA):
        values: dict[str, Value] = {"last": levels[-1], "level": anchor.level}
        found.append(Finding("vertebrae-count-differs", Severity.WARN, values))
    crossed = [pair for pair in BORDERS if set(pair) <= set(levels)]
    for upper, lower in crossed:
        values = {"upper": upper, "lower": lower}
        found.append(Finding("vertebrae-transitional", Severity.WARN, values))
    return found
