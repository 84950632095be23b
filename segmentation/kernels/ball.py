"""Exact dilation and erosion of bit masks by a ball in mm, on any spacing.

The ball's cross-sections are nested, so each is made by repeated shifts of one voxel (Horner's
scheme): D(dk) = L0 | shift(L1 | shift(L2 | ...)) with L(dj) the mask widened along i by the
ball's reach at (dk, dj). Shifts by -1 and +1 alone give offsets in steps of 2; those between are in
the wider level that is already there. The result is that of an exact distance map, bit for bit.
"""

import math

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import TOP, U0, U1, complement, read_only, tail_mask
from segmentation.kernels.jit import kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, share, silent

SOURCES = 64  # slices whose cross-sections are held at a time
ROUNDING = 1e-9  # a voxel at exactly the radius belongs to the ball

Spacing = tuple[float, float, float]
Ints = NDArray[np.int64]


def reach(spacing_kji_mm: Spacing, radius_mm: float) -> Ints:
    """Return how many voxels the ball |offset| <= radius reaches along i at (dk, dj) >= 0.

    Shape (rk + 1, rj + 1); -1 where the ball has no voxel.
    """
    sk, sj, si = spacing_kji_mm
    rk, rj = int(radius_mm / sk + ROUNDING), int(radius_mm / sj + ROUNDING)
    reach_i = np.full((rk + 1, rj + 1), -1, np.int64)
    for dk in range(rk + 1):
        for dj in range(rj + 1):
            rest = radius_mm**2 * (1 + ROUNDING) - (dk * sk) ** 2 - (dj * sj) ** 2
            if rest >= 0.0:
                reach_i[dk, dj] = int(math.sqrt(rest) / si + ROUNDING)
    return reach_i


@kernel
def _sections(
    words: Words, reach_i: Ints, ni: int, base: int, k0: int, k1: int, disc: Words, used: Ints
) -> None:
    """disc[dk, k - base] = slice k dilated by the ball's section at dk; used = rows it may set."""
    nj, nw = words.shape[1], words.shape[2]
    levels, rk, rj = reach_i.max() + 1, reach_i.shape[0], reach_i.shape[1]
    tail = np.uint64(tail_mask(ni))
    for k in range(k0, k1):
        j0, j1 = nj, -1
        for j in range(nj):
            for w in range(nw):
                if words[k, j, w] != U0:
                    j0, j1 = min(j0, j), j
                    break
        used[k - base, 0], used[k - base, 1] = 0, 0
        if j1 < 0:
            continue
        a, e = max(j0 - rj + 1, 0), min(j1 + rj, nj)
        used[k - base, 0], used[k - base, 1] = a, e
        rows = e - a
        wide = np.zeros((levels, rows + 2, nw), np.uint64)  # an empty rim row at both ends
        wide[0, 1 : rows + 1] = words[k, a:e]
        for level in range(1, levels):
            for j in range(j0 - a + 1, j1 - a + 2):
                p, o = wide[level - 1, j], wide[level, j]
                for w in range(nw):
                    left = p[w - 1] >> TOP if w > 0 else U0
                    right = p[w + 1] << TOP if w + 1 < nw else U0
                    o[w] = p[w] | (p[w] << U1) | left | (p[w] >> U1) | right
                o[nw - 1] &= tail
        one = np.zeros((rows + 2, nw), np.uint64)
        two = np.zeros((rows + 2, nw), np.uint64)
        n = rows * nw
        for dk in range(rk):
            top = rj - 1
            while reach_i[dk, top] < 0:
                top -= 1
            target = disc[dk, k - base, a:e].reshape(-1)
            if top == 0:
                target[:] = wide[reach_i[dk, 0], 1 : rows + 1].reshape(-1)
                continue
            src = wide[reach_i[dk, top]]
            for dj in range(top - 1, -1, -1):
                mid = wide[reach_i[dk, dj], 1 : rows + 1].reshape(-1)
                up, down = src[:rows].reshape(-1), src[2 : rows + 2].reshape(-1)
                out = target if dj == 0 else one[1 : rows + 1].reshape(-1)
                for x in range(n):
                    out[x] = mid[x] | up[x] | down[x]
                src = one
                one, two = two, one


@kernel
def _stack(disc: Words, used: Ints, base: int, sources: int, k0: int, k1: int, out: Words) -> None:
    """Unite the cross-sections of slices base to base + sources in output slices k0 to k1."""
    rk, nw = disc.shape[0], disc.shape[3]
    for k in range(k0, k1):
        o = out[k].reshape(-1)
        for dk in range(1 - rk, rk):
            q = k + dk - base
            if 0 <= q < sources and used[q, 0] < used[q, 1]:
                a, e = used[q, 0] * nw, used[q, 1] * nw
                src = disc[abs(dk), q].reshape(-1)
                for x in range(a, e):
                    o[x] |= src[x]


def dilated(
    words: Words, ni: int, spacing_kji_mm: Spacing, radius_mm: float, progress: Progress = silent
) -> Words:
    """Return the voxels whose centre lies within `radius_mm` of a set voxel's centre.

    Rows hold `ni` voxels; what would lie outside the array is lost.
    """
    words, reach_i = read_only(words), reach(spacing_kji_mm, radius_mm)
    nk, rk = words.shape[0], len(reach_i) - 1
    out = np.zeros_like(words)
    disc = np.empty((rk + 1, min(SOURCES, nk), *words.shape[1:]), np.uint64)
    used = np.zeros((min(SOURCES, nk), 2), np.int64)
    for base in range(0, nk, SOURCES):
        sources = min(SOURCES, nk - base)
        stage = share(progress, base / nk, (base + sources) / nk)
        low, high = max(base - rk, 0), min(base + sources + rk, nk)

        def section(k0: int, k1: int, base: int = base) -> None:
            """Make the cross-sections of some source slices."""
            _sections(words, reach_i, ni, base, base + k0, base + k1, disc, used)

        def stack(k0: int, k1: int, base: int = base, low: int = low, n: int = sources) -> None:
            """Unite them in some output slices."""
            _stack(disc, used, base, n, low + k0, low + k1, out)

        each_slab(section, sources, share(stage, 0.0, 0.7))
        each_slab(stack, high - low, share(stage, 0.7, 1.0))
    return out


def eroded(
    words: Words, ni: int, spacing_kji_mm: Spacing, radius_mm: float, progress: Progress = silent
) -> Words:
    """Return the voxels farther than `radius_mm` from every voxel of the array that is not set.

    Outside the array counts as set: a bone that leaves the scan is not eroded at the scan's border.
    """
    outside = complement(words, ni)
    return complement(dilated(outside, ni, spacing_kji_mm, radius_mm, progress), ni)
