"""Smoothing steps on a closed, consistently oriented mesh."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel

Index = NDArray[np.int32]
Points = NDArray[np.float32]


@kernel
def neighbours(triangles: Index, start: Index, link: Index) -> None:
    """Write the neighbour lists of a mesh: those of point v are `link[start[v]:start[v + 1]]`.

    `start` (points + 1,) comes in as zeros, `link` has three entries a triangle. In a closed
    oriented mesh each neighbour of v is the next corner of exactly one triangle at v, so one entry
    per corner gives every neighbour once, without a sort.
    """
    for t in range(triangles.shape[0]):
        for corner in range(3):
            start[triangles[t, corner] + 1] += 1
    for v in range(start.size - 1):
        start[v + 1] += start[v]
    at = start[:-1].copy()
    for t in range(triangles.shape[0]):
        for corner in range(3):
            v = triangles[t, corner]
            link[at[v]] = triangles[t, (corner + 1) % 3]
            at[v] += 1


@kernel
def laplace(
    points: Points, start: Index, link: Index, factor: float, out: Points, first: int, stop: int
) -> None:
    """Move points `first`..`stop` by `factor` times the way to their neighbours' mean.

    Reads `points`, writes `out` (both (N, 3)); a negative factor moves away from the mean.
    """
    for v in range(first, stop):
        n = start[v + 1] - start[v]
        if n == 0:
            out[v, 0], out[v, 1], out[v, 2] = points[v, 0], points[v, 1], points[v, 2]
            continue
        x, y, z = np.float32(0.0), np.float32(0.0), np.float32(0.0)
        ratio = np.float32(factor / n)
        keep = np.float32(1.0 - factor)
        for at in range(start[v], start[v + 1]):
            w = link[at]
            x += points[w, 0]
            y += points[w, 1]
            z += points[w, 2]
        out[v, 0] = keep * points[v, 0] + ratio * x
        out[v, 1] = keep * points[v, 1] + ratio * y
        out[v, 2] = keep * points[v, 2] + ratio * z


@kernel
def clamped(
    points: Points, home: Points, start: Index, link: Index, out: Points, first: int, stop: int
) -> None:
    """Move points `first`..`stop` half the way to their neighbours' mean, inside their own cells.

    Reads `points`, writes `out` (both (N, 3), in voxels); a cell reaches from `home` to one more.
    """
    half, one = np.float32(0.5), np.float32(1.0)
    for v in range(first, stop):
        begin, end = start[v], start[v + 1]
        x, y, z = np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for at in range(begin, end):
            w = link[at]
            x += points[w, 0]
            y += points[w, 1]
            z += points[w, 2]
        share = half / np.float32(end - begin)
        x = half * points[v, 0] + share * x
        y = half * points[v, 1] + share * y
        z = half * points[v, 2] + share * z
        out[v, 0] = min(max(x, home[v, 0]), home[v, 0] + one)
        out[v, 1] = min(max(y, home[v, 1]), home[v, 1] + one)
        out[v, 2] = min(max(z, home[v, 2]), home[v, 2] + one)
