"""Curves through drawn points, and signed distances to closed outlines."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planning.phantoms.tables import Floats

Rows = Sequence[Sequence[float]] | NDArray[np.float64]
FINE = 24


def spline(points: Rows, samples: int) -> Floats:
    """Return a Catmull-Rom curve through rows (n, c), `samples` of them even in arc length.

    The first three columns are the position that the arc length is measured on.
    """
    p = np.asarray(points, np.float64)
    if len(p) == 2:
        straight: Floats = p[0] + np.linspace(0, 1, samples)[:, None] * (p[1] - p[0])
        return straight
    q = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, FINE, endpoint=False)[:, None]
    pieces = [_piece(q[i - 1 : i + 3], t) for i in range(1, len(q) - 2)]
    fine = np.vstack([*pieces, q[-2:-1]])
    s = np.r_[0, np.cumsum(np.linalg.norm(np.diff(fine[:, :3], axis=0), axis=1))]
    even = np.linspace(0, s[-1], samples)
    return np.stack([np.interp(even, s, fine[:, c]) for c in range(fine.shape[1])], 1)


def _piece(four: Floats, t: Floats) -> Floats:
    a, b, c, d = four
    curve: Floats = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return curve


def closed(points: Rows, samples: int = 160) -> Floats:
    """Return a smooth closed outline through 2D points (n, 2)."""
    p = np.asarray(points, np.float64)
    s = spline(np.vstack([p[-3:], p, p[:3]]), samples * 3)
    gap = np.linalg.norm(s - p[0], axis=1)
    middle = len(s) // 2
    first = int(np.argmin(gap[:middle]))
    last = middle + int(np.argmin(gap[middle:]))
    return s[first:last]


def outline_distance(outline: Floats, x: Floats, y: Floats) -> Floats:
    """Return the signed distance of grid points to a closed polygon, negative inside."""
    px, py = x.ravel(), y.ravel()
    best, inside = np.full(px.size, 1e18), np.zeros(px.size, bool)
    for (ax, ay), (bx, by) in zip(outline, np.roll(outline, -1, 0), strict=True):
        ex, ey = bx - ax, by - ay
        t = np.clip(((px - ax) * ex + (py - ay) * ey) / (ex * ex + ey * ey + 1e-12), 0, 1)
        best = np.minimum(best, (px - ax - t * ex) ** 2 + (py - ay - t * ey) ** 2)
        if abs(ey) > 1e-12:
            inside ^= ((ay > py) != (by > py)) & (px < (bx - ax) * (py - ay) / ey + ax)
    signed: Floats = np.where(inside, -1.0, 1.0) * np.sqrt(best)
    return signed.reshape(x.shape)


def unit(vector: Sequence[float] | Floats) -> Floats:
    """Return the vector with length 1."""
    v = np.asarray(vector, np.float64)
    scaled: Floats = v / np.linalg.norm(v)
    return scaled


def hump(distance: Floats, width: float) -> Floats:
    """Return a Gaussian of `distance` that falls to 1/e at `width`."""
    curve: Floats = np.exp(-((distance / width) ** 2))
    return curve


def turned_x(deg: float) -> Floats:
    """Return axes turned about x so that the top leans forward by `deg`."""
    c, s = np.cos(np.radians(deg)), np.sin(np.radians(deg))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def mirrored(rows: Rows) -> tuple[Floats, Floats]:
    """Return the rows and their twin with x of the opposite sign."""
    left = np.array(rows, np.float64)
    right = left.copy()
    right[:, 0] *= -1
    return left, right
