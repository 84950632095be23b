"""How often each HU value occurs, and Otsu's threshold on it."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import HU_MAX, HU_MIN, U0, U1, Hu, read_only
from segmentation.kernels.jit import kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, silent

BINS = HU_MAX - HU_MIN + 1
LANES = 4
PART = 1 << 22
"""Words of four values that are counted by one call: 10 ms."""
LOW = np.uint64(0xFFFF)

Counts = NDArray[np.int64]


@kernel
def _count(quads: Words, n0: int, n1: int, tables: NDArray[np.int32]) -> None:
    """Count quads[n0:n1], four values a word, each in a table of its own.

    So equal neighbours don't wait for each other. The bin is the value's 16 bits, unsigned.
    """
    one, two, three, four = tables[0], tables[1], tables[2], tables[3]
    for n in range(n0, n1):
        word = quads[n]
        one[word & LOW] += np.int32(1)
        two[(word >> np.uint64(16)) & LOW] += np.int32(1)
        three[(word >> np.uint64(32)) & LOW] += np.int32(1)
        four[word >> np.uint64(48)] += np.int32(1)


@kernel
def _discount(hu: Hu, words: Words, k0: int, j0: int, i0: int, counts: Counts) -> None:
    """Take the voxels of `words`, a block that begins at (k0, j0, i0), out of `counts`."""
    for k in range(words.shape[0]):
        for j in range(words.shape[1]):
            for w in range(words.shape[2]):
                word, i = words[k, j, w], i0 + 64 * w
                while word != U0:
                    if word & U1 != U0:
                        counts[np.int64(hu[k0 + k, j0 + j, i]) + 32768] -= 1
                    word >>= U1
                    i += 1


def histogram(hu: Hu, progress: Progress = silent) -> Counts:
    """Return how many voxels have each HU from -32768 to 32767; shape (65536,).

    `hu` is C-contiguous int16.
    """
    flat = read_only(hu).reshape(-1)
    quads = flat[: flat.size // LANES * LANES].view(np.uint64)
    tables = np.zeros((-(-quads.size // PART), LANES, BINS), np.int32)

    def count(n0: int, n1: int) -> None:
        """Count some values in tables of their own."""
        _count(quads, n0, n1, tables[n0 // PART])

    each_slab(count, quads.size, progress, PART)
    total: Counts = tables.sum(axis=(0, 1), dtype=np.int64)
    total += np.bincount(flat[LANES * quads.size :].view(np.uint16), minlength=BINS)
    return np.roll(total, BINS // 2)


def discount(counts: Counts, hu: Hu, words: Words, start_kji: tuple[int, int, int]) -> None:
    """Take the voxels of a mask's `words`, a block from `start_kji`, out of `counts` in place."""
    _discount(read_only(hu), read_only(words), *start_kji, counts)


def otsu(counts: Counts) -> int:
    """Return the last HU of the lower of two classes with the greatest variance between them.

    Where several are equally good (no voxel between them), the first. Otsu 1979,
    doi 10.1109/TSMC.1979.4310076.
    """
    values = np.arange(HU_MIN, HU_MAX + 1, dtype=np.float64)
    weight = np.cumsum(counts).astype(np.float64)
    moment = np.cumsum(counts * values)
    is_split = (weight > 0.0) & (weight < weight[-1])
    spread = np.where(is_split, weight * (weight[-1] - weight), 1.0)
    score = np.where(is_split, (moment[-1] * weight - moment * weight[-1]) ** 2 / spread, -1.0)
    return int(values[np.argmax(score)])
