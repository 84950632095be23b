"""How much of a mask lies beyond a plane, in whole parts of voxels.

Whole runs of a row are counted by words; only the voxels that the plane passes through are split.
"""

import math
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.geometry.plane import Plane
from segmentation.grid import Grid
from segmentation.mask import BitMask, Words
from segmentation.progress import Progress, silent

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
PARTS: Final = 1 << 20
"""Into how many parts a voxel is split: sums of them are exact in 64 bits for any volume."""
FLAT: Final = 1e-5
# A slope that over any scan adds up to nothing; dividing by it would overflow.
LEVEL_MM: Final = 1e-12
SLICES_AT_ONCE: Final = 32


def removed_parts(grid: Grid, mask: BitMask, plane: Plane, progress: Progress = silent) -> int:
    """Return how many parts of the mask's voxels lie where the plane's normal points to.

    Out of `mask.voxels * PARTS`; each voxel's share is that of its box, rounded to the part.
    """
    steps = np.array(grid.spacing_kji_mm)[:, None] * grid.direction.T[::-1] @ plane.normal
    steps[np.abs(steps) < LEVEL_MM] = 0.0
    first = np.array([64 * mask.start_word, mask.start_kj[1], mask.start_kj[0]])
    start = float(plane.signed_mm(grid.lps_mm(first)))
    nk, nj, _ = mask.words.shape
    total = 0
    for k0 in range(0, nk, SLICES_AT_ONCE):
        words = mask.words[k0 : k0 + SLICES_AT_ONCE]
        k = np.arange(k0, k0 + len(words))
        rows_mm = (start + k[:, None] * steps[0] + np.arange(nj) * steps[1]).ravel()
        total += _removed(words.reshape(len(rows_mm), -1), rows_mm, steps)
        progress(k0 + len(words), nk)
    return total


def _removed(words: Words, rows_mm: Floats, steps: Floats) -> int:
    """Return the parts beyond the plane in some rows; `rows_mm` is each row's first distance.

    `steps` (3,) is how much the signed distance grows by one voxel along k, j and i.
    """
    sizes = np.abs(steps)
    half = float(sizes.sum()) / 2.0
    low, high = _band(rows_mm, float(steps[2]), half, 64 * words.shape[1])
    beyond = (high, np.full_like(high, 64 * words.shape[1])) if steps[2] >= 0 else (0 * low, low)
    is_level = steps[2] == 0.0
    if is_level:  # a row is wholly beyond, wholly behind, or in the band
        beyond = (np.where(rows_mm >= half, 0, beyond[1]), beyond[1])
    counts = np.zeros((len(words), words.shape[1] + 1), np.int64)
    np.cumsum(np.bitwise_count(words), axis=1, out=counts[:, 1:])
    whole = _set_before(words, counts, beyond[1]) - _set_before(words, counts, beyond[0])
    widths = high - low
    rows = np.repeat(np.arange(len(words)), widths)
    i = np.arange(len(rows)) - np.repeat(np.cumsum(widths) - widths, widths) + low[rows]
    is_set = (words[rows, i // 64] >> (i % 64).astype(np.uint64)) & np.uint64(1) == 1
    rows, i = rows[is_set], i[is_set]
    ratio = volume_ratio(rows_mm[rows] + i * steps[2] + half, sizes)
    split = np.floor(ratio * PARTS + 0.5).astype(np.int64)
    return int(whole.sum()) * PARTS + int(split.sum())


def _band(rows_mm: Floats, step: float, half: float, voxels: int) -> tuple[Numbers, Numbers]:
    """Return the first voxel of each row that the plane may pass through, and the one behind."""
    if step == 0.0:
        is_in = np.abs(rows_mm) < half
        return np.zeros(len(rows_mm), np.int64), np.where(is_in, voxels, 0)
    ends = np.stack([(-half - rows_mm) / step, (half - rows_mm) / step])
    # One voxel more on either side takes up the rounding; its share comes out as 0 or 1.
    low = np.clip(np.floor(ends.min(axis=0)) - 1, 0, voxels).astype(np.int64)
    high = np.clip(np.ceil(ends.max(axis=0)) + 2, 0, voxels).astype(np.int64)
    return low, high


def _set_before(words: Words, counts: Numbers, end: Numbers) -> Numbers:
    """Return how many voxels of each row are set before voxel `end`."""
    rows, word = np.arange(len(words)), end // 64
    inside = np.minimum(word, words.shape[1] - 1)
    below = (np.uint64(1) << (end % 64).astype(np.uint64)) - np.uint64(1)
    rest = np.bitwise_count(words[rows, inside] & below).astype(np.int64)
    before: Numbers = counts[rows, word] + np.where(word < words.shape[1], rest, 0)
    return before


def volume_ratio(depth_mm: Floats, sizes_mm: Floats) -> Floats:
    """Return the share of a box that lies below a plane at `depth_mm` (N,), 0 to 1.

    `sizes_mm` (3,) are the box's sides along the plane's normal; the depth counts from its lowest
    corner, up to their sum. Scardovelli and Zaleski 2000, doi 10.1006/jcph.2000.6567, by inclusion
    and exclusion; sides along the plane, up to 1e-5 of the largest, are left out.
    """
    sizes = sizes_mm[sizes_mm > FLAT * sizes_mm.max()]
    depth = depth_mm - (sizes_mm.sum() - sizes.sum()) / 2.0
    depth = np.clip(depth, 0.0, sizes.sum())
    n = len(sizes)
    share = np.zeros(len(depth))
    for count in range(n + 1):
        for some in combinations(sizes, count):
            share += (-1) ** count * np.maximum(depth - sum(some), 0.0) ** n
    ratio: Floats = np.clip(share / (math.factorial(n) * float(np.prod(sizes))), 0.0, 1.0)
    return ratio
