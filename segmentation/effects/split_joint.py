"""Split joint: two bones that touch become two segments."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.setting import (
    NO_SEGMENT,
    Count,
    Help,
    LpsPoints,
    Range,
    SegmentName,
    Title,
    Unit,
    require_points,
    settle,
)
from segmentation.errors import Refusal
from segmentation.joint import nearest_voxels, part_at_joint
from segmentation.mask import BitMask
from segmentation.part_names import part_names


@dataclass(frozen=True, slots=True)
class SplitJoint:
    """Part two bones that touch, with a point or more on each, where they are thin and less dense.

    Points may lie in marrow: the nearest bone within 15 mm counts. More points hold the cut where
    it went astray. What hangs together with no point stays in the segment. The area of the cut is
    told: one much larger than the joint's is a cut through bone.
    """

    name: ClassVar[str] = "split-joint"
    title: ClassVar[str] = "Split bones at a joint"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    seed_lps_mm: Annotated[
        LpsPoints,
        Title("This bone"),
        Count(1),
        Unit("mm"),
        Help("Points on the bone that stays, x,y,z in LPS."),
    ] = ()
    other_lps_mm: Annotated[
        LpsPoints,
        Title("Other bone"),
        Count(1),
        Unit("mm"),
        Help("Points on the bone that goes to the other segment, x,y,z in LPS."),
    ] = ()
    other_name: Annotated[
        SegmentName,
        Title("Other bone into"),
        Help("The segment that the other bone is added to; a new one when none has the name."),
    ] = NO_SEGMENT
    smooth_mm: Annotated[
        float,
        Title("Smooth cut"),
        Range(0.0, 5.0, 0.1, usual=(0.0, 3.0)),
        Unit("mm"),
        Help("How strongly the face of the cut is smoothed; zero leaves it as it was found."),
    ] = 1.0

    def __post_init__(self) -> None:
        """Refuse a strength outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the bone that stays; refuses points that are missing or lie on no bone."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the bone that stays, the other one as a part, and the area of the cut."""
        name = self.other_name or next(part_names(view.name, view.others))
        if name == view.name:
            raise Refusal("part-is-own", segment=name)
        grid = view.volume.grid
        own = nearest_voxels(view.mask, grid, require_points(self, "seed_lps_mm"))
        other = nearest_voxels(view.mask, grid, require_points(self, "other_lps_mm"))
        joint = part_at_joint(view.volume, view.mask, (own, other), self.smooth_mm, view.progress)
        there = view.others.get(name)
        part = joint.other if there is None else there | joint.other
        return Outcome(joint.own, parts=(Part(name, part),), cut_mm2=joint.cut_mm2)
