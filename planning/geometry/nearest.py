"""The nearest points of triangles: compiled, because a search asks for thousands of them."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel

Floats = NDArray[np.float64]
SLIVER = 1e-14


@kernel
def _toward(p: Floats, a: Floats, b: Floats, foot: Floats, best: float) -> float:
    """Put the nearest point of segment a-b into `foot` if it beats the squared distance `best`."""
    length, share = 0.0, 0.0
    for n in range(3):
        length += (b[n] - a[n]) ** 2
        share += (p[n] - a[n]) * (b[n] - a[n])
    t = min(max(share / length, 0.0), 1.0) if length > 0.0 else 0.0
    square = 0.0
    for n in range(3):
        square += (a[n] + t * (b[n] - a[n]) - p[n]) ** 2
    if square >= best:
        return best
    for n in range(3):
        foot[n] = a[n] + t * (b[n] - a[n])
    return square


@kernel
def _over(p: Floats, a: Floats, b: Floats, c: Floats, foot: Floats, best: float) -> float:
    """Do the same with the inside of a triangle; a point not above it changes nothing."""
    u, v, w = b - a, c - a, p - a
    uu, uv, vv, wu, wv = 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(3):
        uu += u[n] * u[n]
        uv += u[n] * v[n]
        vv += v[n] * v[n]
        wu += w[n] * u[n]
        wv += w[n] * v[n]
    det = uu * vv - uv * uv
    if det <= SLIVER * uu * vv:
        return best
    s, t = (vv * wu - uv * wv) / det, (uu * wv - uv * wu) / det
    if s < 0.0 or t < 0.0 or s + t > 1.0:
        return best
    square = 0.0
    for n in range(3):
        square += (w[n] - s * u[n] - t * v[n]) ** 2
    if square >= best:
        return best
    for n in range(3):
        foot[n] = a[n] + s * u[n] + t * v[n]
    return square


@kernel
def _box_square(p: Floats, low: Floats, high: Floats) -> float:
    """Squared distance from p to a box."""
    square = 0.0
    for n in range(3):
        square += max(low[n] - p[n], 0.0, p[n] - high[n]) ** 2
    return square


@kernel
def nearest(
    points: Floats, corners: Floats, boxes: Floats, run: int, feet: Floats, squares: Floats
) -> None:
    """Write each point's nearest point on triangles and its squared distance; exact.

    `corners` (M, 3, 3) lie in runs of `run` triangles with `boxes`
    (runs, 2, 3), low and high; `feet` (N, 3) and
    `squares` (N,) come in as what is known already (infinity where nothing is).
    """
    for n in range(points.shape[0]):
        p, foot = points[n], feet[n]
        best = squares[n]
        first, least = 0, np.inf
        for block in range(boxes.shape[0]):
            square = _box_square(p, boxes[block, 0], boxes[block, 1])
            if square < least:
                first, least = block, square
        # The nearest box first: what it holds rules out most of the others.
        for turn in range(-1, boxes.shape[0]):
            block = first if turn < 0 else turn
            if _box_square(p, boxes[block, 0], boxes[block, 1]) >= best:
                continue
            for t in range(block * run, min((block + 1) * run, corners.shape[0])):
                a, b, c = corners[t, 0], corners[t, 1], corners[t, 2]
                best = _toward(p, a, b, foot, best)
                best = _toward(p, b, c, foot, best)
                best = _toward(p, c, a, foot, best)
                best = _over(p, a, b, c, foot, best)
        squares[n] = best
