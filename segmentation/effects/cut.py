"""Cut: a plane parts a segment."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.plane_setting import (
    PlaneChoice,
    PlaneDirection,
    PlanePoint,
    PlanePoints,
    plane_of,
)
from segmentation.effects.setting import SUPERIOR, Help, Title, settle
from segmentation.half_space import parted
from segmentation.mask import BitMask
from segmentation.part_names import part_names


@dataclass(frozen=True, slots=True)
class Cut:
    """Part a segment by a plane: one side stays, or each side becomes a segment.

    Ahead lies superior of an axial, posterior of a coronal and left of a sagittal plane. A voxel
    belongs to the side of its centre; on the plane it lies ahead.
    """

    name: ClassVar[str] = "cut"
    title: ClassVar[str] = "Cut by a plane"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    plane: PlaneChoice = "axial"
    keep: Annotated[
        Literal["ahead", "behind", "both"],
        Title("Keep"),
        Help(
            "Ahead is superior, posterior or left of the plane, or where its direction points;"
            " with both, what lies behind becomes a segment of its own."
        ),
    ] = "ahead"
    point_lps_mm: PlanePoint = ()
    three_lps_mm: PlanePoints = ()
    direction: PlaneDirection = SUPERIOR

    def __post_init__(self) -> None:
        """Refuse values that are no plane."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the side that stays; refuses a plane whose points are missing."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the side that stays, with both sides kept the other one as a part of its own."""
        view.progress(0, 1)
        ahead, behind = parted(view.mask, plane_of(self), view.volume.grid)
        view.progress(1, 1)
        if self.keep == "behind":
            return Outcome(behind)
        if self.keep == "ahead" or behind.is_empty or ahead.is_empty:
            return Outcome(ahead if self.keep == "ahead" else view.mask)
        name = next(part_names(view.name, view.others))
        return Outcome(ahead, parts=(Part(name, behind),))
