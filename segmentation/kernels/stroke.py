"""Balls drawn along a polyline: the voxels of its capsules, row by row, by formula."""

import math

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, U1, Hu, set_bits
from segmentation.kernels.jit import kernel
from segmentation.mask import Words

Points = NDArray[np.float64]


@kernel
def _ball_span(a: Points, y: float, z: float, r2: float) -> tuple[float, float]:
    """Return where the row at (y, z) enters and leaves the ball at `a`; (inf, -inf) if never."""
    rest = r2 - (y - a[1]) ** 2 - (z - a[2]) ** 2
    if rest < 0.0:
        return np.inf, -np.inf
    half = math.sqrt(rest)
    return a[0] - half, a[0] + half


@kernel
def _shaft_span(a: Points, b: Points, y: float, z: float, r2: float) -> tuple[float, float]:
    """Return where the row enters and leaves the cylinder between `a` and `b`, flat ends."""
    dx, dy, dz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    length2 = dx * dx + dy * dy + dz * dz
    py, pz = y - a[1], z - a[2]
    if length2 == 0.0:
        return np.inf, -np.inf
    # Of x = a + u: |p|^2 - (p.d)^2 / |d|^2 <= r^2 is A u^2 + 2 B u + C <= 0.
    side = py * dy + pz * dz
    qa = 1.0 - dx * dx / length2
    qb = -dx * side / length2
    qc = py * py + pz * pz - side * side / length2 - r2
    if qa < 1e-12:  # the row is parallel to the shaft
        if qc > 0.0:
            return np.inf, -np.inf
        low, high = -np.inf, np.inf
    else:
        root = qb * qb - qa * qc
        if root < 0.0:
            return np.inf, -np.inf
        root = math.sqrt(root)
        low, high = (-qb - root) / qa, (-qb + root) / qa
    if dx == 0.0:
        if side < 0.0 or side > length2:
            return np.inf, -np.inf
    else:
        u, v = -side / dx, (length2 - side) / dx
        low, high = max(low, min(u, v)), min(high, max(u, v))
    if low > high:
        return np.inf, -np.inf
    return a[0] + low, a[0] + high


@kernel
def draw(
    points: Points, radius: float, spacing: Points, start: NDArray[np.int64], ni: int, out: Words
) -> None:
    """Set in `out` the voxels whose centre lies within `radius` mm of the polyline.

    `points` (N, 3) are x, y, z in mm along i, j, k from voxel (0, 0, 0); `spacing` likewise.
    `out[k, j, w]` begins at slice, row and word `start` of a grid with rows of `ni` voxels.
    """
    nk, nj, nw = out.shape
    r2 = radius * radius * (1.0 + 1e-9)
    first, last = 64 * start[2], min(64 * (start[2] + nw), ni)
    for n in range(points.shape[0]):
        a, b = points[n], points[min(n + 1, points.shape[0] - 1)]
        k0 = max(math.ceil((min(a[2], b[2]) - radius) / spacing[2]) - 1 - start[0], 0)
        k1 = min(math.floor((max(a[2], b[2]) + radius) / spacing[2]) + 2 - start[0], nk)
        j0 = max(math.ceil((min(a[1], b[1]) - radius) / spacing[1]) - 1 - start[1], 0)
        j1 = min(math.floor((max(a[1], b[1]) + radius) / spacing[1]) + 2 - start[1], nj)
        for k in range(k0, k1):
            for j in range(j0, j1):
                y, z = (j + start[1]) * spacing[1], (k + start[0]) * spacing[2]
                a0, a1 = _ball_span(a, y, z, r2)
                b0, b1 = _ball_span(b, y, z, r2)
                s0, s1 = _shaft_span(a, b, y, z, r2)
                low, high = min(a0, b0, s0), max(a1, b1, s1)  # a capsule is convex: one span
                if low > high:
                    continue
                i0 = max(math.ceil(low / spacing[0] - 1e-9), first)
                i1 = min(math.floor(high / spacing[0] + 1e-9) + 1, last)
                if i0 < i1:
                    set_bits(out[k, j], i0 - first, i1 - first)


@kernel
def keep_range(
    hu: Hu, lower: np.int16, span: np.uint16, start: NDArray[np.int64], words: Words
) -> None:
    """Clear in `words` the voxels outside the window; they begin at slice, row, word `start`."""
    for k in range(words.shape[0]):
        for j in range(words.shape[1]):
            row = hu[k + start[0], j + start[1]]
            for w in range(words.shape[2]):
                word, i = words[k, j, w], 64 * (w + start[2])
                while word != U0:
                    if word & U1 and np.uint16(row[i] - lower) > span:
                        words[k, j, w] &= ~(U1 << np.uint64(i & 63))
                    word >>= U1
                    i += 1
