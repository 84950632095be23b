"""Vertebrae: a spine taken apart at its discs, with levels counted from one that is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

import numpy as np

from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.setting import (
    Count,
    Help,
    LpsPoints,
    Range,
    Title,
    Unit,
    require_points,
    settle,
)
from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.mask import BitMask
from segmentation.spine.levels import LAST, Anchor, Seen, counted, evidence, level_of
from segmentation.spine.vertebrae import Vertebrae as Found
from segmentation.spine.vertebrae import vertebrae_of
from segmentation.volume import Volume

NUMBERS: Final = "numbers"
SACRUM: Final = "sacrum"
NEAR_MM: Final = 15.0  # a click on a vertebra's rim or in its canal still means it


@dataclass(frozen=True, slots=True)
class Vertebrae:
    """Leave the segment as it is, and make a segment of each vertebra in it.

    Levels are never guessed (HAZ-5): by default vertebrae have numbers from the highest down. With
    one level given by a click the others are counted from it; from the sacrum the lowest vertebra
    is taken for L5. What the count rests on, and what could upset it, is told.
    """

    name: ClassVar[str] = "vertebrae"
    title: ClassVar[str] = "Vertebrae"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    names: Annotated[
        Literal["numbers", "sacrum", "cervical", "thoracic", "lumbar"],
        Title("Levels"),
        Help("Numbers only, counted up from the sacrum, or from a clicked vertebra of a region."),
    ] = "numbers"
    number: Annotated[
        int,
        Title("Number of the clicked one"),
        Range(1, 12, 1),
        Unit("no."),
        Help("Which vertebra of its region the clicked one is, as 1 for L1."),
    ] = 1
    at_lps_mm: Annotated[
        LpsPoints,
        Title("Clicked vertebra"),
        Unit("mm"),
        Count(1, 1),
        Help("A point in the vertebra whose level you know."),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse values outside their ranges."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment as it is."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the segment, each vertebra as another, and the evidence of the count."""
        key = (self.name, view.volume, view.mask)
        found = view.kept.take(key, Found)
        if found is None:
            found = vertebrae_of(view.volume, view.mask, view.progress)
        if found is None:
            told = Finding("spine-not-seen", Severity.WARN, {"segment": view.name})
            return Outcome(view.mask, findings=(told,))
        view.kept.put(key, found)
        view.progress(1, 1)
        anchor = self._anchor(view.volume, found.masks, found.seen)
        levels = () if anchor is None else counted(found.seen, anchor)
        words = levels or tuple(str(n + 1) for n in range(len(found.masks)))
        parts = tuple(
            Part("Vertebra {name}", mask, is_title=True, about=word)
            for word, mask in zip(words, found.masks, strict=True)
        )
        return Outcome(view.mask, parts=parts, findings=evidence(found.seen, anchor, levels))

    def _anchor(self, volume: Volume, masks: Sequence[BitMask], seen: Seen) -> Anchor | None:
        if self.names == NUMBERS:
            return None
        if self.names == SACRUM:
            if not seen.has_sacrum:
                raise Refusal("sacrum-not-seen")
            return Anchor(seen.count - 1, LAST, is_told=False)
        (point,) = require_points(self, "at_lps_mm")
        level = level_of(self.names, self.number)
        away = [_distance_mm(volume, mask, point) for mask in masks]
        at = int(np.argmin(away))
        if away[at] > NEAR_MM:
            raise Refusal("vertebra-point-away", level=level, mm=round(away[at]))
        return Anchor(at, level, is_told=True)


def _distance_mm(volume: Volume, mask: BitMask, point: tuple[float, float, float]) -> float:
    """Return how far a point lies from the nearest voxel of a mask; infinite for an empty one."""
    if mask.is_empty:
        return float("inf")
    kji = volume.grid.ijk(np.array(point))[::-1]
    held = np.argwhere(mask.to_bool())
    off = (held - kji) * np.array(volume.grid.spacing_kji_mm)
    return float(np.sqrt((off**2).sum(axis=1)).min())
