"""A tool with its settings becomes edits of one step; window and command line take this way."""

import json
from dataclasses import replace

from app.language import translate as _
from app.segments import new_segment
from planning.case.case import Case, Segment, SegmentId
from planning.case.edits import AddSegment, Edit, ReplaceMask, StepMask
from segmentation.area import EVERYWHERE, Area
from segmentation.effects.effect import Effect, Outcome, Part, SegmentView, outcome, recipe
from segmentation.errors import Refusal
from segmentation.kept import Kept
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent
from segmentation.recipe import AFRESH, extended, run_into
from segmentation.within import within


def part_name(part: Part) -> str:
    """Return a part's name in the language of the window or the command line."""
    if not part.is_title:
        return part.name
    words = _(part.name)
    return words.format(name=part.about) if part.about else words


def applied(
    case: Case,
    segment: Segment,
    effect: Effect,
    progress: Progress = silent,
    kept: Kept | None = None,
    area: Area = EVERYWHERE,
) -> Outcome:
    """Return what `effect` makes of the segment's mask inside an area; the case stays as it is.

    Raises
    ------
    Refusal
        `segment-locked` when the tool would change a locked segment, and what the tool refuses.
    """
    if segment.is_locked:
        raise Refusal("segment-locked", segment=segment.name)
    others = {other.name: other.mask for other in case.segments if other.id != segment.id}
    locked = [other.name for other in case.segments if other.is_locked]
    room = Kept() if kept is None else kept
    view = SegmentView(case.volume, segment.mask, progress, segment.name, others, room)
    made = outcome(effect, view)
    named = tuple(replace(part, name=part_name(part), is_title=False) for part in made.parts)
    return within(area, view, replace(made, parts=named), locked)


def edits_for(
    case: Case, segment: Segment, effect: Effect, made: Outcome, area: Area = EVERYWHERE
) -> tuple[Edit, ...]:
    """Return the edits that put what `effect` made into the case, the segment's own first.

    The segment is added when the case doesn't have it yet; so are parts of a name that no
    segment has. Each keeps its recipe: a new part that of the segment it came from, and this step.
    A model's parts leave a segment alone that it found nothing for.
    """
    step = _step(effect, made, area)
    is_there = any(other.id == segment.id for other in case.segments)
    if is_there and not segment.recipe and not segment.mask.is_empty:
        step = _onto_mask(step)
    grown = extended(segment.recipe if is_there else "", step)
    own = _mask_edit(case, segment.id, made.mask, grown)
    if not is_there:
        own = AddSegment(replace(segment, mask=made.mask, recipe=grown))
    edits, after = [own], own.apply(case)
    if is_there and made.made_by is not None and made.mask is segment.mask and made.parts:
        edits, after = [], case
    by_name = {other.name: other for other in case.segments}
    for part in made.parts:
        name = part_name(part)
        there = by_name.get(name)
        told = replace(made, found_hu=part.found_hu or made.found_hu)
        part_step = _step(effect, told, area, name, segment.name)
        edit: Edit
        if there is None:
            steps = extended(run_into(segment.recipe, segment.name), part_step)
            new = replace(new_segment(after), name=name, mask=part.mask, recipe=steps)
            edit = AddSegment(replace(new, code=part.code))
        else:
            edit = _mask_edit(case, there.id, part.mask, extended(there.recipe, part_step))
        edits.append(edit)
        after = edit.apply(after)
    return tuple(edits)


def _mask_edit(case: Case, segment_id: SegmentId, mask: BitMask, recipe: str) -> Edit:
    """Return the edit that gives a segment a mask; it says the last step only where it can."""
    before = next((one.recipe for one in case.segments if one.id == segment_id), "")
    if before.endswith("]") and recipe.startswith(f"{before[:-1]},"):
        return StepMask(segment_id, mask, recipe[len(before) : -1])
    return ReplaceMask(segment_id, mask, recipe)


def _step(effect: Effect, made: Outcome, area: Area, part: str = "", into: str = "") -> str:
    """Return a recipe's step: the tool with its settings, where it worked, and on which segment."""
    record = json.loads(recipe(effect, made.found_hu, part))
    if made.made_by is not None:
        record["made_by"] = dict(made.made_by)
    if not area.is_everywhere:
        record["area"] = area.record()
    if into:
        record["into"] = into
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _onto_mask(step: str) -> str:
    """Return a first step that works on a mask from elsewhere, saying so where that matters."""
    record = json.loads(step)
    if record["tool"] in AFRESH and "area" not in record:
        return step
    return json.dumps(record | {"onto": "mask"}, sort_keys=True, separators=(",", ":"))
