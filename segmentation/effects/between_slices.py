"""Between slices: fill the slices between drawn ones."""

from dataclasses import dataclass
from typing import ClassVar

from segmentation.between import filled_between
from segmentation.effects.effect import Gesture, SegmentView
from segmentation.mask import BitMask


@dataclass(frozen=True, slots=True)
class BetweenSlices:
    """Fill the empty slices between drawn ones by shapes that turn one into the next.

    The direction is found: the one along which most slices between drawn ones are empty. Drawn
    slices stay as they are, and a segment without such gaps too.
    """

    name: ClassVar[str] = "between-slices"
    title: ClassVar[str] = "Fill between slices"
    gesture: ClassVar[Gesture] = Gesture.NONE

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment with the slices between."""
        return filled_between(view.mask, view.volume.grid.spacing_kji_mm, view.progress)
