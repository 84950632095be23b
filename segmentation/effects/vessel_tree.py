"""Vessel tree: the centrelines of a segment of tubes, with branches, lengths and radii told."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.setting import (
    Count,
    Help,
    LpsPoints,
    Range,
    Title,
    Unit,
    settle,
)
from segmentation.mask import BitMask
from segmentation.progress import share
from segmentation.tree.build import Rule, tree_of
from segmentation.tree.drawn import drawn
from segmentation.tree.record import told


@dataclass(frozen=True, slots=True)
class VesselTree:
    """Leave the segment as it is, and make a segment of the centrelines of its tubes.

    The segment is what a range or growing with leak control left: vessels, an airway, ducts. It is
    taken apart into branches between ends and branch points; loops are opened. What is found is
    told: how many branches, how long, and where the narrowest place is.
    """

    name: ClassVar[str] = "vessel-tree"
    title: ClassVar[str] = "Vessel tree"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    root_lps_mm: Annotated[
        LpsPoints,
        Title("Begins near"),
        Unit("mm"),
        Count(0, 1),
        Help("A point near the end where the tree begins; none: its thickest end."),
    ] = ()
    shortest_mm: Annotated[
        float,
        Title("Shortest branch"),
        Range(0.0, 100.0, 0.5, usual=(0.0, 20.0)),
        Unit("mm"),
        Help("A tip counts that reaches farther than this beyond the vessel it leaves."),
    ] = 3.0
    reach_radii: Annotated[
        float,
        Title("Beyond the wall"),
        Range(1.0, 5.0, 0.1),
        Unit("radii"),
        Help("How many radii around a centreline count as the same vessel: bumps are no branch."),
    ] = 1.5

    def __post_init__(self) -> None:
        """Refuse values outside their ranges."""
        settle(self)

    @property
    def rule(self) -> Rule:
        """What counts as a branch."""
        return Rule(self.shortest_mm, self.reach_radii, next(iter(self.root_lps_mm), None))

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment as it is; refuses one of too many voxels."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the segment, the centrelines as another, and what there is to tell."""
        grid = view.volume.grid
        tree = tree_of(grid, view.mask, self.rule, share(view.progress, 0.0, 0.9))
        lines = Part("Centrelines of {name}", drawn(grid, tree), is_title=True, about=view.name)
        view.progress(1, 1)
        return Outcome(
            view.mask, parts=(lines,) if tree.branches else (), findings=told(tree, view.name)
        )
