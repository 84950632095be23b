"""Bones by name: separate bones told by size, shape and place, with a confidence."""

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, ClassVar

from segmentation.anatomy.bones import Bone, bones_of
from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.setting import Help, Range, Title, Unit, settle
from segmentation.errors import Value
from segmentation.finding import Finding, Severity
from segmentation.mask import BitMask


@dataclass(frozen=True, slots=True)
class Bones:
    """Leave the segment as it is, and make a segment of each separate bone in it.

    A bone gets a name where its size, shape and place tell it, with a confidence, never accepted by
    itself; any other is `Bone 1` and so on. Vertebrae are left to their own tool.
    """

    name: ClassVar[str] = "bones"
    title: ClassVar[str] = "Bones by name"
    gesture: ClassVar[Gesture] = Gesture.NONE

    min_ml: Annotated[
        float,
        Title("At least"),
        Range(0.0, 10000.0, 0.5, usual=(0.0, 20.0)),
        Unit("mL"),
        Help("Smaller pieces become no segment; they stay in this one."),
    ] = 3.0

    def __post_init__(self) -> None:
        """Refuse a size outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment as it is."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the segment, each bone as another, and how sure their names are."""
        found = bones_of(view.volume, view.mask, self.min_ml, view.progress)
        view.progress(1, 1)
        parts = tuple(
            Part(bone.title, bone.mask, is_title=True, about=bone.about) for bone in found.bones
        )
        return Outcome(view.mask, parts=parts, findings=_told(found.bones, found.has_spine))


def _told(bones: tuple[Bone, ...], has_spine: bool) -> tuple[Finding, ...]:
    found = []
    sure = Counter(str(bone.confidence) for bone in bones if bone.confidence is not None)
    if sure:
        values: dict[str, Value] = {"named": sure.total(), "low": sure["low"]}
        found.append(Finding("bones-named", Severity.WARN, values))
    if rest := sum(bone.confidence is None for bone in bones):
        found.append(Finding("bones-unnamed", Severity.INFO, {"n": rest}))
    if bones and not has_spine:
        found.append(Finding("bones-without-spine", Severity.WARN))
    if not bones:
        found.append(Finding("bones-none", Severity.WARN))
    return tuple(found)
