"""Hollow: leave a shell of the segment."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Help, Range, Title, Unit, settle
from segmentation.mask import BitMask
from segmentation.morphology import grown, shrunk
from segmentation.progress import share


@dataclass(frozen=True, slots=True)
class Hollow:
    """Leave a wall of `shell_mm`: inside of the segment's face, outside of it, or on both sides.

    On both sides half of the wall lies inside and half outside.
    """

    name: ClassVar[str] = "hollow"
    title: ClassVar[str] = "Hollow"
    gesture: ClassVar[Gesture] = Gesture.NONE

    shell_mm: Annotated[
        float,
        Title("Shell"),
        Range(0.5, 20.0, 0.5),
        Unit("mm"),
        Help("How thick the wall is that stays."),
    ] = 3.0
    side: Annotated[
        Literal["inside", "outside", "both"],
        Title("Side"),
        Help("On which side of the segment's face the wall lies."),
    ] = "inside"

    def __post_init__(self) -> None:
        """Refuse a shell outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the shell."""
        spacing_kji_mm = view.volume.grid.spacing_kji_mm
        mask, wall_mm = view.mask, self.shell_mm / (2.0 if self.side == "both" else 1.0)
        inner = outer = mask
        if self.side != "outside":
            inner = shrunk(mask, spacing_kji_mm, wall_mm, share(view.progress, 0.0, 0.5))
        if self.side != "inside":
            outer = grown(mask, spacing_kji_mm, wall_mm, share(view.progress, 0.5, 1.0))
        return outer - inner
