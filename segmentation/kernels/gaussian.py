"""Separable Gaussian with sigma in mm: of HU, and of a mask at its half level.

A sampled kernel, cut at 4 sigma and normalised; edges repeat. Every inner loop is elementwise along
i, so it runs on vectors without reordering a sum. No float copy of the volume is made.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, U1, Hu, read_only
from segmentation.kernels.jit import kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, silent

TRUNCATE_SIGMAS = 4.0

Taps = NDArray[np.float32]


def taps(sigma_mm: float, spacing_mm: float) -> Taps:
    """Return the kernel's weights at 0, 1, 2, ... voxels from its centre, float32."""
    sigma = sigma_mm / spacing_mm
    reach = int(TRUNCATE_SIGMAS * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2) if reach else np.ones(1)
    half: Taps = (weights / (weights[0] + 2.0 * weights[1:].sum())).astype(np.float32)
    return half


@kernel
def rows_and_columns(plane: NDArray[np.float32], j: int, wj: Taps, wi: Taps, line: Taps) -> None:
    """Leave the row j of `plane`, smoothed along j and i, in line[:ni]."""
    nj, ni = plane.shape
    rj, ri = wj.size - 1, wi.size - 1
    wide = line[ni:]
    mid, m = wide[ri : ri + ni], plane[j]
    for i in range(ni):
        mid[i] = wj[0] * m[i]
    for n in range(1, rj + 1):
        a, b, f = plane[max(j - n, 0)], plane[min(j + n, nj - 1)], wj[n]
        for i in range(ni):
            mid[i] += f * (a[i] + b[i])
    wide[:ri] = mid[0]
    wide[ri + ni :] = mid[ni - 1]
    out = line[:ni]
    for i in range(ni):
        out[i] = wi[0] * mid[i]
    for n in range(1, ri + 1):
        a, b, f = wide[ri - n : ri - n + ni], wide[ri + n : ri + n + ni], wi[n]
        for i in range(ni):
            out[i] += f * (a[i] + b[i])


@kernel
def _smooth(hu: Hu, wk: Taps, wj: Taps, wi: Taps, k0: int, k1: int, out: Hu) -> None:
    nk, nj, ni = hu.shape
    plane = np.empty((nj, ni), np.float32)
    line = np.empty(2 * ni + 2 * (wi.size - 1), np.float32)
    for k in range(k0, k1):
        for j in range(nj):
            o, m = plane[j], hu[k, j]
            for i in range(ni):
                o[i] = wk[0] * np.float32(m[i])
            for n in range(1, wk.size):
                a, b, f = hu[max(k - n, 0), j], hu[min(k + n, nk - 1), j], wk[n]
                for i in range(ni):
                    o[i] += f * np.float32(np.int32(a[i]) + np.int32(b[i]))
        for j in range(nj):
            rows_and_columns(plane, j, wj, wi, line)
            o = out[k, j]
            for i in range(ni):
                o[i] = np.int16(np.floor(line[i] + np.float32(0.5)))


def smoothed(
    hu: Hu,
    spacing_kji_mm: Sequence[float],
    sigma_mm: float,
    progress: Progress = silent,
    out: Hu | None = None,
) -> Hu:
    """Return the HU after a Gaussian of `sigma_mm`, rounded to int16; the edge voxels repeat.

    `out`, of the same shape and apart from `hu`, is written and returned where it is given: memory
    that is used again costs no first touch.
    """
    wk, wj, wi = (taps(sigma_mm, spacing) for spacing in spacing_kji_mm)
    source, target = read_only(hu), np.empty(hu.shape, np.int16) if out is None else out
    each_slab(lambda k0, k1: _smooth(source, wk, wj, wi, k0, k1, target), hu.shape[0], progress)
    return target


@kernel
def _expand(words: Words, k: int, ni: int, out: NDArray[np.uint8], has: NDArray[np.bool_]) -> None:
    """Write the rows of slice k that hold a voxel as bytes 0 and 1, and which rows they are."""
    for j in range(words.shape[1]):
        o = out[j]
        for w in range(words.shape[2]):
            word, i0 = words[k, j, w], 64 * w
            if word == U0:
                continue
            has[j] = True
            if i0 + 64 <= ni:
                for b in range(64):
                    o[i0 + b] = np.uint8((word >> np.uint64(b)) & U1)
            else:
                for b in range(ni - i0):
                    o[i0 + b] = np.uint8((word >> np.uint64(b)) & U1)


@kernel
def _half(
    words: Words, ni: int, wk: Taps, wj: Taps, wi: Taps, k0: int, k1: int, out: Words
) -> None:
    """Set the voxels of slices k0 to k1 where the smoothed mask is at least one half."""
    nk, nj, nw = words.shape
    rk, rj = wk.size - 1, wj.size - 1
    low, high = max(k0 - rk, 0), min(k1 + rk, nk)
    flat = np.zeros((high - low, nj, ni), np.uint8)
    has = np.zeros((high - low, nj), np.bool_)
    for k in range(low, high):
        _expand(words, k, ni, flat[k - low], has[k - low])
    plane, some = np.empty((nj, ni), np.float32), np.empty(nj, np.bool_)
    line = np.empty(2 * ni + 2 * (wi.size - 1), np.float32)
    for k in range(k0, k1):
        for j in range(nj):
            o, m = plane[j], flat[k - low, j]
            some[j] = has[k - low, j]
            for i in range(ni):
                o[i] = wk[0] * np.float32(m[i])
            for n in range(1, rk + 1):
                p, q, f = max(k - n, 0) - low, min(k + n, nk - 1) - low, wk[n]
                if has[p, j] or has[q, j]:  # the weight of empty rows is nothing
                    some[j] = True
                    a, b = flat[p, j], flat[q, j]
                    for i in range(ni):
                        o[i] += f * np.float32(a[i] + b[i])
        for j in range(nj):
            out[k, j] = U0
            if not some[max(j - rj, 0) : j + rj + 1].any():
                continue
            rows_and_columns(plane, j, wj, wi, line)
            for w in range(nw):
                word = U0
                for i in range(64 * w, min(64 * w + 64, ni)):
                    if line[i] >= np.float32(0.5):
                        word |= U1 << np.uint64(i & 63)
                out[k, j, w] = word


def half_level(
    words: Words,
    ni: int,
    spacing_kji_mm: Sequence[float],
    sigma_mm: float,
    progress: Progress = silent,
) -> Words:
    """Return the voxels where the mask, smoothed by a Gaussian of `sigma_mm`, is at least 0.5.

    Rows hold `ni` voxels; the edge voxels repeat. A flat face stays, a convex one recedes.
    """
    wk, wj, wi = (taps(sigma_mm, spacing) for spacing in spacing_kji_mm)
    source, out = read_only(words), np.empty_like(words)
    each_slab(lambda k0, k1: _half(source, ni, wk, wj, wi, k0, k1, out), words.shape[0], progress)
    return out
