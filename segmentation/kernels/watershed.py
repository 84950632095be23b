"""Marker-based watershed: regions flood a height map downwards from their seeds.

The highest voxel that a region has reached is left first; of equal ones the first that was reached
(Meyer 1994, doi 10.1016/0165-1684(94)90060-4). So two regions meet where the path between their
seeds is lowest: at a neck or at a darker gap. One thread, one order: the same bytes always.
"""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel
from segmentation.progress import Progress, silent

POPS_PER_CALL = 400_000
TOP = 1024  # heights lie below

Heights = NDArray[np.int16]
Regions = NDArray[np.uint8]
Places = NDArray[np.int64]
Index = NDArray[np.int32]


@kernel
def _push(at: int, height: int, link: Index, head: Index, tail: Index) -> None:
    """Queue a voxel behind those of its height."""
    link[at] = -1
    if head[height] < 0:
        head[height] = at
    else:
        link[tail[height]] = at
    tail[height] = at


@kernel
def _flood(
    heights: Heights, regions: Regions, link: Index, head: Index, tail: Index, top: int,
    steps: Places, pops: int,
) -> int:  # fmt: skip
    """Leave at most `pops` queued voxels; return the highest queue in use, 0 when all are empty."""
    for _ in range(pops):
        while top > 0 and head[top] < 0:
            top -= 1
        if top == 0:
            break
        at = head[top]
        head[top] = link[at]
        for step in steps:
            there = at + step
            height = heights[there]
            if height > 0 and regions[there] == 0:
                regions[there] = regions[at]
                _push(there, height, link, head, tail)
                top = max(top, height)
    return top


@kernel
def _start(at: Places, link: Index, head: Index, tail: Index) -> None:
    for place in at:
        _push(place, head.size - 1, link, head, tail)


def watershed(heights: Heights, regions: Regions, progress: Progress = silent) -> None:
    """Flood from the voxels with a region (> 0) over all that hang together with them, in place.

    `heights` and `regions` [k, j, i] are C-contiguous and of one shape; heights lie below 1024 and
    are 0 where nothing is flooded, as on all six faces of the array. Voxels hang together over
    faces. All seeds are left before any other voxel.
    """
    _nk, nj, ni = heights.shape
    steps = np.array([nj * ni, -nj * ni, ni, -ni, 1, -1], np.int64)
    flat, own = heights.reshape(-1), regions.reshape(-1)
    link = np.empty(flat.size, np.int32)
    head, tail = np.full((2, TOP + 1), -1, np.int32)
    seeds = np.flatnonzero(own).astype(np.int64)
    _start(seeds, link, head, tail)
    total, done, top = max(int(np.count_nonzero(flat)), 1), 0, TOP
    while top > 0:
        top = _flood(flat, own, link, head, tail, top, steps, POPS_PER_CALL)
        done = min(done + POPS_PER_CALL, total)
        progress(done, total)
