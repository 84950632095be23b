"""Otsu: the range of one tissue, found from how often each value of HU occurs."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import ANY_HU, Help, Range, Title, Unit, settle
from segmentation.errors import Refusal
from segmentation.hu_range import in_range, require_range
from segmentation.kernels.bits import HU_MIN
from segmentation.kernels.classes import split
from segmentation.kernels.histogram import Counts, discount, histogram
from segmentation.mask import BitMask, Box
from segmentation.progress import Progress, share


@dataclass(frozen=True, slots=True)
class Otsu:
    """Replace the segment by one of the classes into which the values of a range fall by Otsu.

    The borders make the variance between the classes as great as it can be; each lies in the
    middle of the values on both sides. Values outside the range and padding take no part and are
    never selected.
    """

    name: ClassVar[str] = "otsu"
    title: ClassVar[str] = "Otsu threshold"
    gesture: ClassVar[Gesture] = Gesture.NONE

    lower_hu: Annotated[
        int,
        Title("Lower bound"),
        ANY_HU,
        Unit("HU"),
        Help("Values below take no part in the search and are not selected."),
    ] = -200
    upper_hu: Annotated[
        int,
        Title("Upper bound"),
        ANY_HU,
        Unit("HU"),
        Help("Values above take no part in the search and are not selected."),
    ] = 2000
    classes: Annotated[
        int,
        Title("Classes"),
        Range(2, 4, 1),
        Unit("in all"),
        Help("Into how many classes of tissue the values fall."),
    ] = 2
    chosen: Annotated[
        int,
        Title("Class"),
        Range(1, 4, 1),
        Unit("from the densest"),
        Help("Which class becomes the segment; 1 is the densest."),
    ] = 1

    def __post_init__(self) -> None:
        """Refuse values outside their ranges and a class that there isn't."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)
        if self.chosen > self.classes:
            raise Refusal("otsu-class-missing", chosen=self.chosen, classes=self.classes)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the class; refuses a scan with fewer values in the range than classes."""
        return self.within(view, self.found(view))

    def found(self, view: SegmentView) -> tuple[int, int]:
        """Return the range of the class, both bounds included."""
        counts = self._counts(view, share(view.progress, 0.0, 0.7))
        taken = np.flatnonzero(counts)
        if taken.size < self.classes:
            raise Refusal(
                "otsu-values-too-few",
                values=int(taken.size),
                classes=self.classes,
                lower_hu=self.lower_hu,
                upper_hu=self.upper_hu,
            )
        values = taken + self.lower_hu
        first = split(values.astype(np.float64), counts[taken], self.classes)
        starts = (values[first - 1] + values[first]) // 2 + 1
        limits = [self.lower_hu, *starts.tolist(), self.upper_hu + 1]
        number = self.classes - self.chosen
        return limits[number], limits[number + 1] - 1

    def within(self, view: SegmentView, range_hu: tuple[int, int]) -> BitMask:
        """Return the voxels of the range that was found."""
        words = in_range(view.volume, *range_hu, share(view.progress, 0.7, 1.0))
        shape_kji = view.volume.grid.shape_kji
        return BitMask.from_words(shape_kji, words, Box.whole(shape_kji))

    def _counts(self, view: SegmentView, progress: Progress) -> Counts:
        """Return how often each value of the search range occurs."""
        volume, padding = view.volume, view.volume.padding
        counts = histogram(volume.hu, progress)
        if padding is not None and padding.words.size:
            box = padding.box
            discount(counts, volume.hu, padding.words, (box.k0, box.j0, 64 * box.w0))
        return counts[self.lower_hu - HU_MIN : self.upper_hu - HU_MIN + 1]
