"""A tool with its settings becomes one edit; window and command line take this same way."""

from planning.case.case import Case, Segment, SegmentId
from planning.case.edits import AddSegment, ReplaceMask
from segmentation.effects.effect import Effect, Outcome, SegmentView, outcome, recipe
from segmentation.progress import Progress, silent
from segmentation.recipe import extended


def applied(case: Case, segment: Segment, effect: Effect, progress: Progress = silent) -> Outcome:
    """Return what `effect` makes of the segment's mask; the case stays as it is."""
    return outcome(effect, SegmentView(case.volume, segment.mask, progress))


def replacing(segment: Segment, effect: Effect, made: Outcome) -> ReplaceMask:
    """Return the edit that puts what `effect` made into a segment of the case."""
    step = recipe(effect, made.found_hu)
    return ReplaceMask(segment.id, made.mask, extended(segment.recipe, step))


def adding(segment: Segment, effect: Effect, made: Outcome) -> AddSegment:
    """Return the edit that adds a new segment with what `effect` made."""
    new = Segment(
        SegmentId(segment.id),
        segment.name,
        made.mask,
        segment.colour,
        recipe=extended("", recipe(effect, made.found_hu)),
    )
    return AddSegment(new)
