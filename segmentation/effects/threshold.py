"""Threshold: every voxel inside a range of HU."""

from dataclasses import dataclass
from typing import ClassVar

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import LowerHu, UpperHu, settle
from segmentation.hu_range import in_range, require_range
from segmentation.mask import BitMask, Box


@dataclass(frozen=True, slots=True)
class Threshold:
    """Replace the segment by all voxels from `lower_hu` to `upper_hu`, both included.

    The range of bone is the starting point. Padding is never selected.
    """

    name: ClassVar[str] = "threshold"
    title: ClassVar[str] = "Threshold"
    gesture: ClassVar[Gesture] = Gesture.NONE

    lower_hu: LowerHu = 226
    upper_hu: UpperHu = 32767

    def __post_init__(self) -> None:
        """Refuse values beyond 16 bits and a range without any value."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the voxels of the range; the segment before doesn't matter."""
        words = in_range(view.volume, self.lower_hu, self.upper_hu, view.progress)
        shape_kji = view.volume.grid.shape_kji
        return BitMask.from_words(shape_kji, words, Box.whole(shape_kji))
