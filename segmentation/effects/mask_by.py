"""Mask by: keep of a segment what lies inside or outside of another one, a range or a box."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, cast

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import (
    NO_SEGMENT,
    Count,
    Help,
    LowerHu,
    LpsPoint,
    LpsPoints,
    SegmentName,
    Title,
    Unit,
    UpperHu,
    require_points,
    settle,
)
from segmentation.half_space import block
from segmentation.hu_range import require_range
from segmentation.kernels.bits import window
from segmentation.mask import BitMask, Box


@dataclass(frozen=True, slots=True)
class MaskBy:
    """Keep what lies inside or outside of a segment, of a range of HU, or of a box.

    The box lies along the scan's axes, between the voxels of its two corners. What the scanner
    never measured lies in no range.
    """

    name: ClassVar[str] = "mask-by"
    title: ClassVar[str] = "Limit to a region"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    region: Annotated[
        Literal["segment", "range", "box"],
        Title("Region"),
        Help("What limits the segment: another segment, a range of HU or a box."),
    ] = "segment"
    keep: Annotated[
        Literal["inside", "outside"],
        Title("Keep"),
        Help("Which voxels of the segment stay."),
    ] = "inside"
    other: Annotated[
        SegmentName,
        Title("Other segment"),
        Help("The segment that limits this one; it stays as it is."),
    ] = NO_SEGMENT
    lower_hu: LowerHu = 226
    upper_hu: UpperHu = 32767
    corners_lps_mm: Annotated[
        LpsPoints,
        Title("Corners of the box"),
        Count(2, 2),
        Unit("mm"),
        Help("Two opposite corners of the box, x,y,z in LPS."),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse values beyond 16 bits and an empty range."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)

    def apply(self, view: SegmentView) -> BitMask:
        """Return what stays; refuses a segment that isn't there and corners that are missing."""
        view.progress(0, 1)
        region = self._region(view)
        view.progress(1, 1)
        return view.mask & region if self.keep == "inside" else view.mask - region

    def _region(self, view: SegmentView) -> BitMask:
        if self.region == "segment":
            return view.other(self.other)
        if self.region == "box":
            corners = require_points(self, "corners_lps_mm")
            return block(view.volume.grid, cast("tuple[LpsPoint, LpsPoint]", corners))
        shape_kji, box = view.volume.grid.shape_kji, view.mask.box
        slices = view.volume.hu[box.k0 : box.k1]
        words = window(slices, self.lower_hu, self.upper_hu)
        around = Box.whole(shape_kji)._replace(k0=box.k0, k1=box.k1)
        found = BitMask.from_words(shape_kji, words, around)
        return found if view.volume.padding is None else found - view.volume.padding
