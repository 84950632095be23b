"""Margin: grow or shrink a segment by millimetres."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Help, Range, Title, Unit, settle
from segmentation.mask import BitMask
from segmentation.morphology import grown, shrunk


@dataclass(frozen=True, slots=True)
class Margin:
    """Grow (positive) or shrink (negative) by a Euclidean margin between voxel centres.

    The scan's border is no face of the segment: nothing is shrunk from there.
    """

    name: ClassVar[str] = "margin"
    title: ClassVar[str] = "Margin"
    gesture: ClassVar[Gesture] = Gesture.NONE

    margin_mm: Annotated[
        float,
        Title("Margin"),
        Range(-20.0, 20.0, 0.5),
        Unit("mm"),
        Help("How far the segment grows on all sides; below zero it shrinks."),
    ] = 2.0

    def __post_init__(self) -> None:
        """Refuse a margin outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the grown or shrunk segment."""
        spacing_kji_mm = view.volume.grid.spacing_kji_mm
        change = grown if self.margin_mm >= 0.0 else shrunk
        return change(view.mask, spacing_kji_mm, abs(self.margin_mm), view.progress)
