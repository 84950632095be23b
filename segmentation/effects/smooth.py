"""Smooth: a Gaussian over the segment, cut at its half level."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Help, Range, Title, Unit, settle
from segmentation.kernels.gaussian import half_level
from segmentation.mask import BitMask


@dataclass(frozen=True, slots=True)
class Smooth:
    """Round off noise and steps: spurs and gaps thinner than about `sigma_mm` vanish.

    Flat faces stay; a ball of radius r loses about sigma^2 / r of it. What the scan's border
    cuts is continued there, not rounded.
    """

    name: ClassVar[str] = "smooth"
    title: ClassVar[str] = "Smooth"
    gesture: ClassVar[Gesture] = Gesture.NONE

    sigma_mm: Annotated[
        float,
        Title("Strength"),
        Range(0.1, 10.0, 0.1, usual=(0.1, 4.0)),
        Unit("mm"),
        Help("The standard deviation of the Gaussian; details of that size vanish."),
    ] = 1.0

    def __post_init__(self) -> None:
        """Refuse a strength outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the smoothed segment; the distances are millimetres of the grid."""
        mask = view.mask
        if not mask.words.size:
            return mask
        # Beyond its box a mask's Gaussian stays below one half; one empty voxel around makes
        # repeated edges empty, except at the scan's border, where they continue what is cut.
        box = mask.box.grown(mask.shape_kji, (1, 1, 1))
        words = half_level(
            mask.words_in(box),
            box.voxels_i(mask.shape_kji),
            view.volume.grid.spacing_kji_mm,
            self.sigma_mm,
            view.progress,
        )
        return BitMask.from_words(mask.shape_kji, words, box)
