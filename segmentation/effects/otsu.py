"""Otsu: the range of one tissue, found from how often each value of HU occurs."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import ANY_HU, Help, Range, Title, Unit, settle
from segmentation.errors import Refusal
from segmentation.hu_range import in_range, require_range
from segmentation.mask import BitMask, Box
from segmentation.otsu_classes import class_ranges
from segmentation.progress import share


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
        bounds = (self.lower_hu, self.upper_hu)
        ranges = class_ranges(view.volume, bounds, self.classes, share(view.progress, 0.0, 0.7))
        return ranges[self.classes - self.chosen]

    def within(self, view: SegmentView, range_hu: tuple[int, int]) -> BitMask:
        """Return the voxels of the range that was found."""
        words = in_range(view.volume, *range_hu, share(view.progress, 0.7, 1.0))
        shape_kji = view.volume.grid.shape_kji
        return BitMask.from_words(shape_kji, words, Box.whole(shape_kji))
