"""Slices that the scanner never delivered: where a picture must not be read as air (HAZ-8)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel
from segmentation.mask import BitMask, Box, word_count
from segmentation.volume import Volume
from viewers.pipelines.plane import SlicePlane
from viewers.pipelines.slice import Affine, index_steps

PERIOD_PX: Final = 9.0
LINE_PX: Final = 1.6
EXACT_SLICES: Final = 1e-3

Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """The missing slices of a volume.

    `is_missing` (nk,) marks slices without one measured voxel; `field` holds as words [j, w]
    what is measured in any slice: outside it, as in the corners beyond a round reconstruction,
    nothing was ever to be seen.
    """

    is_missing: NDArray[np.uint8]
    field: Words


def gaps_of(volume: Volume) -> Gaps | None:
    """Return the missing slices, None where there are none."""
    padding = volume.padding
    if padding is None or padding.is_empty:
        return None
    nk, nj, ni = volume.grid.shape_kji
    if padding.words.shape[1:] != (nj, word_count(ni)):
        return None
    full = Box.whole((1, nj, ni))
    every = BitMask.from_bool(np.ones((1, nj, ni), bool)).words_in(full)[0]
    is_missing = np.zeros(nk, np.uint8)
    kept = np.zeros((nj, word_count(ni)), np.uint64)
    for k in range(nk):
        row = padding.words[k - padding.start_kj[0]] if _holds(padding, k) else np.zeros_like(kept)
        is_missing[k] = np.array_equal(row, every)
        kept |= every & ~row
    return Gaps(is_missing, kept) if is_missing.any() else None


def gap_lines(gaps: Gaps, volume: Volume, plane: SlicePlane, ratio: float) -> NDArray[np.uint8]:
    """Return where thin diagonal lines mark a gap: 1 in (rows, columns) device pixels, else 0.

    Marked is what is drawn from a missing slice, wholly or in part, inside the scan's field.
    """
    width, height = (max(1, int(n * ratio)) for n in plane.size_px)
    lines = np.zeros((height, width), np.uint8)
    steps = index_steps(volume.grid, plane, ratio)
    pattern = np.array((PERIOD_PX * ratio, LINE_PX * ratio))
    _mark(gaps.is_missing, gaps.field, steps, pattern, lines)
    return lines


def _holds(padding: BitMask, k: int) -> bool:
    """Whether the padding has a voxel in a slice's range."""
    first = padding.start_kj[0]
    return first <= k < first + len(padding.words)


@kernel
def _mark(
    is_missing: NDArray[np.uint8],
    field: Words,
    steps: Affine,
    pattern: NDArray[np.float64],
    lines: NDArray[np.uint8],
) -> None:
    """Set the pixels to 1 that lie on a diagonal line, in the field and beside a missing slice."""
    nk, nj, ni = is_missing.shape[0], field.shape[0], 64 * field.shape[1]
    for row in range(lines.shape[0]):
        for column in range(lines.shape[1]):
            if (row + column) % pattern[0] >= pattern[1]:
                continue
            k = steps[0, 0] + column * steps[1, 0] + row * steps[2, 0]
            j = int(np.floor(steps[0, 1] + column * steps[1, 1] + row * steps[2, 1] + 0.5))
            i = int(np.floor(steps[0, 2] + column * steps[1, 2] + row * steps[2, 2] + 0.5))
            if not (-0.5 <= k < nk - 0.5 and 0 <= j < nj and 0 <= i < ni):
                continue
            low = min(max(int(np.floor(k + EXACT_SLICES)), 0), nk - 1)
            high = min(max(int(np.ceil(k - EXACT_SLICES)), 0), nk - 1)
            if not (is_missing[low] or is_missing[high]):
                continue
            if (field[j, i >> 6] >> np.uint64(i & 63)) & np.uint64(1):
                lines[row, column] = np.uint8(1)
