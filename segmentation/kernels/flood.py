"""Region growing from seeds on bit rows; only rows that the region reaches are thresholded.

For small regions in a large volume. A whole window with many seeds is quicker by `components`.
"""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import TOP, U0, U1, Hu, clamped, read_only, window_row
from segmentation.kernels.jit import kernel
from segmentation.mask import Words, word_count
from segmentation.progress import Progress, silent

ROWS_PER_CALL = 100_000
DOUBLINGS = (1, 2, 4, 8, 16, 32)

Flags = NDArray[np.bool_]
Queue = NDArray[np.int32]


@kernel
def _fill_row(row: Words, seeds: Words) -> None:
    """Grow `seeds`, a subset of `row`, in place to the whole runs that hold them."""
    carry = U0
    for w in range(row.size):  # to higher i: addition ripples through a run
        a = (seeds[w] | carry) & row[w]
        seeds[w] = ((row[w] ^ (row[w] + a)) & row[w]) | a
        carry = seeds[w] >> TOP
    carry = U0
    for w in range(row.size - 1, -1, -1):  # to lower i: doubling steps
        f, p = (seeds[w] | (carry << TOP)) & row[w], row[w]
        for step in DOUBLINGS:
            f |= p & (f >> np.uint64(step))
            p &= p >> np.uint64(step)
        seeds[w] = f
        carry = f & U1


@kernel
def _offer(
    new: Words, r: int, region: Words, pending: Words, queued: Flags, queue: Queue, tail: int
) -> int:
    """Hand new voxels to row r, queue it when they may add something; return the queue's end."""
    some = U0
    for w in range(new.size):
        b = new[w] & ~region[r, w]
        pending[r, w] |= b
        some |= b
    if some != U0 and not queued[r]:
        queued[r] = True
        queue[tail % queue.size] = r
        tail += 1
    return tail


@kernel
def _grow(
    hu: Hu,
    lower: np.int16,
    span: np.uint16,
    region: Words,
    pending: Words,
    queued: Flags,
    queue: Queue,
    head: int,
    tail: int,
    rows: int,
) -> tuple[int, int]:
    """Visit at most `rows` queued rows; return the queue's new ends. No row is queued twice."""
    nk, nj, ni = hu.shape
    flat = hu.reshape(-1)
    row, new = np.empty(region.shape[1], np.uint64), np.empty(region.shape[1], np.uint64)
    for _ in range(rows):
        if head == tail:
            break
        r = queue[head % queue.size]
        head += 1
        queued[r] = False
        window_row(flat, r * ni, ni, lower, span, row)
        some = U0
        for w in range(new.size):
            new[w] = pending[r, w] & row[w] & ~region[r, w]
            pending[r, w] = U0
            some |= new[w]
        if some == U0:
            continue
        _fill_row(row, new)
        for w in range(new.size):
            new[w] &= ~region[r, w]
            region[r, w] |= new[w]
        k, j = r // nj, r % nj
        if j > 0:
            tail = _offer(new, r - 1, region, pending, queued, queue, tail)
        if j < nj - 1:
            tail = _offer(new, r + 1, region, pending, queued, queue, tail)
        if k > 0:
            tail = _offer(new, r - nj, region, pending, queued, queue, tail)
        if k < nk - 1:
            tail = _offer(new, r + nj, region, pending, queued, queue, tail)
    return head, tail


def region(
    hu: Hu,
    lower_hu: int,
    upper_hu: int,
    seeds_kji: NDArray[np.int64],
    progress: Progress = silent,
) -> Words:
    """Return the 6-connected voxels inside the window that hang together with a seed.

    `hu` is C-contiguous int16 [k, j, i]; `seeds_kji` (N, 3) lie inside it.
    """
    nk, nj, ni = hu.shape
    rows = nk * nj
    grown, pending = np.zeros((2, rows, word_count(ni)), np.uint64)
    bounds = clamped(lower_hu, upper_hu)
    source = read_only(hu)
    queued, queue, head, tail = np.zeros(rows, bool), np.empty(rows, np.int32), 0, 0
    for k, j, i in seeds_kji.tolist():
        row = k * nj + j
        pending[row, i >> 6] |= U1 << np.uint64(i & 63)
        if not queued[row]:
            queued[row], queue[tail] = True, row
            tail += 1
    while bounds is not None and head < tail:
        head, tail = _grow(
            source, *bounds, grown, pending, queued, queue, head, tail, ROWS_PER_CALL
        )
        progress(head, max(tail, rows))
    words: Words = grown.reshape(nk, nj, -1)
    return words
