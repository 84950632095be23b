"""Several tissues at once: ranges of a list, or the classes of Otsu, each to a segment."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.setting import ANY_HU, Help, Title, Unit, settle
from segmentation.hu_range import in_range, require_range
from segmentation.mask import BitMask, Box
from segmentation.otsu_classes import class_ranges
from segmentation.presets import TissueRange, range_sets
from segmentation.progress import Progress, share

CLASSES: Final = {"otsu-2": 2, "otsu-3": 3, "otsu-4": 4}
TITLES: Final = ("Densest class", "Second class", "Third class", "Fourth class")


@dataclass(frozen=True, slots=True)
class Ranges:
    """Replace the segment by one range of a set, and make a segment of each other range.

    The sets of tissues are starting points. The classes of Otsu share the values between the two
    bounds; the densest one is the segment's own. Ranges without any voxel make no segment.
    Padding is never selected.
    """

    name: ClassVar[str] = "ranges"
    title: ClassVar[str] = "Several ranges"
    gesture: ClassVar[Gesture] = Gesture.NONE

    tissues: Annotated[
        Literal["tissues", "chest", "bone-densities", "otsu-2", "otsu-3", "otsu-4"],
        Title("Ranges"),
        Help("Which ranges: usual ones of tissues, or classes found by Otsu between the bounds."),
    ] = "tissues"
    lower_hu: Annotated[
        int,
        Title("Lower bound"),
        ANY_HU,
        Unit("HU"),
        Help("Classes are looked for among values from here."),
    ] = -200
    upper_hu: Annotated[
        int,
        Title("Upper bound"),
        ANY_HU,
        Unit("HU"),
        Help("Classes are looked for among values up to here."),
    ] = 2000

    def __post_init__(self) -> None:
        """Refuse values beyond 16 bits and a range without any value."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the first range's voxels."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the voxels of each range; refuses fewer values than classes."""
        ranges = self._ranges(view, share(view.progress, 0.0, 0.3))
        masks = []
        for n, one in enumerate(ranges):
            start, end = (0.3 + 0.7 * m / len(ranges) for m in (n, n + 1))
            words = in_range(view.volume, one.lower_hu, one.upper_hu,
                             share(view.progress, start, end))  # fmt: skip
            whole = Box.whole(view.volume.grid.shape_kji)
            masks.append(BitMask.from_words(view.volume.grid.shape_kji, words, whole))
        parts = tuple(
            Part(one.title, mask, is_title=True, found_hu=(one.lower_hu, one.upper_hu))
            for one, mask in zip(ranges[1:], masks[1:], strict=True)
            if mask.words.size
        )
        return Outcome(masks[0], (ranges[0].lower_hu, ranges[0].upper_hu), parts)

    def _ranges(self, view: SegmentView, progress: Progress) -> tuple[TissueRange, ...]:
        if self.tissues not in CLASSES:
            return range_sets()[self.tissues]
        bounds = (self.lower_hu, self.upper_hu)
        found = class_ranges(view.volume, bounds, CLASSES[self.tissues], progress)
        return tuple(
            TissueRange(title, *bounds) for title, bounds in zip(TITLES, found[::-1], strict=False)
        )
