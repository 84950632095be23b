"""Triangles of one mesh that pass through each other."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel
from segmentation.kernels.nearest import box_cells

Points = NDArray[np.float64]
Index = NDArray[np.int32]
Flags = NDArray[np.bool_]

TOUCH_MM3 = 1e-9
"""Volumes below this are what rounding leaves of triangles that only touch."""


@kernel
def _side(a: Points, b: Points, c: Points, p: Points) -> float:
    """Six times the volume of the tetrahedron a, b, c, p; positive behind the triangle."""
    ux, uy, uz = a[0] - p[0], a[1] - p[1], a[2] - p[2]
    vx, vy, vz = b[0] - p[0], b[1] - p[1], b[2] - p[2]
    wx, wy, wz = c[0] - p[0], c[1] - p[1], c[2] - p[2]
    volume: float = ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx)
    return volume


@kernel
def _pierces(points: Points, p: int, q: int, triangle: Index) -> bool:
    """Whether the edge from point p to q passes through the inside of a triangle."""
    a, b, c = points[triangle[0]], points[triangle[1]], points[triangle[2]]
    start, end = points[p], points[q]
    before, behind = _side(a, b, c, start), _side(a, b, c, end)
    if min(before, behind) > -TOUCH_MM3 or max(before, behind) < TOUCH_MM3:
        return False
    first, second = _side(start, end, a, b), _side(start, end, b, c)
    third = _side(start, end, c, a)
    return min(first, second, third) > TOUCH_MM3 or max(first, second, third) < -TOUCH_MM3


@kernel
def _edges_pierce(points: Points, one: Index, other: Index) -> bool:
    """Whether an edge of `one` that has no corner of `other` passes through it."""
    for n in range(3):
        p, q = one[n], one[(n + 1) % 3]
        if p in (other[0], other[1], other[2]) or q in (other[0], other[1], other[2]):
            continue
        if _pierces(points, p, q, other):
            return True
    return False


@kernel
def _boxes_meet(points: Points, one: Index, other: Index) -> bool:
    """Whether the boxes of two triangles have a point in common."""
    for axis in range(3):
        a, b, c = points[one[0], axis], points[one[1], axis], points[one[2], axis]
        d, e, f = points[other[0], axis], points[other[1], axis], points[other[2], axis]
        if max(a, b, c) < min(d, e, f) or max(d, e, f) < min(a, b, c):
            return False
    return True


@kernel
def mark_crossing(
    points: Points,
    triangles: Index,
    low: Points,
    cell_mm: float,
    shape: Index,
    start: NDArray[np.int64],
    entries: Index,
    out: Flags,
    first: int,
    stop: int,
) -> None:
    """Mark in `out` (N,) the triangles that pass through one of `first`..`stop`, and those.

    The cells are those of `nearest.sort_into_cells`. Neighbours over an edge are not looked at,
    those over a corner by the edges away from it. What only touches is not marked.
    """
    mine, others = np.empty((2, 3), np.int32), np.empty((2, 3), np.int32)
    for t in range(first, stop):
        one = triangles[t]
        box_cells(points, one, low, cell_mm, shape, mine)
        for x in range(mine[0, 0], mine[1, 0] + 1):
            for y in range(mine[0, 1], mine[1, 1] + 1):
                for z in range(mine[0, 2], mine[1, 2] + 1):
                    cell = (x * shape[1] + y) * shape[2] + z
                    for at in range(start[cell - 1] if cell else 0, start[cell]):
                        u = entries[at]
                        other = triangles[u]
                        if u <= t or not _boxes_meet(points, one, other):
                            continue
                        box_cells(points, other, low, cell_mm, shape, others)
                        if (
                            x != max(mine[0, 0], others[0, 0])
                            or y != max(mine[0, 1], others[0, 1])
                            or z != max(mine[0, 2], others[0, 2])
                        ):
                            continue  # the pair meets in several cells and is judged in one
                        if _edges_pierce(points, one, other) or _edges_pierce(points, other, one):
                            out[t] = out[u] = True
