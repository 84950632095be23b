"""A tool with its settings becomes edits of one step; window and command line take this way."""

from dataclasses import replace

from app.language import translate as _
from app.segments import new_segment
from planning.case.case import Case, Segment
from planning.case.edits import AddSegment, Edit, ReplaceMask
from segmentation.effects.effect import Effect, Outcome, Part, SegmentView, outcome, recipe
from segmentation.kept import Kept
from segmentation.progress import Progress, silent
from segmentation.recipe import extended


def part_name(part: Part) -> str:
    """Return a part's name in the language of the window or the command line."""
    return _(part.name) if part.is_title else part.name


def applied(
    case: Case,
    segment: Segment,
    effect: Effect,
    progress: Progress = silent,
    kept: Kept | None = None,
) -> Outcome:
    """Return what `effect` makes of the segment's mask; the case stays as it is."""
    others = {other.name: other.mask for other in case.segments if other.id != segment.id}
    room = Kept() if kept is None else kept
    view = SegmentView(case.volume, segment.mask, progress, segment.name, others, room)
    return outcome(effect, view)


def edits_for(case: Case, segment: Segment, effect: Effect, made: Outcome) -> tuple[Edit, ...]:
    """Return the edits that put what `effect` made into the case, the segment's own first.

    The segment is added when the case doesn't have it yet; so are parts of a name that no
    segment has. Each keeps its recipe: a new part that of the segment it came from, and this step.
    """
    step = recipe(effect, made.found_hu)
    is_there = any(other.id == segment.id for other in case.segments)
    grown = extended(segment.recipe if is_there else "", step)
    own: Edit = ReplaceMask(segment.id, made.mask, grown)
    if not is_there:
        own = AddSegment(replace(segment, mask=made.mask, recipe=grown))
    edits, after = [own], own.apply(case)
    by_name = {other.name: other for other in case.segments}
    for part in made.parts:
        name = part_name(part)
        there = by_name.get(name)
        part_step = recipe(effect, part.found_hu or made.found_hu, name)
        edit: Edit
        if there is None:
            told = extended(segment.recipe, part_step)
            edit = AddSegment(replace(new_segment(after), name=name, mask=part.mask, recipe=told))
        else:
            edit = ReplaceMask(there.id, part.mask, extended(there.recipe, part_step))
        edits.append(edit)
        after = edit.apply(after)
    return tuple(edits)
