"""Numbers of one segment: size, place, parts, and the values under it, exact by histogram."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid
from segmentation.kernels.histogram import BINS, Counts, discount
from segmentation.kernels.runs import runs_of
from segmentation.kernels.slabs import each_slab
from segmentation.mask import WORD_BITS, BitMask
from segmentation.mesh import Mesh
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume

PERCENTS: Final = (5, 25, 50, 75, 95)
HU_MIN: Final = -32768
Lps = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class HuNumbers:
    """The values under a mask, in HU; `measured` counts them, what was never measured left out.

    `sd_hu` is the sample's (n - 1), 0 for one voxel; `percentiles_hu` are those of `PERCENTS`,
    between two values in proportion (the median is the third).
    """

    measured: int
    mean_hu: float
    sd_hu: float
    min_hu: int
    max_hu: int
    percentiles_hu: tuple[float, ...]

    @property
    def median_hu(self) -> float:
        """The middle value, or half-way between the two in the middle."""
        return self.percentiles_hu[PERCENTS.index(50)]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers of one mask on its volume.

    `hu` is None where no voxel was measured; `low_lps_mm` and `high_lps_mm` are the corners of the
    box along the LPS axes around the voxels' outer faces; they and `centroid_lps_mm`, the mean of
    the voxels' centres, are None for an empty mask. `components` hang together over faces.
    """

    voxels: int
    ml: float
    hu: HuNumbers | None
    low_lps_mm: Lps | None
    high_lps_mm: Lps | None
    centroid_lps_mm: Lps | None
    components: int


def statistics(volume: Volume, mask: BitMask, progress: Progress = silent) -> Statistics:
    """Return the numbers of a mask; cancelled between slabs."""
    counts = histogram_under(volume, mask, share(progress, 0 / 2, (0 + 1) / 2))
    box = bounds_lps_mm(volume.grid, mask)
    low, high = (None, None) if box is None else box
    voxels = mask.voxels
    return Statistics(
        voxels,
        voxels * volume.grid.voxel_ml,
        hu_numbers(counts),
        low,
        high,
        centroid_lps_mm(volume.grid, mask),
        components(mask, share(progress, 1 / 2, (1 + 1) / 2)),
    )


def histogram_under(volume: Volume, mask: BitMask, progress: Progress = silent) -> Counts:
    """Return how many voxels of a mask have each HU from -32768 on; shape (65536,).

    What the scanner never measured is not counted.
    """
    measured = mask if volume.padding is None else mask - volume.padding
    counts = np.zeros(BINS, np.int64)
    k, j = measured.start_kj
    door = Lock()

    def count(k0: int, k1: int) -> None:
        """Count some slices in a table of their own."""
        own = np.zeros(BINS, np.int64)
        start = (k + k0, j, WORD_BITS * measured.start_word)
        discount(own, volume.hu, measured.words[k0:k1], start)
        with door:  # sums of whole numbers are the same in any order
            np.subtract(counts, own, out=counts)

    each_slab(count, len(measured.words), progress)
    return counts


def hu_numbers(counts: Counts) -> HuNumbers | None:
    """Return the numbers of a histogram; None for an empty one."""
    at = np.flatnonzero(counts)
    if not at.size:
        return None
    n, values = counts[at], at + HU_MIN
    total = int(n.sum())
    mean = int((n * values).sum()) / total
    # About the mean: sums of squares would lose the digits of a small spread.
    squares = float((n * (values - mean) ** 2).sum())
    sd = math.sqrt(squares / (total - 1)) if total > 1 else 0.0
    percentiles = _percentiles(values, np.cumsum(n), PERCENTS)
    return HuNumbers(total, mean, sd, int(values[0]), int(values[-1]), percentiles)


def _percentiles(
    values: NDArray[np.int64], upto: Counts, percents: Sequence[int]
) -> tuple[float, ...]:
    """Return percentiles of sorted values with their running counts, linear between neighbours."""
    found = []
    for percent in percents:
        whole, rest = divmod((int(upto[-1]) - 1) * percent, 100)
        low, high = (
            int(values[np.searchsorted(upto, rank, side="right")])
            for rank in (whole, min(whole + 1, int(upto[-1]) - 1))
        )
        found.append(low + (high - low) * rest / 100)
    return tuple(found)


def components(mask: BitMask, progress: Progress = silent) -> int:
    """Return how many separate parts a mask has; voxels hang together over faces."""
    if not mask.words.size:
        return 0
    root = runs_of(mask.words, False, progress).root
    return int(np.count_nonzero(root == np.arange(root.size)))


def _profiles(mask: BitMask) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return how many voxels of the mask's box lie in each slice, row and column."""
    set_bits = np.bitwise_count(mask.words).astype(np.int64)
    columns = []
    for word in range(mask.words.shape[2]):
        bits = np.ascontiguousarray(mask.words[:, :, word]).astype("<u8", copy=False)
        flat = np.unpackbits(bits.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
        columns.append(flat.sum(axis=0, dtype=np.int64))
    return set_bits.sum(axis=(1, 2)), set_bits.sum(axis=(0, 2)), np.concatenate(columns)


def centroid_lps_mm(grid: Grid, mask: BitMask) -> Lps | None:
    """Return the mean of the voxels' centres; None for an empty mask."""
    if not mask.words.size:
        return None
    first = (*mask.start_kj, WORD_BITS * mask.start_word)
    total = mask.voxels
    kji = [
        start + int((np.arange(counts.size) * counts).sum()) / total
        for start, counts in zip(first, _profiles(mask), strict=True)
    ]
    x, y, z = grid.lps_mm(np.array(kji[::-1])).tolist()
    return x, y, z


def bounds_kji(mask: BitMask) -> tuple[tuple[int, int, int], tuple[int, int, int]] | None:
    """Return the first and the last voxel of a mask along k, j and i; None for an empty one."""
    if not mask.words.size:
        return None
    columns = np.flatnonzero(_profiles(mask)[2]) + WORD_BITS * mask.start_word
    box = mask.box
    first = box.k0, box.j0, int(columns[0])
    return first, (box.k1 - 1, box.j1 - 1, int(columns[-1]))


def bounds_lps_mm(grid: Grid, mask: BitMask) -> tuple[Lps, Lps] | None:
    """Return the corners of the LPS box around the outer faces of the voxels' own box."""
    bounds = bounds_kji(mask)
    if bounds is None:
        return None
    first, last = np.array(bounds[0]) - 0.5, np.array(bounds[1]) + 0.5
    corners = np.array(np.meshgrid(*zip(first, last, strict=True))).reshape(3, -1).T
    points = grid.lps_mm(corners[:, ::-1])
    (x0, y0, z0), (x1, y1, z1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (x0, y0, z0), (x1, y1, z1)


def area_mm2(mesh: Mesh) -> float:
    """Return the area of a surface."""
    a, b, c = (mesh.points_lps_mm[mesh.triangles[:, n]] for n in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2.0)
