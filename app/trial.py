"""What an open tool would leave: worked out beside the window, shown before it is applied."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planning.case.case import Case, Segment
from segmentation.area import Area
from segmentation.mask import BitMask
from segmentation.progress import Progress
from viewers.palette import SEGMENTS

if TYPE_CHECKING:
    from segmentation.effects.effect import Effect, Outcome
    from segmentation.kept import Kept
    from viewers.gestures.scene import Preview


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What a tool would leave: the masks, the own segment's size and how many parts it has.

    `parts_ml` are the further segments with their sizes.
    """

    made: "Outcome"
    ml: float
    islands: int
    parts_ml: tuple[tuple[str, float], ...] = ()

    @property
    def found_hu(self) -> tuple[int, int] | None:
        """The range of HU that the tool found by itself."""
        return self.made.found_hu


def trial_work(
    effect: "Effect", case: Case, segment: Segment, area: Area, kept: "Kept | None" = None
) -> Callable[[Progress], Trial]:
    """Return the work that tries a tool inside an area; `kept` is from its last trial."""

    def work(progress: Progress) -> Trial:
        from app.segmenting import applied, part_name

        made = applied(case, segment, effect, progress, kept, area)
        voxel_ml = case.volume.grid.voxel_ml
        parts_ml = tuple((part_name(part), part.mask.voxels * voxel_ml) for part in made.parts)
        own_ml = made.mask.voxels * voxel_ml
        return Trial(made, own_ml, islands(made.mask, progress), parts_ml)

    return work


def islands(mask: BitMask, progress: Progress) -> int:
    """Return how many separate parts a mask has; voxels hang together over faces."""
    from segmentation.kernels.runs import runs_of

    if not mask.words.size:
        return 0
    root = runs_of(mask.words, False, progress).root
    return int(np.count_nonzero(root == np.arange(root.size)))


def previews(case: Case, segment: Segment, trial: Trial) -> "tuple[Preview, ...]":
    """Return each mask that a tool would leave in its colour; new ones in colours still free."""
    from app.segmenting import part_name
    from viewers.gestures.scene import Preview

    known = {one.name: one for one in case.segments}
    used = {one.colour.lower() for one in case.segments}
    free = [colour for colour in SEGMENTS if colour.lower() not in used] or list(SEGMENTS)
    shown = [Preview(trial.made.mask, segment.colour, segment.id)]
    for n, part in enumerate(trial.made.parts):
        there = known.get(part_name(part))
        colour = free[n % len(free)] if there is None else there.colour
        shown.append(Preview(part.mask, colour, None if there is None else there.id))
    return tuple(shown)
