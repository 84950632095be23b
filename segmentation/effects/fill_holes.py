"""Fill holes: what a segment encloses becomes part of it."""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Help, Range, Title, Unit, settle
from segmentation.half_space import axis_across
from segmentation.kernels.components import larger
from segmentation.kernels.holes import filled
from segmentation.mask import BitMask
from segmentation.progress import share
from segmentation.slice_holes import filled_in_slices

ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class FillHoles:
    """Add every cavity from which no path over voxel faces leads to the border of the scan.

    Only those up to a size, on demand; or the holes of each slice, which may be open in space.
    """

    name: ClassVar[str] = "fill-holes"
    title: ClassVar[str] = "Fill holes"
    gesture: ClassVar[Gesture] = Gesture.NONE

    holes: Annotated[
        Literal["all", "small", "axial", "coronal", "sagittal"],
        Title("Holes"),
        Help("Cavities closed on all sides, only small ones, or the holes of each slice."),
    ] = "all"
    most_ml: Annotated[
        float,
        Title("At most"),
        Range(0.0, 10000.0, 0.1, usual=(0.0, 20.0)),
        Unit("mL"),
        Help("Larger cavities stay open when only small ones are filled."),
    ] = 1.0

    def __post_init__(self) -> None:
        """Refuse a size outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment with its cavities."""
        mask = view.mask
        if not mask.words.size:
            return mask
        # What leaves the segment's box reaches the scan's border, so the box is enough.
        ni = mask.box.voxels_i(mask.shape_kji)
        if self.holes in {"all", "small"}:
            words = filled(mask.words, ni, share(view.progress, 0.0, 0.5))
        else:
            axis = axis_across(self.holes, view.volume.grid)
            words = filled_in_slices(mask.words, ni, axis, view.progress)
        if self.holes == "small":
            voxels = math.floor(self.most_ml / view.volume.grid.voxel_ml + ROUNDING)
            large = larger(words & ~mask.words, voxels + 1, progress=share(view.progress, 0.5, 1.0))
            words &= ~large
        return BitMask.from_words(mask.shape_kji, words, mask.box)
