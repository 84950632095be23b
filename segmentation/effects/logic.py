"""Logic: a segment and another one become what either, both or one of them holds."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import NO_SEGMENT, Help, SegmentName, Title, settle
from segmentation.kernels.bits import complement
from segmentation.mask import BitMask, Box


def inverted(mask: BitMask) -> BitMask:
    """Return the voxels of the scan that a mask doesn't hold."""
    whole = complement(mask.to_words(), mask.shape_kji[2])
    return BitMask.from_words(mask.shape_kji, whole, Box.whole(mask.shape_kji))


@dataclass(frozen=True, slots=True)
class Logic:
    """Join a segment with another one, take that away, keep what both or only one hold, or copy it.

    Inverted, a segment holds all of the scan that it didn't hold; what the scanner never measured
    stays out.
    """

    name: ClassVar[str] = "logic"
    title: ClassVar[str] = "Combine with a segment"
    gesture: ClassVar[Gesture] = Gesture.NONE

    operation: Annotated[
        Literal["join", "subtract", "common", "differ", "copy", "invert"],
        Title("Operation"),
        Help("What becomes of this segment and the other one."),
    ] = "join"
    other: Annotated[
        SegmentName,
        Title("Other segment"),
        Help("The segment that this one is combined with; it stays as it is."),
    ] = NO_SEGMENT

    def __post_init__(self) -> None:
        """Refuse an operation that is none."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the combined segment; refuses a name that no other segment has."""
        view.progress(0, 1)
        mask = self._combined(view)
        view.progress(1, 1)
        return mask

    def _combined(self, view: SegmentView) -> BitMask:
        mask = view.mask
        if self.operation == "invert":
            padding = view.volume.padding
            return inverted(mask) if padding is None else inverted(mask) - padding
        other = view.other(self.other)
        if self.operation == "join":
            return mask | other
        if self.operation == "subtract":
            return mask - other
        if self.operation == "common":
            return mask & other
        if self.operation == "differ":
            return (mask | other) - (mask & other)
        return other
