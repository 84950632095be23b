"""Rays through an int16 volume: bricks, leaps over empty ones, the first value at a level.

Positions are voxel indices (k, j, i), a ray's parameter is mm. A view is an array (4, 3): the
position of pixel (0, 0), the steps to the next column and to the next row, and the step of 1 mm
away from the eye. Rays are parallel.
"""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel

Hu = NDArray[np.int16]
Words = NDArray[np.uint64]
Leaps = NDArray[np.uint8]
Floats = NDArray[np.float64]
Picture = NDArray[np.float32]

U0, U1 = np.uint64(0), np.uint64(1)
NOTHING = np.float32(np.inf)
UNKNOWN = np.float32(-1e9)
BRICK = 8


@kernel
def bricks_from_bits(words: Words, out: NDArray[np.bool_], start: int, stop: int) -> None:
    """Write, for brick layers `start`..`stop`, where a brick of 8 voxels and one more holds a bit.

    The shared layer makes each trilinear cell around a set voxel lie in an occupied brick.
    """
    nk, nj, nw = words.shape
    some = np.empty(nw + 1, np.uint64)
    for bk in range(start, stop):
        for bj in range(out.shape[1]):
            some[:] = U0
            for k in range(8 * bk, min(8 * bk + 9, nk)):
                for j in range(8 * bj, min(8 * bj + 9, nj)):
                    for w in range(nw):
                        some[w] |= words[k, j, w]
            for bi in range(out.shape[2]):
                w, s = bi >> 3, np.uint64(8 * (bi & 7))
                bits = (some[w] >> s) & np.uint64(255)
                if (bi & 7) < 7:
                    bits |= (some[w] >> (s + np.uint64(8))) & U1
                else:
                    bits |= some[w + 1] & U1
                out[bk, bj, bi] = bits != U0


@kernel
def brick_ranges(hu: Hu, out: NDArray[np.int16], start: int, stop: int) -> None:
    """Write the lowest and highest value of bricks in layers `start`..`stop`, shared layer too."""
    nk, nj, ni = hu.shape
    low, high = np.empty(ni, np.int16), np.empty(ni, np.int16)
    for bk in range(start, stop):
        for bj in range(out.shape[1]):
            low[:], high[:] = 32767, -32768
            for k in range(8 * bk, min(8 * bk + 9, nk)):
                for j in range(8 * bj, min(8 * bj + 9, nj)):
                    row = hu[k, j]
                    for i in range(ni):
                        low[i] = min(low[i], row[i])
                        high[i] = max(high[i], row[i])
            for bi in range(out.shape[2]):
                out[bk, bj, bi, 0] = low[8 * bi : min(8 * bi + 9, ni)].min()
                out[bk, bj, bi, 1] = high[8 * bi : min(8 * bi + 9, ni)].max()


@kernel
def leaps(occupied: NDArray[np.bool_]) -> Leaps:
    """Return the chessboard distance, in bricks, to the nearest occupied brick (254 at most)."""
    nk, nj, ni = occupied.shape
    d = np.full((nk + 2, nj + 2, ni + 2), 254, np.uint8)  # a rim saves the border tests
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                if occupied[k, j, i]:
                    d[k + 1, j + 1, i + 1] = 0
    for way in range(2):
        s = 1 - 2 * way
        for kk in range(nk):
            k = kk + 1 if way == 0 else nk - kk
            for jj in range(nj):
                j = jj + 1 if way == 0 else nj - jj
                for i in range(1, ni + 1):
                    m = d[k, j, i]
                    for n in range(-1, 2):
                        m = min(m, d[k - s, j - 1, i + n] + 1)
                        m = min(m, d[k - s, j, i + n] + 1)
                        m = min(m, d[k - s, j + 1, i + n] + 1)
                        m = min(m, d[k, j - s, i + n] + 1)
                    d[k, j, i] = m
                for ii in range(ni):
                    i = ii + 1 if way == 0 else ni - ii
                    d[k, j, i] = min(d[k, j, i], d[k, j, i - s] + 1)
    return d[1:-1, 1:-1, 1:-1].copy()


@kernel
def sample(flat: Hu, nk: int, nj: int, ni: int, k: float, j: float, i: float) -> np.float32:
    """Trilinear value; the position is clamped to the voxel centres, so any position is safe."""
    k = min(max(k, 0.0), nk - 1.0)
    j = min(max(j, 0.0), nj - 1.0)
    i = min(max(i, 0.0), ni - 1.0)
    ik, ij, ii = min(int(k), nk - 2), min(int(j), nj - 2), min(int(i), ni - 2)
    fk, fj, fi = np.float32(k - ik), np.float32(j - ij), np.float32(i - ii)
    at = np.uint64((ik * nj + ij) * ni + ii)  # unsigned: no wrap-around test
    row, slice_ = np.uint64(ni), np.uint64(ni * nj)
    a, b = np.float32(flat[at]), np.float32(flat[at + row])
    c, d = np.float32(flat[at + slice_]), np.float32(flat[at + slice_ + row])
    a += fi * (np.float32(flat[at + U1]) - a)
    b += fi * (np.float32(flat[at + row + U1]) - b)
    c += fi * (np.float32(flat[at + slice_ + U1]) - c)
    d += fi * (np.float32(flat[at + slice_ + row + U1]) - d)
    a += fj * (b - a)
    c += fj * (d - c)
    value: np.float32 = a + fk * (c - a)
    return value


@kernel
def slope(
    flat: Hu,
    nk: int,
    nj: int,
    ni: int,
    k: float,
    j: float,
    i: float,
    spacing: tuple[float, float, float],
) -> tuple[float, float, float]:
    """Central differences of one voxel each way, per mm, along k, j, i."""
    dk = sample(flat, nk, nj, ni, k + 1, j, i) - sample(flat, nk, nj, ni, k - 1, j, i)
    dj = sample(flat, nk, nj, ni, k, j + 1, i) - sample(flat, nk, nj, ni, k, j - 1, i)
    di = sample(flat, nk, nj, ni, k, j, i + 1) - sample(flat, nk, nj, ni, k, j, i - 1)
    return float(dk) / spacing[0], float(dj) / spacing[1], float(di) / spacing[2]


@kernel
def clip(origin: float, step: float, top: float, t0: float, t1: float) -> tuple[float, float]:
    """Part of t0..t1 in which origin + t * step lies in 0..top; empty when t0 > t1."""
    if step == 0.0:
        return (t0, t1) if 0.0 <= origin <= top else (1.0, 0.0)
    a, b = -origin / step, (top - origin) / step
    return max(t0, min(a, b)), min(t1, max(a, b))


@kernel
def _leave(origin: float, step: float, brick: int, n: int) -> float:
    """Parameter at which the ray leaves bricks brick - n + 1 .. brick + n - 1 along one axis."""
    if step > 0.0:
        return (8.0 * (brick + n) - origin) / step
    return (8.0 * (brick - n + 1) - origin) / step if step < 0.0 else 1e30


@kernel
def hop(
    leap: Leaps,
    k: float,
    j: float,
    i: float,
    origin: tuple[float, float, float],
    step: tuple[float, float, float],
) -> tuple[bool, float]:
    """Whether the position is in an empty brick, and the parameter where the empty box ends."""
    bk, bj, bi = int(k) >> 3, int(j) >> 3, int(i) >> 3
    n = int(leap[bk, bj, bi])
    if n == 0:
        return False, 0.0
    return True, min(
        _leave(origin[0], step[0], bk, n),
        _leave(origin[1], step[1], bj, n),
        _leave(origin[2], step[2], bi, n),
    )


@kernel
def touches(words: Words, nk: int, nj: int, ni: int, k: float, j: float, i: float) -> bool:
    """Whether one of the 8 voxels around a position inside the volume is in the mask."""
    ik, ij, ii = min(int(k), nk - 2), min(int(j), nj - 2), min(int(i), ni - 2)
    for p in range(4):
        row = words[ik + (p & 1), ij + (p >> 1)]
        here = row[ii >> 6] >> np.uint64(ii & 63)
        there = row[(ii + 1) >> 6] >> np.uint64((ii + 1) & 63)
        if (here | there) & U1 != U0:
            return True
    return False


@kernel
def start_of(view: Floats, r: int, c: int) -> tuple[float, float, float]:
    """Where the ray of a pixel crosses the eye's plane."""
    return (
        view[0, 0] + c * view[1, 0] + r * view[2, 0],
        view[0, 1] + c * view[1, 1] + r * view[2, 1],
        view[0, 2] + c * view[1, 2] + r * view[2, 2],
    )


@kernel
def stretch_inside(
    hu: Hu, origin: tuple[float, float, float], way: tuple[float, float, float]
) -> tuple[float, float]:
    """Return the ray's parameters inside the volume, a hair short at both ends."""
    t, end = clip(origin[0], way[0], hu.shape[0] - 1.0, -1e9, 1e9)
    t, end = clip(origin[1], way[1], hu.shape[1] - 1.0, t, end)
    t, end = clip(origin[2], way[2], hu.shape[2] - 1.0, t, end)
    return t + 1e-6, end - 1e-6


@kernel
def _crossing(
    hu: Hu,
    level: np.float32,
    origin: tuple[float, float, float],
    way: tuple[float, float, float],
    a: float,
    b: float,
    before: np.float32,
    value: np.float32,
) -> float:
    """Parameter in a..b at which the value, `before` < `level` <= `value`, reaches the level."""
    nk, nj, ni = hu.shape
    flat = hu.reshape(-1)
    for _ in range(3):
        m = a + (b - a) * float((level - before) / (value - before))
        k, j, i = origin[0] + m * way[0], origin[1] + m * way[1], origin[2] + m * way[2]
        between = sample(flat, nk, nj, ni, k, j, i)
        if between >= level:
            b, value = m, between
        else:
            a, before = m, between
    return a + (b - a) * float((level - before) / (value - before))


@kernel
def _hit(
    hu: Hu,
    words: Words,
    leap: Leaps,
    level: np.float32,
    origin: tuple[float, float, float],
    way: tuple[float, float, float],
    step_mm: float,
) -> float:
    """Parameter of the first value >= `level` with a voxel of the mask around it, or infinity."""
    nk, nj, ni = hu.shape
    flat = hu.reshape(-1)
    t, end = stretch_inside(hu, origin, way)
    last, before = t, UNKNOWN
    while t < end:
        k, j, i = origin[0] + t * way[0], origin[1] + t * way[1], origin[2] + t * way[2]
        is_empty, out = hop(leap, k, j, i, origin, way)
        if is_empty:
            last, before = max(t, out - 1e-4), UNKNOWN
            t = max(t, out) + 1e-4
            continue
        value = sample(flat, nk, nj, ni, k, j, i)
        if value >= level and touches(words, nk, nj, ni, k, j, i):
            if UNKNOWN < before < level:
                return _crossing(hu, level, origin, way, last, t, before, value)
            return t
        last, before = t, value
        t += step_mm
    return np.inf


@kernel
def first_hits(
    hu: Hu,
    words: Words,
    leap: Leaps,
    level: np.float32,
    spacing: tuple[float, float, float],
    view: Floats,
    step_mm: float,
    depth: Picture,
    normal: Picture,
    start: int,
    stop: int,
) -> None:
    """Write rows `start`..`stop` of depth (mm along the ray, inf: nothing) and normals (k, j, i).

    A hit is the first value >= `level` with a voxel of the mask around it; four steps of false
    position place it. Normals are unit vectors in mm along the grid's axes, turned to the eye.
    """
    nk, nj, ni = hu.shape
    flat = hu.reshape(-1)
    way = (view[3, 0], view[3, 1], view[3, 2])
    toward = (way[0] * spacing[0], way[1] * spacing[1], way[2] * spacing[2])
    for r in range(start, stop):
        for c in range(depth.shape[1]):
            origin = start_of(view, r, c)
            t = _hit(hu, words, leap, level, origin, way, step_mm)
            depth[r, c] = t
            normal[r, c, 0], normal[r, c, 1], normal[r, c, 2] = 0.0, 0.0, 0.0
            if t == np.inf:
                continue
            k, j, i = origin[0] + t * way[0], origin[1] + t * way[1], origin[2] + t * way[2]
            gk, gj, gi = slope(flat, nk, nj, ni, k, j, i, spacing)
            q = -1.0 / np.sqrt(gk * gk + gj * gj + gi * gi + 1e-12)
            if gk * toward[0] + gj * toward[1] + gi * toward[2] < 0.0:
                q = -q  # a cut face: its normal is turned to the eye
            normal[r, c, 0], normal[r, c, 1], normal[r, c, 2] = gk * q, gj * q, gi * q
