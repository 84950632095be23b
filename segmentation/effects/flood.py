"""Flood: what hangs together with a click in its slice."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import (
    ACROSS_AXIAL,
    Direction,
    Help,
    LowerHu,
    LpsPoints,
    Range,
    Title,
    Unit,
    UpperHu,
    settle,
)
from segmentation.errors import Refusal
from segmentation.hu_range import require_range
from segmentation.kernels.bits import HU_MAX, HU_MIN
from segmentation.mask import BitMask
from segmentation.pool import pool
from segmentation.seed import seed_voxels


@dataclass(frozen=True, slots=True)
class Flood:
    """Add or remove what hangs together with a click in the slice of the click.

    A slice is a layer of voxels, across the grid's axis that `normal_lps` follows most. Voxels hang
    together over edges, not corners, where they differ from the clicked one by `tolerance_hu` at
    most and lie in the range. Padding is never reached.
    """

    name: ClassVar[str] = "flood"
    title: ClassVar[str] = "Flood a slice"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    lower_hu: LowerHu = HU_MIN
    upper_hu: UpperHu = HU_MAX
    tolerance_hu: Annotated[
        int,
        Title("Tolerance"),
        Range(0, 65535, 10, usual=(0, 500)),
        Unit("HU"),
        Help("How far values may lie from the clicked one."),
    ] = 100
    seed_lps_mm: Annotated[
        LpsPoints,
        Title("Clicks"),
        Unit("mm"),
        Help("Points that are flooded, each in its own slice, x,y,z in LPS."),
    ] = ()
    normal_lps: Annotated[
        Direction,
        Title("Slice direction"),
        Help("At right angles to the slices that are flooded."),
    ] = ACROSS_AXIAL
    mode: Annotated[
        Literal["add", "remove"],
        Title("Add or remove"),
        Help("Whether what is flooded is added or removed."),
    ] = "add"

    def __post_init__(self) -> None:
        """Refuse values outside their ranges and a range without any value."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment after the flood; refuses no click and clicks beside the range."""
        if not self.seed_lps_mm:
            raise Refusal("seed-missing", tool=self.name)
        grid, hu = view.volume.grid, view.volume.hu
        axis = 2 - int(np.abs(np.array(self.normal_lps) @ grid.direction).argmax())
        region = BitMask.empty(grid.shape_kji)
        seeds = seed_voxels(grid, self.seed_lps_mm)
        for done, (k, j, i) in enumerate(seeds.tolist()):
            value = int(hu[k, j, i])
            lower = max(self.lower_hu, value - self.tolerance_hu)
            upper = min(self.upper_hu, value + self.tolerance_hu)
            if lower <= value <= upper:
                region |= pool(view.volume, (k, j, i), axis, (lower, upper))
            view.progress(done + 1, len(seeds))
        if region.is_empty:
            raise Refusal(
                "seed-outside-range",
                seeds=len(self.seed_lps_mm),
                lower_hu=self.lower_hu,
                upper_hu=self.upper_hu,
            )
        return view.mask | region if self.mode == "add" else view.mask - region
