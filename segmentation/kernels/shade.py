"""Colour from depth and normals: two lights, a highlight, and darkened creases."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel

Picture = NDArray[np.float32]

FINE_PER_MM, BROAD_PER_MM = 0.09, 0.022
FOG_RATIO = 0.45


@kernel
def _blurred_rows(picture: Picture, n: int, out: Picture) -> None:
    """Write box means of 2 n + 1 along rows, transposed (call twice); edge values repeat."""
    h, w = picture.shape
    for r in range(h):
        s = np.float64(picture[r, 0]) * (n + 1)
        for c in range(1, n + 1):
            s += picture[r, min(c, w - 1)]
        for c in range(w):
            out[c, r] = s / (2 * n + 1)
            s += picture[r, min(c + n + 1, w - 1)] - picture[r, max(c - n, 0)]


@kernel
def blurred(picture: Picture, n: int) -> Picture:
    """Return a picture averaged twice over boxes of 2 n + 1 pixels."""
    h, w = picture.shape
    turned, out = np.empty((w, h), np.float32), picture
    for _ in range(2):
        _blurred_rows(out, n, turned)
        out = np.empty((h, w), np.float32)
        _blurred_rows(turned, n, out)
    return out


@kernel
def creases(
    depth: Picture,
    filled: Picture,
    fine: Picture,
    broad: Picture,
    near: float,
    far: float,
    out: Picture,
    fog: Picture,
    start: int,
    stop: int,
) -> None:
    """Write rows `start`..`stop` of two factors up to 1: creases and fog.

    Creases lie behind the mean depth of their surroundings (`fine`, `broad`), as an unsharp mask of
    the depth picture finds them (Luft, Colditz and Deussen 2006, doi:10.1145/1141911.1142016).
    """
    for r in range(start, stop):
        for c in range(depth.shape[1]):
            out[r, c], fog[r, c] = 1.0, 1.0
            if depth[r, c] < np.inf:
                behind = FINE_PER_MM * max(0.0, filled[r, c] - fine[r, c])
                behind += BROAD_PER_MM * max(0.0, filled[r, c] - broad[r, c])
                out[r, c] = 1.0 / (1.0 + behind)
                fog[r, c] = 1.0 - FOG_RATIO * (depth[r, c] - near) / (far - near + 1.0)


@kernel
def lit(
    depth: Picture,
    normal: Picture,
    crease: Picture,
    fog: Picture,
    axes: NDArray[np.float64],
    colour: tuple[float, float, float],
    out: NDArray[np.uint8],
    start: int,
    stop: int,
) -> None:
    """Write rows `start`..`stop` of RGBA bytes: alpha 255 on a hit, all 0 elsewhere.

    `axes` (3, 3) holds the right, up and towards-the-eye directions in the frame of the normals.
    """
    for r in range(start, stop):
        for c in range(depth.shape[1]):
            if depth[r, c] == np.inf:
                out[r, c, 0], out[r, c, 1], out[r, c, 2], out[r, c, 3] = 0, 0, 0, 0
                continue
            k, j, i = normal[r, c, 0], normal[r, c, 1], normal[r, c, 2]
            a = k * axes[0, 0] + j * axes[0, 1] + i * axes[0, 2]
            b = k * axes[1, 0] + j * axes[1, 1] + i * axes[1, 2]
            f = k * axes[2, 0] + j * axes[2, 1] + i * axes[2, 2]
            key = max(0.0, -0.45 * a + 0.55 * b + 0.70 * f)
            fill = max(0.0, 0.6 * a + 0.1 * b + 0.79 * f)
            gloss = max(0.0, -0.244 * a + 0.298 * b + 0.923 * f) ** 40
            light = (0.16 + 0.66 * key + 0.22 * fill) * crease[r, c] * fog[r, c]
            for n in range(3):
                v = colour[n] * light + 0.12 * gloss * crease[r, c]
                out[r, c, n] = np.uint8(255.0 * min(1.0, v) ** (1 / 1.6))
            out[r, c, 3] = 255
