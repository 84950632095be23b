"""Local threshold: what is denser than the tissue around it, for bone too thin for one range."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import ANY_HU, Help, LowerHu, Range, Title, Unit, UpperHu, settle
from segmentation.hu_range import require_range, without_padding
from segmentation.kernels.bits import window
from segmentation.kernels.local_mean import above_box_mean, above_gaussian, reach
from segmentation.mask import BitMask, Box, Words

SIGMAS_IN_RADIUS = 3.0


@dataclass(frozen=True, slots=True)
class LocalThreshold:
    """Replace the segment by voxels of a range at least `offset_hu` above the mean around them.

    The mean is that of a box of `radius_mm` to each side, or by a Gaussian whose standard
    deviation is a third of it. Thin bone that partial volume makes faint stands out from its
    surroundings where one range for all would leave holes. Values of the range from `sure_hu` on
    belong to the segment in any case: the inside of thick bone stands out from nothing. The voxels
    at the scan's border repeat; padding counts with the values it has, and is never selected.
    """

    name: ClassVar[str] = "local-threshold"
    title: ClassVar[str] = "Local threshold"
    gesture: ClassVar[Gesture] = Gesture.NONE

    lower_hu: LowerHu = 120
    upper_hu: UpperHu = 32767
    offset_hu: Annotated[
        int,
        Title("Above the mean by"),
        Range(-1000, 1000, 1, usual=(0, 300)),
        Unit("HU"),
        Help("How much denser than the mean around it a voxel has to be."),
    ] = 60
    radius_mm: Annotated[
        float,
        Title("Radius"),
        Range(0.5, 20.0, 0.5, usual=(1.0, 10.0)),
        Unit("mm"),
        Help("How far around a voxel the mean is taken."),
    ] = 4.0
    weights: Annotated[
        Literal["even", "gaussian"],
        Title("Weights"),
        Help("Whether all voxels around count alike, or near ones more."),
    ] = "even"
    sure_hu: Annotated[
        int,
        Title("In any case from"),
        ANY_HU,
        Unit("HU"),
        Help("Values this dense belong to the segment whatever lies around them."),
    ] = 226

    def __post_init__(self) -> None:
        """Refuse values outside their ranges and a range without any value."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the voxels that stand out; the segment before doesn't matter."""
        shape_kji = view.volume.grid.shape_kji
        words = self._words(view)
        # One quick pass, done before the bar could show it.
        words |= window(view.volume.hu, max(self.sure_hu, self.lower_hu), self.upper_hu)
        without_padding(view.volume, words)
        return BitMask.from_words(shape_kji, words, Box.whole(shape_kji))

    def _words(self, view: SegmentView) -> Words:
        hu, spacing_kji_mm = view.volume.hu, view.volume.grid.spacing_kji_mm
        range_hu = self.lower_hu, self.upper_hu
        if self.weights == "even":
            reach_kji = reach(spacing_kji_mm, self.radius_mm)
            return above_box_mean(hu, reach_kji, self.offset_hu, range_hu, view.progress)
        sigma_mm = self.radius_mm / SIGMAS_IN_RADIUS
        return above_gaussian(hu, spacing_kji_mm, sigma_mm, self.offset_hu, range_hu, view.progress)
