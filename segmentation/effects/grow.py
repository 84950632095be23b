"""Grow from seeds: what hangs together with a click, by values, by edges, with leaks told."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

from segmentation.confidence import confident_range
from segmentation.effects.effect import Gesture, Outcome, SegmentView
from segmentation.effects.setting import (
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
from segmentation.finding import Finding
from segmentation.hu_range import require_range
from segmentation.leak import Leaks, judged
from segmentation.mask import BitMask
from segmentation.progress import share
from segmentation.reachable import Reachable, reachable
from segmentation.seed import seed_voxels

Ints = NDArray[np.int64]
RANGE: Final = "range"
CONFIDENCE: Final = "confidence"
GRADIENT: Final = "gradient"


@dataclass(frozen=True, slots=True)
class Grow:
    """Replace the segment by the voxels that hang together with a seed over faces.

    By `range` they lie within the bounds. By `confidence` the range is found: the mean of a ball
    around the seeds and then of what was grown, `spread_sd` standard deviations to both sides. By
    `gradient` they lie within the bounds, and the region doesn't pass voxels where HU change more
    than `limit_hu_per_mm`; it ends with them. Seeds outside the range or the scan add nothing, but
    one at least must lie inside. Padding is never selected. A region that passes through a neck
    no wider than `neck_mm` into another thick part is told, or stopped there.
    """

    name: ClassVar[str] = "grow"
    title: ClassVar[str] = "Grow from seeds"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    lower_hu: LowerHu = 226
    upper_hu: UpperHu = 32767
    seed_lps_mm: Annotated[
        LpsPoints,
        Title("Seeds"),
        Unit("mm"),
        Help("Points from which the segment grows, x,y,z in LPS."),
    ] = ()
    method: Annotated[
        Literal["range", "confidence", "gradient"],
        Title("Grow by"),
        Help("Within a range, within a range found around the points, or up to steep edges."),
    ] = "range"
    spread_sd: Annotated[
        float,
        Title("Spread"),
        Range(0.5, 6.0, 0.1),
        Unit("SD"),
        Help("How many standard deviations around the mean belong to the segment."),
    ] = 2.5
    radius_mm: Annotated[
        float,
        Title("Around each point"),
        Range(0.5, 20.0, 0.5),
        Unit("mm"),
        Help("The ball around each point from which the first range is taken."),
    ] = 3.0
    rounds: Annotated[
        int,
        Title("Rounds"),
        Range(0, 8, 1),
        Unit("times"),
        Help("How often the range is found anew from what was grown."),
    ] = 2
    limit_hu_per_mm: Annotated[
        float,
        Title("Steepest change"),
        Range(1.0, 2000.0, 5.0, usual=(10.0, 400.0)),
        Unit("HU/mm"),
        Help("The segment does not grow past voxels where values change faster than this."),
    ] = 80.0
    leaks: Annotated[
        Literal["tell", "stop", "off"],
        Title("Leaks"),
        Help("What to do where the segment passes through a neck: tell, stop there, or nothing."),
    ] = "tell"
    neck_mm: Annotated[
        float,
        Title("Neck"),
        Range(0.5, 20.0, 0.5),
        Unit("mm"),
        Help("The widest passage that counts as a leak."),
    ] = 3.0

    def __post_init__(self) -> None:
        """Refuse values beyond 16 bits and a range without any value."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the region; refuses when there is no seed or none inside the range."""
        return self.told(view).mask

    def told(self, view: SegmentView) -> Outcome:
        """Return the region, the range that was found, and where it may have leaked."""
        if not self.seed_lps_mm:
            raise Refusal("seed-missing", tool=self.name)
        seeds = seed_voxels(view.volume.grid, self.seed_lps_mm)
        lower_hu, upper_hu, found = self.lower_hu, self.upper_hu, None
        if self.method == CONFIDENCE:
            found = lower_hu, upper_hu = self._found(view, seeds)
        limit = self.limit_hu_per_mm if self.method == GRADIENT else None
        key = (self.name, view.volume, lower_hu, upper_hu, limit)
        ground = view.kept.take(key, Reachable)
        if ground is None:
            stage = share(view.progress, 0.3, 0.6)
            ground = reachable(view.volume, (lower_hu, upper_hu), limit, stage)
        chosen = ground.regions_at(seeds)
        if not chosen.any():
            self._refuse(lower_hu, upper_hu)
        mask = ground.mask_of(chosen, share(view.progress, 0.6, 0.8))
        findings: tuple[Finding, ...] = ()
        if self.leaks != "off":
            leaks = Leaks(self.neck_mm, is_stopped=self.leaks == "stop")
            stage = share(view.progress, 0.8, 1.0)
            mask, findings = judged(mask, ground, chosen, seeds, leaks, stage)
        view.kept.put(key, ground)
        view.progress(1, 1)
        return Outcome(ground.with_rim(mask), found, (), findings)

    def _found(self, view: SegmentView, seeds: Ints) -> tuple[int, int]:
        if not seeds.size:
            raise Refusal("seed-outside-scan", seeds=len(self.seed_lps_mm))
        stage = share(view.progress, 0.0, 0.3)
        return confident_range(
            view.volume, seeds, self.spread_sd, self.radius_mm, self.rounds, stage
        )

    def _refuse(self, lower_hu: int, upper_hu: int) -> None:
        values = {"seeds": len(self.seed_lps_mm), "lower_hu": lower_hu, "upper_hu": upper_hu}
        if self.method == GRADIENT:
            raise Refusal("seed-on-edge", **values, limit_hu_per_mm=self.limit_hu_per_mm)
        raise Refusal("seed-outside-range", **values)
