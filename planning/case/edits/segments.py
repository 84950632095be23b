"""Edits of segments: their masks, names, looks and order."""

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from planning.case.case import Case, Segment, SegmentId, Status, Touched
from planning.case.edits.edit import Edit
from planning.case.terminology import coded
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from segmentation.recipe import is_last_by_model

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
NAME_LENGTH_MAX = 80


def segment_of(case: Case, segment_id: SegmentId) -> Segment:
    """Return the segment with this id; refuse one that the case doesn't have."""
    try:
        return case.segment(segment_id)
    except KeyError:
        raise Refusal("segment-unknown", segment=segment_id) from None


def open_segment(case: Case, segment_id: SegmentId) -> Segment:
    """Return the segment with this id; refuse an unknown and a locked one."""
    segment = segment_of(case, segment_id)
    if segment.is_locked:
        raise Refusal("segment-locked", segment=segment.name)
    return segment


def with_segment(case: Case, changed: Segment) -> Case:
    """Return the case with `changed` in the place of the segment with its id."""
    segments = tuple(changed if old.id == changed.id else old for old in case.segments)
    return replace(case, segments=segments)


def _check_name(case: Case, name: str, own_id: SegmentId) -> None:
    if not name.strip() or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise Refusal("segment-name-unusable", length_max=NAME_LENGTH_MAX)
    if any(other.name == name and other.id != own_id for other in case.segments):
        raise Refusal("segment-name-taken", name=name)


def _check_look(colour: str, opacity_ratio: float) -> None:
    if not COLOUR.fullmatch(colour):
        raise Refusal("segment-colour-unusable", colour=colour)
    if not 0.0 <= opacity_ratio <= 1.0:
        raise Refusal("segment-opacity-outside", opacity=opacity_ratio)


def _check_mask(case: Case, mask: BitMask) -> None:
    if mask.shape_kji != case.volume.grid.shape_kji:
        raise Refusal("mask-shape-differs")


@dataclass(frozen=True, slots=True, eq=False)
class AddSegment(Edit):
    """Append a segment; its id and its name must be new to the case."""

    title: ClassVar[str] = "Add segment"
    touches: ClassVar[Touched] = Touched.SEGMENTS | Touched.SEGMENT_LOOK
    segment: Segment

    def apply(self, case: Case) -> Case:
        """Return the case with the segment last."""
        segment = self.segment
        if any(other.id == segment.id for other in case.segments):
            raise Refusal("segment-exists", segment=segment.id)
        _check_name(case, segment.name, segment.id)
        _check_look(segment.colour, segment.opacity_ratio)
        _check_mask(case, segment.mask)
        if segment.code:
            coded(segment.code)
        return replace(case, segments=(*case.segments, segment))


@dataclass(frozen=True, slots=True, eq=False)
class ReplaceMask(Edit):
    """Give a segment a new mask and note the recipe (JSON text) that made it."""

    title: ClassVar[str] = "Change mask"
    touches: ClassVar[Touched] = Touched.SEGMENTS
    segment_id: SegmentId
    mask: BitMask
    recipe: str = ""

    def apply(self, case: Case) -> Case:
        """Return the case with the new mask, on the volume's grid; a review of the old one ends."""
        segment = open_segment(case, self.segment_id)
        _check_mask(case, self.mask)
        return _with_mask(case, segment, self.mask, self.recipe, self.recipe)

    def supersedes(self, earlier: Edit) -> bool:
        """Return True for an earlier mask of the same segment."""
        return isinstance(earlier, ReplaceMask | StepMask) and earlier.segment_id == self.segment_id


@dataclass(frozen=True, slots=True, eq=False)
class StepMask(Edit):
    """Give a segment a new mask and add a step (JSON text) to the end of its recipe.

    The journal then holds the step alone: with the whole recipe, two thousand strokes wrote 600 MB.
    """

    title: ClassVar[str] = "Change mask"
    touches: ClassVar[Touched] = Touched.SEGMENTS
    segment_id: SegmentId
    mask: BitMask
    step: str

    def apply(self, case: Case) -> Case:
        """Return the case with the new mask, on the volume's grid; a review of the old one ends."""
        segment = open_segment(case, self.segment_id)
        _check_mask(case, self.mask)
        if not segment.recipe.endswith("]"):
            raise Refusal("recipe-unreadable", path=segment.name, reason="[...]")
        recipe = f"{segment.recipe[:-1]},{self.step}]"
        return _with_mask(case, segment, self.mask, recipe, self.step)


def _with_mask(case: Case, segment: Segment, mask: BitMask, recipe: str, made: str) -> Case:
    """Return the case with a segment's new mask, which the last step of `made` made."""
    # What was reviewed was another mask; what a model made nobody has looked at yet.
    status = Status.DONE if segment.status is Status.REVIEWED else segment.status
    if is_last_by_model(made):
        status = Status.TO_DO
    return with_segment(case, replace(segment, mask=mask, recipe=recipe, status=status))


@dataclass(frozen=True, slots=True)
class RemoveSegment(Edit):
    """Take a segment out of the case, unless an item of the plan needs it."""

    title: ClassVar[str] = "Remove segment"
    touches: ClassVar[Touched] = Touched.SEGMENTS | Touched.SEGMENT_LOOK
    segment_id: SegmentId

    def apply(self, case: Case) -> Case:
        """Return the case without the segment."""
        gone = open_segment(case, self.segment_id)
        for item in case.plan.needing(gone.id):
            raise Refusal("item-needs-segment", item=item.name, segment=gone.name)
        return replace(case, segments=tuple(s for s in case.segments if s is not gone))


@dataclass(frozen=True, slots=True)
class RenameSegment(Edit):
    """Give a segment another name, unlike all others of the case."""

    title: ClassVar[str] = "Rename segment"
    touches: ClassVar[Touched] = Touched.SEGMENT_LOOK
    segment_id: SegmentId
    name: str

    def apply(self, case: Case) -> Case:
        """Return the case with the new name."""
        segment = segment_of(case, self.segment_id)
        if segment.name == self.name:
            return case
        open_segment(case, segment.id)
        _check_name(case, self.name, segment.id)
        return with_segment(case, replace(segment, name=self.name))


@dataclass(frozen=True, slots=True)
class SetSegmentLook(Edit):
    """Set colour (`#RRGGBB`), visibility or opacity (0 to 1); what is None stays."""

    title: ClassVar[str] = "Change look"
    touches: ClassVar[Touched] = Touched.SEGMENT_LOOK
    keeps_seal: ClassVar[bool] = True
    segment_id: SegmentId
    colour: str | None = None
    is_visible: bool | None = None
    opacity_ratio: float | None = None

    def apply(self, case: Case) -> Case:
        """Return the case with the new look."""
        old = segment_of(case, self.segment_id)
        new = replace(
            old,
            colour=old.colour if self.colour is None else self.colour,
            is_visible=old.is_visible if self.is_visible is None else self.is_visible,
            opacity_ratio=old.opacity_ratio if self.opacity_ratio is None else self.opacity_ratio,
        )
        _check_look(new.colour, new.opacity_ratio)
        if (new.colour, new.is_visible, new.opacity_ratio) == (
            old.colour,
            old.is_visible,
            old.opacity_ratio,
        ):
            return case
        return with_segment(case, new)

    def supersedes(self, earlier: Edit) -> bool:
        """Return True when this sets all that `earlier` set on the same segment."""
        return (
            isinstance(earlier, SetSegmentLook)
            and earlier.segment_id == self.segment_id
            and (earlier.colour is None or self.colour is not None)
            and (earlier.is_visible is None or self.is_visible is not None)
            and (earlier.opacity_ratio is None or self.opacity_ratio is not None)
        )


@dataclass(frozen=True, slots=True)
class ReorderSegments(Edit):
    """Put the segments in the order of `segment_ids`, which names each exactly once."""

    title: ClassVar[str] = "Reorder segments"
    touches: ClassVar[Touched] = Touched.SEGMENTS | Touched.SEGMENT_LOOK
    keeps_seal: ClassVar[bool] = True
    segment_ids: tuple[SegmentId, ...]

    def apply(self, case: Case) -> Case:
        """Return the case with its segments in the new order."""
        now = tuple(segment.id for segment in case.segments)
        if now == self.segment_ids:
            return case
        if sorted(now) != sorted(self.segment_ids):
            raise Refusal("segment-order-incomplete")
        return replace(case, segments=tuple(segment_of(case, name) for name in self.segment_ids))

    def supersedes(self, earlier: Edit) -> bool:
        """Return True for an earlier order."""
        return isinstance(earlier, ReorderSegments)
