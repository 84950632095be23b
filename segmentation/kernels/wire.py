"""Cheapest ways over a picture from one pixel to all others: Dijkstra with buckets (Dial, 1969)."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel

Costs = NDArray[np.uint8]
Ways = NDArray[np.int32]
STRAIGHT, DIAGONAL = 5, 7  # 1 and the root of 2, as whole numbers
BUCKETS = 4096
NOWHERE = -1


@kernel
def ways_from(cost: Costs, start: int, before: Ways, so_far: Ways) -> None:
    """Fill `before` with each pixel's predecessor on its cheapest way from `start`.

    `cost` is 1 to 255 per pixel, in rows; pixels are numbered along the rows and hang together
    over edges and corners. A step costs the sum of its two pixels times 5, over a corner times 7;
    `so_far` gets each pixel's sum. `before` of the start is -1. Ties take the way found first.
    """
    rows, columns = cost.shape
    pixels = rows * columns
    flat = cost.reshape(-1)
    first = np.full(BUCKETS, NOWHERE, np.int32)
    after, ahead = np.full(pixels, NOWHERE, np.int32), np.full(pixels, NOWHERE, np.int32)
    done = np.zeros(pixels, np.bool_)
    so_far[:] = np.iinfo(np.int32).max
    before[:] = NOWHERE
    so_far[start], first[0] = 0, start
    waiting, now = 1, 0
    while waiting:
        p = first[now % BUCKETS]
        if p == NOWHERE:
            now += 1
            continue
        first[now % BUCKETS] = after[p]
        if after[p] != NOWHERE:
            ahead[after[p]] = NOWHERE
        done[p] = True
        waiting -= 1
        row, column = p // columns, p % columns
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            for c in range(max(column - 1, 0), min(column + 2, columns)):
                q = r * columns + c
                if done[q]:
                    continue
                weight = STRAIGHT if r == row or c == column else DIAGONAL
                total = now + weight * (np.int64(flat[p]) + np.int64(flat[q]))
                if total >= so_far[q]:
                    continue
                if before[q] != NOWHERE:  # it waits in a bucket further on: take it out
                    if ahead[q] != NOWHERE:
                        after[ahead[q]] = after[q]
                    else:
                        first[so_far[q] % BUCKETS] = after[q]
                    if after[q] != NOWHERE:
                        ahead[after[q]] = ahead[q]
                else:
                    waiting += 1
                so_far[q], before[q] = total, p
                head = first[total % BUCKETS]
                after[q], ahead[q] = head, NOWHERE
                if head != NOWHERE:
                    ahead[head] = q
                first[total % BUCKETS] = q
