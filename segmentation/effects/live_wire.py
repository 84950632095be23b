"""Live wire: fill a contour in its slice."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import (
    ACROSS_AXIAL,
    Count,
    Direction,
    Help,
    LpsPoints,
    Title,
    Unit,
    settle,
)
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from segmentation.prism import Prism, layer

CORNERS_N = 3


@dataclass(frozen=True, slots=True)
class LiveWire:
    """Add or remove what a closed contour holds in one slice.

    The contour is what the wire found along the edges of the picture; so the same points give the
    same segment again, whatever the picture was. A voxel counts by its centre.
    """

    name: ClassVar[str] = "live-wire"
    title: ClassVar[str] = "Live wire"
    gesture: ClassVar[Gesture] = Gesture.WIRE

    points_lps_mm: Annotated[
        LpsPoints,
        Title("Contour"),
        Count(CORNERS_N),
        Unit("mm"),
        Help("The points of the closed contour, x,y,z in LPS."),
    ] = ()
    normal_lps: Annotated[
        Direction,
        Title("Slice direction"),
        Help("At right angles to the slice of the contour."),
    ] = ACROSS_AXIAL
    mode: Annotated[
        Literal["add", "remove"],
        Title("Add or remove"),
        Help("Whether what the contour holds is added or removed."),
    ] = "add"

    def __post_init__(self) -> None:
        """Bring each setting to its own type."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment with the contour's inside; refuses less than three points."""
        if len(self.points_lps_mm) < CORNERS_N:
            raise Refusal("outline-too-short", tool=self.name, points=len(self.points_lps_mm))
        grid = view.volume.grid
        prism = Prism(grid, np.array(self.points_lps_mm), self.normal_lps)
        slab = layer(grid, self.normal_lps)
        region = prism.swept(prism.box(slab), slab, view.progress)
        return view.mask | region if self.mode == "add" else view.mask - region
