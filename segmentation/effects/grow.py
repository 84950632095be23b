"""Grow from seeds: what hangs together with a click inside a range of HU."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Help, LowerHu, LpsPoints, Title, Unit, UpperHu, settle
from segmentation.errors import Refusal
from segmentation.hu_range import in_range, require_range
from segmentation.kernels.components import at_seeds
from segmentation.mask import BitMask, Box
from segmentation.progress import share
from segmentation.seed import seed_voxels


@dataclass(frozen=True, slots=True)
class Grow:
    """Replace the segment by the voxels of the range that hang together with a seed.

    Voxels hang together where they share a face. Seeds outside the range or the scan add nothing,
    but one at least must lie inside. Padding is never selected.
    """

    name: ClassVar[str] = "grow"
    title: ClassVar[str] = "Grow from seeds"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    lower_hu: LowerHu = 226
    upper_hu: UpperHu = 32767
    seed_lps_mm: Annotated[
        LpsPoints,
        Title("Seeds"),
        Unit("mm"),
        Help("Points from which the segment grows, x,y,z in LPS."),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse values beyond 16 bits and a range without any value."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the region; refuses when there is no seed or none inside the range."""
        if not self.seed_lps_mm:
            raise Refusal("seed-missing", tool=self.name)
        volume, shape_kji = view.volume, view.volume.grid.shape_kji
        window = in_range(volume, self.lower_hu, self.upper_hu, share(view.progress, 0.0, 0.3))
        seeds = seed_voxels(volume.grid, self.seed_lps_mm)
        k, j, i = seeds.T
        bits = window[k, j, i >> 6] >> (i & 63).astype(np.uint64) & np.uint64(1)
        if not bits.any():
            raise Refusal(
                "seed-outside-range",
                seeds=len(self.seed_lps_mm),
                lower_hu=self.lower_hu,
                upper_hu=self.upper_hu,
            )
        words = at_seeds(window, seeds, progress=share(view.progress, 0.3, 1.0))
        return BitMask.from_words(shape_kji, words, Box.whole(shape_kji))
