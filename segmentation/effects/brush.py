"""What paint and erase have in common: a stroke of a ball or a disc, held to a range of HU."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import (
    ACROSS_AXIAL,
    Direction,
    Help,
    LowerHu,
    LpsPoints,
    Range,
    Title,
    Unit,
    UpperHu,
    settle,
)
from segmentation.errors import Refusal
from segmentation.hu_range import require_range
from segmentation.kernels.bits import HU_MAX, HU_MIN
from segmentation.mask import BitMask
from segmentation.stroke import disc_mask, stroke_mask, within_range


@dataclass(frozen=True, slots=True)
class Brush:
    """The settings of a brush; radii are true millimetres in all directions."""

    name: ClassVar[str]
    title: ClassVar[str]
    gesture: ClassVar[Gesture] = Gesture.STROKE

    points_lps_mm: Annotated[
        LpsPoints,
        Title("Stroke"),
        Unit("mm"),
        Help("The stroke's path, x,y,z in LPS."),
    ] = ()
    radius_mm: Annotated[
        float,
        Title("Radius"),
        Range(0.1, 100.0, 0.5, usual=(0.5, 30.0)),
        Unit("mm"),
        Help("The brush is a ball or a disc of this radius."),
    ] = 5.0
    shape: Annotated[
        Literal["ball", "disc"],
        Title("Brush shape"),
        Help("A ball reaches into the neighbouring slices, a disc stays in one."),
    ] = "ball"
    normal_lps: Annotated[
        Direction,
        Title("Slice direction"),
        Help("At right angles to the slice that a disc stays in."),
    ] = ACROSS_AXIAL
    lower_hu: LowerHu = HU_MIN
    upper_hu: UpperHu = HU_MAX

    def __post_init__(self) -> None:
        """Refuse values outside their ranges and a range without any value."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)

    def touched(self, view: SegmentView) -> BitMask:
        """Return the voxels that the brush reaches; refuses a stroke without a point.

        A voxel counts by its centre. Padding is reached only without a range of HU.
        """
        if not self.points_lps_mm:
            raise Refusal("stroke-empty", tool=self.name)
        grid, points = view.volume.grid, self.points_lps_mm
        if self.shape == "disc":
            mask = disc_mask(grid, points, self.radius_mm, self.normal_lps)
        else:
            mask = stroke_mask(grid, points, self.radius_mm)
        if (self.lower_hu, self.upper_hu) == (HU_MIN, HU_MAX):
            return mask
        return within_range(view.volume, mask, self.lower_hu, self.upper_hu)
