"""Watershed: segments flood the scan from what they hold and meet where values change most."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

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
from segmentation.kernels.forest import Values
from segmentation.kernels.median import median
from segmentation.kernels.steepness import levels
from segmentation.mask import BitMask
from segmentation.spreading import QUARTERS, Sharing, shared

GRADIENT: Final = "gradient"
HIGHEST: Final = 1000  # of a ridge, in HU: higher ones can't be passed any less


@dataclass(frozen=True, slots=True)
class Watershed:
    """Share a box among the segment and others by a flood from what each holds.

    On the `gradient`, floods meet where HU change most. On `values`, they rise from dark to bright
    and meet on bright ridges, as cavities apart by thin bone; the dark end is the range's lower
    bound. The height that a flood passes counts over its whole way (topographic distance). Values
    outside the range belong to none; padding is never selected.
    """

    name: ClassVar[str] = "watershed"
    title: ClassVar[str] = "Watershed"
    gesture: ClassVar[Gesture] = Gesture.NONE

    others: Annotated[
        SegmentNames,
        Title("With"),
        Help("The segments that grow at the same time; none chosen: all that hold anything."),
    ] = ()
    relief: Annotated[
        Literal["gradient", "values"],
        Title("Flood over"),
        Help("Over the change of HU, to meet at edges, or over HU, to meet on bright ridges."),
    ] = "gradient"
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
    lower_hu: LowerHu = -1024
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
        settings = (self.relief, str(self.nearness_hu_per_mm), str((self.lower_hu, self.upper_hu)))
        sharing = Sharing(
            (self.name, *settings),
            self._relief,
            0,
            QUARTERS // 2,
            self.nearness_hu_per_mm,
            self.margin_mm,
            (self.lower_hu, self.upper_hu),
        )
        others = view.some(self.others)
        seeds = {view.name: view.mask, **others}
        (own, *grown), findings = shared(view.volume, seeds, sharing, view.kept, view.progress)
        parts = (Part(name, mask) for name, mask in zip(others, grown, strict=True))
        return Outcome(own, None, tuple(parts), findings)

    def _relief(self, hu: NDArray[np.int16], spacing_kji_mm: tuple[float, float, float]) -> Values:
        calm = median(hu)
        if self.relief == GRADIENT:
            least = min(spacing_kji_mm)
            k, j, i = (s / least for s in spacing_kji_mm)
            return levels(calm, (k, j, i), HIGHEST).astype(np.uint16)
        height = np.clip(calm.astype(np.int32) - self.lower_hu, 0, HIGHEST)
        return height.astype(np.uint16)
