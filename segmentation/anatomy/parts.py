"""The separate parts of coarse blocks with what tells them apart: size, place, mean HU."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.anatomy.coarse import Blocks, Values
from segmentation.kernels.bits import packed
from segmentation.kernels.blocks import summary
from segmentation.kernels.components import labelled

PAIR: Final = (slice(None, -1), slice(1, None))  # two neighbours along an axis


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Parts 1 to n that share faces; arrays by part have entry 0 for what is in none.

    `low` and `high` are the first and last index along z, y and x, shape (n + 1, 3), `centre`
    the mean index, `mean` the mean value.
    """

    number: NDArray[np.int32]
    blocks: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    centre: NDArray[np.float64]
    mean: NDArray[np.float64]

    def chosen(self, is_chosen: NDArray[np.bool_]) -> Blocks:
        """Return the blocks of the parts n with is_chosen[n]; never those of none."""
        keep = is_chosen.copy()
        keep[0] = False
        held: Blocks = keep[self.number]
        return held

    def touches(self, axis: int) -> NDArray[np.bool_]:
        """Return which parts reach the first or last index along an axis."""
        last = self.number.shape[axis] - 1
        return np.asarray((self.low[:, axis] == 0) | (self.high[:, axis] == last))

    def contact(self, blocks: Blocks) -> NDArray[np.float64]:
        """Return which ratio of each part's outer faces inside the scan touches `blocks`."""
        size = self.blocks.size
        faces, touching = np.zeros(size), np.zeros(size)
        for axis in range(3):
            for here, there in (PAIR, PAIR[::-1]):
                index = tuple(here if n == axis else slice(None) for n in range(3))
                other = tuple(there if n == axis else slice(None) for n in range(3))
                ids = self.number[index]
                is_face = (ids > 0) & (self.number[other] == 0)
                faces += np.bincount(ids[is_face], minlength=size)
                touching += np.bincount(ids[is_face & blocks[other]], minlength=size)
        return touching / np.maximum(faces, 1.0)

    @property
    def largest(self) -> Blocks:
        """The blocks of the largest part."""
        sizes = self.blocks.copy()
        sizes[0] = 0
        return self.chosen(np.arange(sizes.size) == int(sizes.argmax()))


def parts_of(blocks: Blocks, values: Values) -> Parts:
    """Return the parts of `blocks`; means are of `values`, an array of the same shape."""
    labels, n = labelled(packed(blocks), blocks.shape[2])
    number = labels.astype(np.int32)
    counts, low, high, totals = summary(number, n, values)
    means = totals / np.maximum(counts, 1)[:, None]
    return Parts(number, counts, low, high, means[:, :3], means[:, 3])
