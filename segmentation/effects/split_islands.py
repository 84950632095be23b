"""Split islands: each separate part of a segment becomes a segment of its own."""

import math
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, ClassVar, Final

import numpy as np

from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.setting import Help, Range, Title, Unit, settle
from segmentation.errors import Refusal
from segmentation.kernels.runs import runs_of, sizes, words_of
from segmentation.mask import BitMask
from segmentation.part_names import part_names
from segmentation.progress import share

MOST_PARTS: Final = 50
ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class SplitIslands:
    """Leave the largest part in the segment; each further one of `min_ml` becomes a new segment.

    Voxels hang together where they share a face. Parts are named by size, the largest first; of
    equal ones the first in raster order. What is smaller than `min_ml` is removed.
    """

    name: ClassVar[str] = "split-islands"
    title: ClassVar[str] = "Split islands"
    gesture: ClassVar[Gesture] = Gesture.NONE

    min_ml: Annotated[
        float,
        Title("At least"),
        Range(0.0, 10000.0, 0.1, usual=(0.0, 20.0)),
        Unit("mL"),
        Help("Smaller parts become no segment: they are removed."),
    ] = 1.0

    def __post_init__(self) -> None:
        """Refuse a size outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the largest part; refuses more than 50 parts."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the largest part and the others; refuses more than 50 parts of `min_ml`."""
        mask = view.mask
        if not mask.words.size:
            return Outcome(mask)
        voxels_min = max(math.ceil(self.min_ml / view.volume.grid.voxel_ml - ROUNDING), 1)
        runs = runs_of(mask.words, progress=share(view.progress, 0.0, 0.5))
        voxels = sizes(runs)
        order = np.argsort(-voxels, kind="stable")[: MOST_PARTS + 1]
        large = [int(root) for n, root in enumerate(order) if voxels[root] >= voxels_min or n == 0]
        if len(large) > MOST_PARTS:
            islands = int(np.count_nonzero(voxels >= voxels_min))
            raise Refusal("islands-too-many", islands=islands, most=MOST_PARTS, min_ml=self.min_ml)
        masks = []
        rest = share(view.progress, 0.5, 1.0)
        for n, root in enumerate(large):
            stage = share(rest, n / len(large), (n + 1) / len(large))
            words = words_of(runs, runs.root == root, mask.words.shape, stage)
            masks.append(BitMask.from_words(mask.shape_kji, words, mask.box))
        names = islice(part_names(view.name, view.others), len(masks) - 1)
        parts = tuple(Part(name, part) for name, part in zip(names, masks[1:], strict=True))
        return Outcome(masks[0], parts=parts)
