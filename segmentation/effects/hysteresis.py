"""Hysteresis: faint voxels of a range, where they hang together with dense ones."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import ANY_HU, Help, LowerHu, Title, Unit, UpperHu, settle
from segmentation.errors import Refusal
from segmentation.hu_range import in_range, require_range
from segmentation.kernels.linked import linked
from segmentation.mask import BitMask, Box
from segmentation.progress import share


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """Replace the segment by the parts of a range that hold a voxel of `core_hu` or more.

    So thin and faint ends stay with their bone, and islands that are nowhere dense go. Padding is
    never selected.
    """

    name: ClassVar[str] = "hysteresis"
    title: ClassVar[str] = "Hysteresis threshold"
    gesture: ClassVar[Gesture] = Gesture.NONE

    lower_hu: LowerHu = 150
    upper_hu: UpperHu = 32767
    core_hu: Annotated[
        int,
        Title("Dense core from"),
        ANY_HU,
        Unit("HU"),
        Help("A part stays where one of its voxels is at least this dense."),
    ] = 600
    neighbours: Annotated[
        Literal["faces", "corners"],
        Title("Hang together over"),
        Help("Whether voxels hang together over faces only, or over edges and corners too."),
    ] = "faces"

    def __post_init__(self) -> None:
        """Refuse values beyond 16 bits, an empty range and a core outside the range."""
        settle(self)
        require_range(self.lower_hu, self.upper_hu)
        if not self.lower_hu <= self.core_hu <= self.upper_hu:
            raise Refusal(
                "core-outside-range",
                core_hu=self.core_hu,
                lower_hu=self.lower_hu,
                upper_hu=self.upper_hu,
            )

    def apply(self, view: SegmentView) -> BitMask:
        """Return the parts; none where nothing is as dense as the core."""
        volume, shape_kji = view.volume, view.volume.grid.shape_kji
        wide = in_range(volume, self.lower_hu, self.upper_hu, share(view.progress, 0.0, 0.2))
        core = in_range(volume, self.core_hu, self.upper_hu, share(view.progress, 0.2, 0.4))
        is_full = self.neighbours == "corners"
        words = linked(wide, core, is_full, share(view.progress, 0.4, 1.0))
        return BitMask.from_words(shape_kji, words, Box.whole(shape_kji))
