"""One number for equal points."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel

UNUSED = -1


@kernel
def _mixed(bits: np.uint64) -> np.uint64:
    """Return well spread bits (splitmix64, Steele and others 2014, doi:10.1145/2660193.2660195)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@kernel
def weld(
    corners: NDArray[np.uint32],
    seed: np.uint64,
    table: NDArray[np.int64],
    first: NDArray[np.int64],
    number: NDArray[np.int32],
) -> int:
    """Give equal rows of `corners` (N, 3) one number, in order of first sight; return how many.

    `table` (a power of two, at least 2 N) comes in as -1; `first[p]` becomes the row at which point
    p was first seen, `number[row]` (N,) its point. `seed` spreads the table and changes no result.
    """
    last = np.uint64(table.size - 1)
    found = 0
    for row in range(corners.shape[0]):
        x, y, z = corners[row, 0], corners[row, 1], corners[row, 2]
        key = _mixed(np.uint64(x) ^ (np.uint64(y) << np.uint64(32)) ^ seed)
        slot = _mixed(key ^ np.uint64(z)) & last
        while True:
            point = table[slot]
            if point == UNUSED:
                table[slot] = found
                first[found] = row
                number[row] = found
                found += 1
                break
            known = corners[first[point]]
            if known[0] == x and known[1] == y and known[2] == z:
                number[row] = point
                break
            slot = (slot + np.uint64(1)) & last
    return found
