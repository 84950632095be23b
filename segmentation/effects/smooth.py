"""Smooth: a Gaussian over the segment, the majority around each voxel, or curvature flow."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from segmentation.curvature import flowed
from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Help, Range, Title, Unit, settle
from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.gaussian import half_level
from segmentation.kernels.median import median
from segmentation.mask import BitMask
from segmentation.progress import share


@dataclass(frozen=True, slots=True)
class Smooth:
    """Round off noise and steps: spurs and gaps thinner than about `sigma_mm` vanish.

    Flat faces stay; a ball of radius r loses about sigma^2 / r of it. What the scan's border
    cuts is continued there, not rounded. The median gives each voxel to the majority of the 27
    around it, `rounds_n` times; the flow moves the face by its curvature, and keeps thin sheets.
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
    method: Annotated[
        Literal["gaussian", "median", "flow"],
        Title("Method"),
        Help("A Gaussian, the majority of the voxels around, or a flow that keeps thin sheets."),
    ] = "gaussian"
    rounds_n: Annotated[
        int,
        Title("Rounds"),
        Range(1, 20, 1),
        Unit("x"),
        Help("How many times each voxel goes to the majority around it."),
    ] = 1

    def __post_init__(self) -> None:
        """Refuse a strength outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the smoothed segment; the distances are millimetres of the grid."""
        mask = view.mask
        if not mask.words.size:
            return mask
        if self.method == "median":
            return self._voted(view)
        if self.method == "flow":
            return flowed(mask, view.volume.grid.spacing_kji_mm, self.sigma_mm, view.progress)
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

    def _voted(self, view: SegmentView) -> BitMask:
        shape = view.mask.shape_kji
        box = view.mask.box.grown(shape, (1, 1, 1))
        ni = box.voxels_i(shape)
        votes = unpacked(view.mask.words_in(box), ni).astype(np.int16)
        for n in range(self.rounds_n):
            stage = share(view.progress, n / self.rounds_n, (n + 1) / self.rounds_n)
            votes = median(votes, stage)
        return BitMask.from_words(shape, packed(votes > 0), box)
