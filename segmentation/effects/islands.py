"""Islands: keep some of a segment's separate parts."""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Help, LpsPoints, Range, Title, Unit, settle
from segmentation.errors import Refusal
from segmentation.kernels.components import at_seeds, larger, largest
from segmentation.mask import WORD_BITS, BitMask, Words
from segmentation.seed import seed_voxels

ROUNDING = 1e-9
CLICKED = ("clicked", "unclicked")


@dataclass(frozen=True, slots=True)
class Islands:
    """Keep the largest part, the parts that were clicked or not, or those of at least `min_ml`.

    Voxels hang together where they share a face.
    """

    name: ClassVar[str] = "islands"
    title: ClassVar[str] = "Islands"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    keep: Annotated[
        Literal["largest", "clicked", "unclicked", "larger"],
        Title("Keep"),
        Help("Which of the segment's separate parts stay."),
    ] = "largest"
    min_ml: Annotated[
        float,
        Title("At least"),
        Range(0.0, 10000.0, 0.1, usual=(0.0, 20.0)),
        Unit("mL"),
        Help("Smaller parts are removed when parts are kept by their size."),
    ] = 1.0
    seed_lps_mm: Annotated[
        LpsPoints,
        Title("Clicked points"),
        Unit("mm"),
        Help("Points in the parts that stay or go, x,y,z in LPS."),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse values outside their ranges."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the kept parts; refuses clicks that are missing or hit no part."""
        mask = view.mask
        if not mask.words.size and self.keep not in CLICKED:
            return mask
        return BitMask.from_words(mask.shape_kji, self._kept(view), mask.box)

    def _kept(self, view: SegmentView) -> Words:
        words = view.mask.words
        if self.keep == "largest":
            return largest(words, progress=view.progress)
        if self.keep == "larger":
            voxels_min = math.ceil(self.min_ml / view.volume.grid.voxel_ml - ROUNDING)
            return larger(words, voxels_min, progress=view.progress)
        clicked = self._clicked(view)
        return clicked if self.keep == "clicked" else words & ~clicked

    def _clicked(self, view: SegmentView) -> Words:
        if not self.seed_lps_mm:
            raise Refusal("seed-missing", tool=self.name)
        box = view.mask.box
        seeds = seed_voxels(view.volume.grid, self.seed_lps_mm)
        low, high = (box.k0, box.j0, WORD_BITS * box.w0), (box.k1, box.j1, WORD_BITS * box.w1)
        seeds = seeds[((seeds >= low) & (seeds < high)).all(axis=1)] - low
        kept = at_seeds(view.mask.words, seeds, progress=view.progress)
        if not kept.any():
            raise Refusal("seed-outside-segment", seeds=len(self.seed_lps_mm))
        return kept
