"""Click to segment: a few points, a scribble or a box become the structure that they mean."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from segmentation.effects.effect import Gesture, Outcome, SegmentView
from segmentation.effects.setting import (
    NO_MODEL,
    Count,
    Help,
    LpsPoints,
    ModelName,
    Title,
    Unit,
    settle,
)
from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.half_space import block
from segmentation.mask import BitMask
from segmentation.pointed import Pointed, meant
from segmentation.seed import seed_voxels

CORNERS = 2


@dataclass(frozen=True, slots=True)
class Click:
    """Replace the segment by the structure that was pointed at.

    Without a model what was given decides how it is found (`segmentation.pointed`); a model that
    the hospital placed for points finds it its own way, in one window around them. Padding is
    never selected.
    """

    name: ClassVar[str] = "click"
    title: ClassVar[str] = "Click to segment"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    inside_lps_mm: Annotated[
        LpsPoints,
        Title("Inside"),
        Unit("mm"),
        Count(0),
        Help("Points inside the structure, x,y,z in LPS; a scribble is many points."),
    ] = ()
    outside_lps_mm: Annotated[
        LpsPoints,
        Title("Outside"),
        Unit("mm"),
        Count(0),
        Help("Points that don't belong to the structure."),
    ] = ()
    box_lps_mm: Annotated[
        LpsPoints,
        Title("Box"),
        Unit("mm"),
        Count(0, CORNERS),
        Help("Two opposite corners of a box around the structure."),
    ] = ()
    model: Annotated[
        ModelName,
        Title("Model"),
        Help("A model that works from points, in the folder where the hospital places models."),
    ] = NO_MODEL

    def __post_init__(self) -> None:
        """Refuse points that are none."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the structure; refuses when nothing points at one."""
        return self.told(view).mask

    def told(self, view: SegmentView) -> Outcome:
        """Return the structure, the range that was found or the model that made it."""
        has_box = len(self.box_lps_mm) == CORNERS
        if not self.inside_lps_mm and not has_box:
            raise Refusal("click-nothing-given")
        grid = view.volume.grid
        inside, outside = (
            seed_voxels(grid, points) for points in (self.inside_lps_mm, self.outside_lps_mm)
        )
        if self.inside_lps_mm and not inside.size:
            raise Refusal("seed-outside-scan", seeds=len(self.inside_lps_mm))
        if self.model:
            return self._by_model(view)
        box = None
        if has_box:
            box = block(grid, (self.box_lps_mm[0], self.box_lps_mm[1]))
            if box.is_empty:
                raise Refusal("seed-outside-scan", seeds=CORNERS)
        found = meant(view.volume, Pointed(inside, outside, box), view.kept, view.progress)
        return Outcome(found.mask, found.range_hu, findings=found.findings)

    def _by_model(self, view: SegmentView) -> Outcome:
        from segmentation.models.prompt import Prompt, prompted  # noqa: PLC0415 - heavy
        from segmentation.models.shelf import model_named  # noqa: PLC0415 - for a model only

        grid, model = view.volume.grid, model_named(self.model)
        lists = (self.inside_lps_mm, self.outside_lps_mm, self.box_lps_mm)
        inside, outside, corners = (voxels_of(grid, points) for points in lists)
        box = corners if len(corners) == CORNERS else corners[:0]
        prompt = Prompt(inside, outside, box)
        made = prompted(view.volume, model, prompt, view.kept, view.progress)
        values = {"model": model[1].title, "version": model[1].version}
        told = Finding("model-proposal", Severity.INFO, values)
        if made.mask.is_empty:
            told = Finding("model-found-nothing", Severity.WARN, values)
        return Outcome(made.mask, findings=(told,), made_by=made.made_by)


def voxels_of(grid: Grid, points_lps_mm: LpsPoints) -> NDArray[np.float64]:
    """Return real-valued voxel indices k, j, i of points; (N, 3), also for none."""
    lps = np.array(points_lps_mm, np.float64).reshape(-1, 3)
    return grid.ijk(lps)[:, ::-1]
