"""Hollow: leave a shell of the segment."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Help, Range, Title, Unit, settle
from segmentation.mask import BitMask
from segmentation.morphology import shrunk


@dataclass(frozen=True, slots=True)
class Hollow:
    """Keep the voxels within `shell_mm` of the segment's outside; its outer face stays."""

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

    def __post_init__(self) -> None:
        """Refuse a shell outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the shell."""
        spacing_kji_mm = view.volume.grid.spacing_kji_mm
        return view.mask - shrunk(view.mask, spacing_kji_mm, self.shell_mm, view.progress)
