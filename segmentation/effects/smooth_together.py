"""Smooth together: neighbours are smoothed so that no gap and no overlap comes between them."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import numpy as np

from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.setting import Help, Range, SegmentNames, Title, Unit, settle
from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.gaussian import half_level, smoothed
from segmentation.mask import BitMask
from segmentation.progress import share

WEIGHT: Final = 32000


@dataclass(frozen=True, slots=True)
class SmoothTogether:
    """Smooth a segment and others so that each voxel of them all belongs to one of them.

    Their common outside is smoothed as one segment's is; within it each voxel goes to the segment
    that is the densest around it under a Gaussian of `sigma_mm`, of equal ones the first. Segments
    that overlapped do so no more.
    """

    name: ClassVar[str] = "smooth-together"
    title: ClassVar[str] = "Smooth neighbours together"
    gesture: ClassVar[Gesture] = Gesture.NONE

    others: Annotated[
        SegmentNames,
        Title("Neighbours"),
        Help("The segments that are smoothed together with this one; they change too."),
    ] = ()
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
        """Return the smoothed segment; refuses names that no other segment has."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the smoothed segment and its smoothed neighbours."""
        view.progress(0, 1)
        masks = [view.mask, *(view.other(name) for name in self.others)]
        union = masks[0]
        for mask in masks[1:]:
            union = union | mask
        if not union.words.size:
            return Outcome(view.mask)
        shape, spacing = union.shape_kji, view.volume.grid.spacing_kji_mm
        box = union.box.grown(shape, (1, 1, 1))
        ni = box.voxels_i(shape)
        stage = share(view.progress, 0.0, 0.3)
        whole = unpacked(half_level(union.words_in(box), ni, spacing, self.sigma_mm, stage), ni)
        best = np.full(whole.shape, -1, np.int16)
        owner = np.zeros(whole.shape, np.uint8)
        for n, mask in enumerate(masks):
            stage = share(share(view.progress, 0.3, 1.0), n / len(masks), (n + 1) / len(masks))
            votes = unpacked(mask.words_in(box), ni).astype(np.int16)
            votes *= np.int16(WEIGHT)
            votes = smoothed(votes, spacing, self.sigma_mm, stage)
            is_more = votes > best
            owner[is_more] = n
            np.maximum(best, votes, out=best)
        made = [
            BitMask.from_words(shape, packed(whole & (owner == n)), box) for n in range(len(masks))
        ]
        parts = zip(self.others, made[1:], strict=True)
        return Outcome(made[0], parts=tuple(Part(name, mask) for name, mask in parts))
