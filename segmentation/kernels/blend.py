"""Composited rays: colour and opacity from HU, front to back."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel
from segmentation.kernels.ray import (
    NOTHING,
    Floats,
    Hu,
    Leaps,
    Picture,
    Words,
    hop,
    sample,
    slope,
    start_of,
    stretch_inside,
    touches,
)


@kernel
def _shift(r: int, c: int, step_mm: float) -> float:
    """Return the ray's own offset within a step: grain instead of rings."""
    mixed = np.uint32(r) * np.uint32(0x9E3779B1) ^ np.uint32(c) * np.uint32(0x85EBCA77)
    mixed = np.uint32(mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    ratio: float = np.float64((mixed >> np.uint32(16)) & np.uint32(1023)) / 1024.0
    return step_mm * ratio


@kernel
def _entry(value: np.float32, low_hu: int, top: int) -> int:
    """Return the table's entry for a value."""
    return min(max(int(value + np.float32(32768.5)) - 32768 - low_hu, 0), top)


@kernel
def _lit(
    hu: Hu,
    k: float,
    j: float,
    i: float,
    spacing: tuple[float, float, float],
    light: tuple[float, float, float],
) -> np.float32:
    """Return how much of the light a place turns to the eye, 0.15 to 1."""
    nk, nj, ni = hu.shape
    gk, gj, gi = slope(hu.reshape(-1), nk, nj, ni, k, j, i, spacing)
    facing = abs(gk * light[0] + gj * light[1] + gi * light[2])
    facing /= np.sqrt(gk * gk + gj * gj + gi * gi + 1e-3)
    return np.float32(0.15 + 0.85 * min(facing, 1.0))


@kernel
def _blended(
    hu: Hu,
    words: Words,
    leap: Leaps,
    tau: Floats,
    tint: Floats,
    low_hu: int,
    spacing: tuple[float, float, float],
    origin: tuple[float, float, float],
    way: tuple[float, float, float],
    light: tuple[float, float, float],
    step_mm: float,
    shift_mm: float,
) -> tuple[np.float32, np.float32, np.float32, np.float32, float]:
    """Return red, green, blue, what light is left, and the mean depth of one ray."""
    nk, nj, ni = hu.shape
    flat = hu.reshape(-1)
    top = tau.size - 2
    t, end = stretch_inside(hu, origin, way)
    t = np.ceil((t - shift_mm) / step_mm) * step_mm + shift_mm
    red, green, blue, clear = np.float32(0), np.float32(0), np.float32(0), np.float32(1)
    far, old = 0.0, -1
    while t < end and clear > np.float32(0.03):
        k, j, i = origin[0] + t * way[0], origin[1] + t * way[1], origin[2] + t * way[2]
        is_empty, out = hop(leap, k, j, i, origin, way)
        if is_empty and old < 0:
            t = max(t + step_mm, np.ceil((out - shift_mm) / step_mm) * step_mm + shift_mm)
            continue
        if words.size and not touches(words, nk, nj, ni, k, j, i):
            old = -1
            t += step_mm
            continue
        if old < 0:  # entering: the segment starts one step back
            bk, bj, bi = k - step_mm * way[0], j - step_mm * way[1], i - step_mm * way[2]
            old = _entry(sample(flat, nk, nj, ni, bk, bj, bi), low_hu, top)
        new = _entry(sample(flat, nk, nj, ni, k, j, i), low_hu, top)
        p, q = min(old, new), max(old, new) + 1
        old = -1 if is_empty else new  # leaving: this segment still counts
        mass = tau[q] - tau[p]
        if mass > 0.0:
            alpha = clear * np.float32(1.0 - np.exp(-step_mm * mass / (q - p)))
            lit = np.float32(0.8)
            if alpha > np.float32(0.02):
                lit = _lit(hu, k, j, i, spacing, light)
            weight = alpha * lit / np.float32(mass)
            red += weight * np.float32(tint[q, 0] - tint[p, 0])
            green += weight * np.float32(tint[q, 1] - tint[p, 1])
            blue += weight * np.float32(tint[q, 2] - tint[p, 2])
            clear -= alpha
            far += alpha * t
        t += step_mm
    return red, green, blue, clear, float(far / (1.000001 - clear))


@kernel
def composite(
    hu: Hu,
    words: Words,
    leap: Leaps,
    tau: Floats,
    tint: Floats,
    low_hu: int,
    spacing: tuple[float, float, float],
    view: Floats,
    aside: tuple[float, float, float],
    step_mm: float,
    out: Picture,
    depth: Picture,
    start: int,
    stop: int,
) -> None:
    """Write rows `start`..`stop` of RGBA (premultiplied, linear) and depth (inf: under 30 %).

    `tau` (entries + 1,) and `tint` (entries + 1, 3) are running sums over HU, from `low_hu`, of
    extinction per mm and of colour times it: a segment's opacity is exact for a value that changes
    linearly along it, so steep tables make no rings. `words` empty means every voxel; else samples
    without a voxel of the mask around them are clear. `aside` (k, j, i in mm) moves the light off
    the eye. Rays end at 97 % opacity; depth is the mean by opacity.
    """
    way = (view[3, 0], view[3, 1], view[3, 2])
    light = (
        way[0] * spacing[0] + aside[0],
        way[1] * spacing[1] + aside[1],
        way[2] * spacing[2] + aside[2],
    )
    for r in range(start, stop):
        for c in range(out.shape[1]):
            origin, shift_mm = start_of(view, r, c), _shift(r, c, step_mm)
            red, green, blue, clear, far = _blended(
                *(hu, words, leap, tau, tint, low_hu, spacing, origin, way, light),
                *(step_mm, shift_mm),
            )
            out[r, c, 0], out[r, c, 1], out[r, c, 2] = red, green, blue
            out[r, c, 3] = np.float32(1) - clear
            depth[r, c] = far if clear < np.float32(0.7) else NOTHING


@kernel
def developed(
    linear: Picture, crease: Picture, out: NDArray[np.uint8], start: int, stop: int
) -> None:
    """Write rows `start`..`stop` of RGBA bytes (straight alpha) from premultiplied light."""
    for r in range(start, stop):
        for c in range(out.shape[1]):
            alpha = linear[r, c, 3]
            for n in range(3):
                light = linear[r, c, n] * crease[r, c] / alpha if alpha > 0.0 else 0.0
                out[r, c, n] = np.uint8(255.0 * min(max(light, 0.0), 1.0) ** (1 / 1.6) + 0.5)
            out[r, c, 3] = np.uint8(255.0 * min(alpha, 1.0) + 0.5)
