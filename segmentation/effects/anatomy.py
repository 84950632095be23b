"""Find anatomy: structures told by their density, shape and place, without a model."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from segmentation.anatomy.everything import STRUCTURES, find
from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.setting import Help, Title, settle
from segmentation.mask import BitMask

ALL = "everything"


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Make a segment of each structure that is found; what isn't there makes none.

    A segment that bears a structure's name becomes that structure; with one structure chosen,
    the tool's own segment does. Otherwise the own segment stays as it is. What is found is a
    proposal: its segments are still to be looked at.
    """

    name: ClassVar[str] = "anatomy"
    title: ClassVar[str] = "Find anatomy"
    gesture: ClassVar[Gesture] = Gesture.NONE

    structures: Annotated[
        Literal["everything", "bone", "skin", "lungs", "airway", "kidneys", "liver"],
        Title("Structures"),
        Help("What to look for; each structure that is there becomes a segment of its name."),
    ] = "everything"

    def __post_init__(self) -> None:
        """Refuse an unknown structure."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the own segment, as `divided` leaves it."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the structures as segments of their names."""
        wanted = STRUCTURES if self.structures == ALL else (self.structures,)
        found = find(view.volume, wanted, view.progress)
        own, parts = view.mask, []
        is_one = self.structures != ALL and len(found) == 1
        for one in found:
            if is_one or one.name == view.name:
                own = one.mask
            else:
                parts.append(Part(one.name, one.mask, is_title=True))
        told = tuple(finding for one in found for finding in one.findings)
        return Outcome(own, parts=tuple(parts), findings=told)
