"""Scissors: cut or fill what lies behind an outline."""

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
    Range,
    Title,
    Unit,
    settle,
)
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from segmentation.prism import WHOLE, Prism, Slab, layer
from segmentation.progress import share

CORNERS_N = 3


@dataclass(frozen=True, slots=True)
class Scissors:
    """Erase or fill the voxels whose centre is seen inside a closed outline.

    Seen along `along_lps` by a parallel projection, as slices and the 3D view are drawn; inside by
    the even-odd rule. The outline's plane goes through the mean of its points.
    """

    name: ClassVar[str] = "scissors"
    title: ClassVar[str] = "Scissors"
    gesture: ClassVar[Gesture] = Gesture.OUTLINE

    outline_lps_mm: Annotated[
        LpsPoints,
        Title("Outline"),
        Count(CORNERS_N),
        Unit("mm"),
        Help("The corners of the outline, x,y,z in LPS."),
    ] = ()
    along_lps: Annotated[
        Direction,
        Title("View direction"),
        Help("From the eye into the patient."),
    ] = ACROSS_AXIAL
    mode: Annotated[
        Literal["erase-inside", "erase-outside", "fill-inside"],
        Title("What the cut does"),
        Help("What happens inside or outside the outline."),
    ] = "erase-inside"
    depth: Annotated[
        Literal["through", "slice", "sides", "behind", "surface"],
        Title("How deep"),
        Help("How far the cut goes behind the outline."),
    ] = "through"
    depth_mm: Annotated[
        float,
        Title("Reach"),
        Range(0.1, 1000.0, 1.0, usual=(1.0, 50.0)),
        Unit("mm"),
        Help("How deep the cut is, to each side, behind the slice or behind the surface."),
    ] = 10.0

    def __post_init__(self) -> None:
        """Refuse a depth outside its range."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment after the cut; refuses an outline of less than three points."""
        if len(self.outline_lps_mm) < CORNERS_N:
            raise Refusal("outline-too-short", tool=self.name, points=len(self.outline_lps_mm))
        prism = Prism(view.volume.grid, np.array(self.outline_lps_mm), self.along_lps)
        slab, is_filling = self._slab(view), self.mode == "fill-inside"
        is_outside = self.mode == "erase-outside"
        box = view.mask.box if is_outside else prism.box(slab)
        if not is_filling:
            box = box.meet(view.mask.box)
        progress = share(view.progress, 0.0, 0.5)
        region = prism.swept(box, slab, progress, is_outside=is_outside)
        if self.depth == "surface":
            progress = share(view.progress, 0.5, 1.0)
            region = prism.near_surface(region, view.mask, self.depth_mm, progress)
        return view.mask | region if is_filling else view.mask - region

    def _slab(self, view: SegmentView) -> Slab:
        """Return the depths that the cut reaches, before the surface is looked for."""
        match self.depth:
            case "slice":
                return layer(view.volume.grid, self.along_lps)
            case "sides":
                return -self.depth_mm, self.depth_mm
            case "behind":
                return 0.0, self.depth_mm
            case _:
                return WHOLE
