"""Mirror: a segment's image across a plane."""

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
from segmentation.effects.setting import LEFT, Help, Title, settle
from segmentation.mask import BitMask
from segmentation.mirrored import mirrored
from segmentation.part_names import part_names


@dataclass(frozen=True, slots=True)
class Mirror:
    """Reflect a segment across a plane, such as the sound side across the middle of the body.

    Each voxel takes the nearest one of its image; what would lie outside the scan is cut off.
    """

    name: ClassVar[str] = "mirror"
    title: ClassVar[str] = "Mirror"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    plane: PlaneChoice = "sagittal"
    result: Annotated[
        Literal["new", "replace", "join"],
        Title("Result"),
        Help("Whether the image becomes a new segment, takes this one's place or is added to it."),
    ] = "new"
    point_lps_mm: PlanePoint = ()
    three_lps_mm: PlanePoints = ()
    direction: PlaneDirection = LEFT

    def __post_init__(self) -> None:
        """Refuse values that are no plane."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment after it; refuses a plane whose points are missing."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the segment, and its image where that becomes a new one."""
        view.progress(0, 1)
        image = mirrored(view.mask, view.volume.grid, plane_of(self), view.progress)
        if self.result == "replace":
            return Outcome(image)
        if self.result == "join":
            return Outcome(view.mask | image)
        if image.is_empty:
            return Outcome(view.mask)
        name = next(part_names(view.name, view.others))
        return Outcome(view.mask, parts=(Part(name, image),))
