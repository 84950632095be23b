"""What every finder starts from: the scan in coarse blocks, and the patient in it."""

from dataclasses import dataclass

from segmentation.anatomy.body import SKIN_HU, body_blocks, rim
from segmentation.anatomy.coarse import Blocks, Frame, Values, block_means
from segmentation.hu_range import in_range
from segmentation.kernels.bits import HU_MAX
from segmentation.kernels.components import largest
from segmentation.mask import BitMask, Box
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """The volume, its blocks' mean HU, and which blocks are the patient's."""

    volume: Volume
    frame: Frame
    hu: Values
    body: Blocks

    @property
    def block_ml(self) -> float:
        """The volume of a block."""
        return self.frame.block_ml

    @property
    def body_ml(self) -> float:
        """The patient's volume in the scan, to a block."""
        return float(self.body.sum()) * self.block_ml

    def body_mask(self, progress: Progress = silent) -> BitMask:
        """Return the patient's voxels, hollows included; the border lies at the skin's HU."""
        inner, outer = (self.frame.mask(blocks) for blocks in rim(self.body, self.frame))
        shape_kji = self.volume.grid.shape_kji
        words = in_range(self.volume, SKIN_HU, HU_MAX, share(progress, 0.0, 0.5))
        words |= inner.to_words()
        words &= outer.to_words()
        return BitMask.from_words(
            shape_kji, largest(words, progress=share(progress, 0.5, 1.0)), Box.whole(shape_kji)
        )


def surveyed(volume: Volume, progress: Progress = silent) -> Survey:
    """Return the survey of a volume."""
    frame = Frame.of(volume.grid)
    hu = block_means(volume, frame, share(progress, 0.0, 0.8))
    body = body_blocks(hu, frame)
    progress(1, 1)
    return Survey(volume, frame, hu, body)
