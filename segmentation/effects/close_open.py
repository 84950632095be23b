"""Close and open: bridge thin gaps, or cut thin bridges, by a ball in mm."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Help, Range, Title, Unit, settle
from segmentation.mask import BitMask
from segmentation.morphology import grown, shrunk
from segmentation.progress import share


@dataclass(frozen=True, slots=True)
class CloseOpen:
    """Close what a ball of `radius_mm` can't enter from outside, or keep where it fits inside.

    Closing fills gaps and dents, opening removes spurs and bridges; what is rounder than the ball
    stays. Nothing is closed or opened from beyond the scan's border.
    """

    name: ClassVar[str] = "close-open"
    title: ClassVar[str] = "Close and open"
    gesture: ClassVar[Gesture] = Gesture.NONE

    operation: Annotated[
        Literal["close", "open"],
        Title("Operation"),
        Help("Close fills gaps and dents; open removes spurs and thin bridges."),
    ] = "close"
    radius_mm: Annotated[
        float,
        Title("Radius"),
        Range(0.1, 20.0, 0.5, usual=(0.5, 8.0)),
        Unit("mm"),
        Help("The ball's radius: gaps and bridges up to twice as wide vanish."),
    ] = 2.0

    def __post_init__(self) -> None:
        """Refuse a radius outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the closed or opened segment."""
        first, then = (grown, shrunk) if self.operation == "close" else (shrunk, grown)
        spacing = view.volume.grid.spacing_kji_mm
        half = first(view.mask, spacing, self.radius_mm, share(view.progress, 0.0, 0.5))
        return then(half, spacing, self.radius_mm, share(view.progress, 0.5, 1.0))
