"""Copy slices: what is drawn in one slice goes to its neighbours."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import (
    Count,
    Help,
    LowerHu,
    LpsPoints,
    Range,
    Title,
    Unit,
    UpperHu,
    require_points,
    settle,
)
from segmentation.errors import Refusal
from segmentation.half_space import NORMALS, axis_across
from segmentation.hu_range import require_range
from segmentation.mask import BitMask
from segmentation.seed import seed_voxels


@dataclass(frozen=True, slots=True)
class CopySlices:
    """Add what the segment holds in the slice of a point to the slices beside it.

    Ahead lies superior, posterior or left. Only voxels within the range are added, and none that
    the scanner never measured.
    """

    name: ClassVar[str] = "copy-slices"
    title: ClassVar[str] = "Copy to neighbouring slices"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    plane: Annotated[
        Literal["axial", "coronal", "sagittal"],
        Title("Slices"),
        Help("Which slices are copied."),
    ] = "axial"
    ahead_n: Annotated[
        int,
        Title("Ahead"),
        Range(0, 50, 1),
        Unit("slices"),
        Help("How many slices to superior, posterior or left get a copy."),
    ] = 1
    behind_n: Annotated[
        int,
        Title("Behind"),
        Range(0, 50, 1),
        Unit("slices"),
        Help("How many slices to inferior, anterior or right get a copy."),
    ] = 1
    lower_hu: LowerHu = -32768
    upper_hu: UpperHu = 32767
    point_lps_mm: Annotated[
        LpsPoints,
        Title("Point in the slice"),
        Count(1, 1),
        Unit("mm"),
        Help("A point in the slice that is copied, x,y,z in LPS."),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse values outside their ranges and an empty range."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment with the copies; refuses a missing point and an empty slice."""
        view.progress(0, 1)
        grid = view.volume.grid
        axis = axis_across(self.plane, grid)
        at = seed_voxels(grid, require_points(self, "point_lps_mm"))
        drawn = np.moveaxis(view.mask.to_bool(), axis, 0)
        if not len(at) or not drawn[at[0, axis]].any():
            raise Refusal("slice-empty", plane=self.plane)
        hu = np.moveaxis(view.volume.hu, axis, 0)
        padding = view.volume.padding
        source, here = drawn[at[0, axis]].copy(), int(at[0, axis])
        is_up = float(grid.direction[:, 2 - axis] @ np.array(NORMALS[self.plane])) > 0.0
        up, down = (self.ahead_n, self.behind_n) if is_up else (self.behind_n, self.ahead_n)
        for n in range(max(here - down, 0), min(here + up + 1, len(drawn))):
            if n != here:
                drawn[n] |= source & (hu[n] >= self.lower_hu) & (hu[n] <= self.upper_hu)
        copied = BitMask.from_bool(np.moveaxis(drawn, 0, axis))
        view.progress(1, 1)
        return copied if padding is None else copied - (padding - view.mask)
