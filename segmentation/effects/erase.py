"""Erase: remove what a brush reaches."""

from dataclasses import dataclass
from typing import ClassVar

from segmentation.effects.brush import Brush
from segmentation.effects.effect import SegmentView
from segmentation.mask import BitMask


@dataclass(frozen=True, slots=True)
class Erase(Brush):
    """Remove the voxels that the brush reaches along a stroke."""

    name: ClassVar[str] = "erase"
    title: ClassVar[str] = "Erase"

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment without the stroke; refuses a stroke without a point."""
        return view.mask - self.touched(view)
