"""Grow many segments at once, each from what it holds, until they meet."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.setting import (
    Help,
    LowerHu,
    Range,
    SegmentNames,
    Title,
    Unit,
    UpperHu,
    settle,
)
from segmentation.hu_range import require_range
from segmentation.kernels.bits import HU_MIN
from segmentation.kernels.forest import Values
from segmentation.kernels.median import median
from segmentation.mask import BitMask
from segmentation.spreading import QUARTERS, Sharing, shared


@dataclass(frozen=True, slots=True)
class GrowMany:
    """Share a box among the segment and others, each voxel to the one that reaches it best.

    Each grows from what it holds, as strokes in each tissue and one in the surroundings. A path
    costs the differences of HU along it and its length, so segments meet at edges. Values outside
    the range belong to none of them; padding is never selected.
    """

    name: ClassVar[str] = "grow-many"
    title: ClassVar[str] = "Grow many"
    gesture: ClassVar[Gesture] = Gesture.NONE

    others: Annotated[
        SegmentNames,
        Title("With"),
        Help("The segments that grow at the same time; none chosen: all that hold anything."),
    ] = ()
    margin_mm: Annotated[
        float,
        Title("Margin"),
        Range(0.0, 500.0, 5.0, usual=(0.0, 100.0)),
        Unit("mm"),
        Help("How far around the strokes the segments may reach."),
    ] = 20.0
    nearness_hu_per_mm: Annotated[
        float,
        Title("Nearness"),
        Range(0.0, 200.0, 0.5, usual=(0.0, 20.0)),
        Unit("HU/mm"),
        Help("What a millimetre of way counts beside differences of HU."),
    ] = 2.0
    noise: Annotated[
        Literal["median", "kept"],
        Title("Noise"),
        Help("Whether noise is taken out by a median before."),
    ] = "median"
    lower_hu: LowerHu = -32768
    upper_hu: UpperHu = 32767

    def __post_init__(self) -> None:
        """Refuse values outside their ranges and a range without any value."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment's share."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the share of each segment; refuses a box of too many voxels."""
        settings = (self.noise, str(self.nearness_hu_per_mm), str((self.lower_hu, self.upper_hu)))
        sharing = Sharing(
            (self.name, *settings),
            self._relief,
            QUARTERS,
            0,
            self.nearness_hu_per_mm,
            self.margin_mm,
            (self.lower_hu, self.upper_hu),
        )
        others = view.some(self.others)
        seeds = {view.name: view.mask, **others}
        (own, *grown), findings = shared(view.volume, seeds, sharing, view.kept, view.progress)
        parts = (Part(name, mask) for name, mask in zip(others, grown, strict=True))
        return Outcome(own, None, tuple(parts), findings)

    def _relief(self, hu: NDArray[np.int16], _spacing_kji_mm: tuple[float, float, float]) -> Values:
        if self.noise == "median":
            hu = median(hu)
        return (hu.astype(np.int32) - HU_MIN).astype(np.uint16)
