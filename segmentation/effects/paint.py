"""Paint: add balls along a stroke."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Help, LpsPoints, Range, Title, Unit, settle
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from segmentation.stroke import stroke_mask


@dataclass(frozen=True, slots=True)
class Paint:
    """Add the voxels within `radius_mm` of the stroke, in true millimetres in all directions."""

    name: ClassVar[str] = "paint"
    title: ClassVar[str] = "Paint"
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
        Help("The brush is a ball of this radius."),
    ] = 5.0

    def __post_init__(self) -> None:
        """Refuse a radius outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment with the stroke; refuses a stroke without a point."""
        if not self.points_lps_mm:
            raise Refusal("stroke-empty", tool=self.name)
        return view.mask | stroke_mask(view.volume.grid, self.points_lps_mm, self.radius_mm)
