"""Fill holes: what a segment encloses on all sides becomes part of it."""

from dataclasses import dataclass
from typing import ClassVar

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.kernels.holes import filled
from segmentation.mask import BitMask


@dataclass(frozen=True, slots=True)
class FillHoles:
    """Add every cavity from which no path over voxel faces leads to the border of the scan."""

    name: ClassVar[str] = "fill-holes"
    title: ClassVar[str] = "Fill holes"
    gesture: ClassVar[Gesture] = Gesture.NONE

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment with its cavities."""
        mask = view.mask
        if not mask.words.size:
            return mask
        # What leaves the segment's box reaches the scan's border, so the box is enough.
        words = filled(mask.words, mask.box.voxels_i(mask.shape_kji), view.progress)
        return BitMask.from_words(mask.shape_kji, words, mask.box)
