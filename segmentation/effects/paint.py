"""Paint: add what a brush reaches."""

from dataclasses import dataclass
from typing import ClassVar

from segmentation.effects.brush import Brush
from segmentation.effects.effect import SegmentView
from segmentation.mask import BitMask


@dataclass(frozen=True, slots=True)
class Paint(Brush):
    """Add the voxels that the brush reaches along a stroke."""

    name: ClassVar[str] = "paint"
    title: ClassVar[str] = "Paint"

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment with the stroke; refuses a stroke without a point."""
        return view.mask | self.touched(view)
