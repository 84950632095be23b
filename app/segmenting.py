"""A tool with its settings becomes one edit; window and command line take this same way."""

from planning.case.case import Case, Segment, SegmentId
from planning.case.edits import AddSegment, ReplaceMask
from segmentation.effects.effect import Effect, SegmentView, recipe
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent
from segmentation.recipe import extended


def applied(case: Case, segment: Segment, effect: Effect, progress: Progress = silent) -> BitMask:
    """Return what `effect` makes of the segment's mask; the case stays as it is."""
    return effect.apply(SegmentView(case.volume, segment.mask, progress))


def replacing(segment: Segment, effect: Effect, mask: BitMask) -> ReplaceMask:
    """Return the edit that puts `mask`, made by `effect`, into a segment of the case."""
    return ReplaceMask(segment.id, mask, extended(segment.recipe, recipe(effect)))


def adding(segment: Segment, effect: Effect, mask: BitMask) -> AddSegment:
    """Return the edit that adds a new segment with `mask`, made by `effect`."""
    made = Segment(
        SegmentId(segment.id),
        segment.name,
        mask,
        segment.colour,
        recipe=extended("", recipe(effect)),
    )
    return AddSegment(made)
