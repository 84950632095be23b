"""Exact distance from points to a triangle mesh."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel

Points = NDArray[np.float64]
Index = NDArray[np.int32]


@kernel
def _clamped(value: float) -> float:
    """Return `value` limited to 0..1."""
    return min(max(value, 0.0), 1.0)


@kernel
def _segment_square(px: float, py: float, pz: float, dx: float, dy: float, dz: float) -> float:
    """Squared distance from p to the segment from the origin to d."""
    length = dx * dx + dy * dy + dz * dz
    t = _clamped((px * dx + py * dy + pz * dz) / length) if length > 0.0 else 0.0
    x, y, z = px - t * dx, py - t * dy, pz - t * dz
    return x * x + y * y + z * z


@kernel
def triangle_square(p: Points, a: Points, b: Points, c: Points) -> float:
    """Squared distance from point `p` to triangle a, b, c (each (3,)); exact, also for slivers."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    px, py, pz = p[0] - a[0], p[1] - a[1], p[2] - a[2]
    uu, vv = ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz
    uv = ux * vx + uy * vy + uz * vz
    pu, pv = px * ux + py * uy + pz * uz, px * vx + py * vy + pz * vz
    det = uu * vv - uv * uv
    if det > 1e-14 * uu * vv:
        s, t = (vv * pu - uv * pv) / det, (uu * pv - uv * pu) / det
        if s >= 0.0 and t >= 0.0 and s + t <= 1.0:
            x, y, z = px - s * ux - t * vx, py - s * uy - t * vy, pz - s * uz - t * vz
            over: float = x * x + y * y + z * z
            return over
    best = min(
        _segment_square(px, py, pz, ux, uy, uz),
        _segment_square(px, py, pz, vx, vy, vz),
    )
    across: float = _segment_square(px - ux, py - uy, pz - uz, vx - ux, vy - uy, vz - uz)
    return min(best, across)


@kernel
def box_cells(
    points: Points, triangle: Index, low: Points, cell_mm: float, shape: Index, span: Index
) -> None:
    """Write the first and last cell of a triangle's box into `span` (2, 3)."""
    for axis in range(3):
        a, b, c = points[triangle[0], axis], points[triangle[1], axis], points[triangle[2], axis]
        first = int(np.floor((min(a, b, c) - low[axis]) / cell_mm))
        last = int(np.floor((max(a, b, c) - low[axis]) / cell_mm))
        span[0, axis] = min(max(first, 0), shape[axis] - 1)
        span[1, axis] = min(max(last, 0), shape[axis] - 1)


@kernel
def sort_into_cells(
    points: Points,
    triangles: Index,
    low: Points,
    cell_mm: float,
    shape: Index,
    start: NDArray[np.int64],
    entries: Index,
) -> None:
    """Write which triangles' boxes touch each cell of a grid.

    Called twice: with empty `entries` it counts into `start` (cells + 1,), which comes in as zeros;
    with the running sum of that count in `start`, it fills `entries`. Those of cell c are then
    `entries[start[c - 1]:start[c]]`, with 0 for `start[-1]`.
    """
    span = np.empty((2, 3), np.int32)
    for t in range(triangles.shape[0]):
        box_cells(points, triangles[t], low, cell_mm, shape, span)
        for x in range(span[0, 0], span[1, 0] + 1):
            for y in range(span[0, 1], span[1, 1] + 1):
                for z in range(span[0, 2], span[1, 2] + 1):
                    cell = (x * shape[1] + y) * shape[2] + z
                    if entries.size:
                        entries[start[cell]] = t
                        start[cell] += 1
                    else:
                        start[cell + 1] += 1


@kernel
def _cell_square(
    p: Points,
    points: Points,
    triangles: Index,
    start: NDArray[np.int64],
    entries: Index,
    cell: int,
    best: float,
) -> float:
    """Lower `best` to the squared distance from `p` to the triangles of a cell."""
    for at in range(start[cell - 1] if cell else 0, start[cell]):
        t = triangles[entries[at]]
        best = min(best, triangle_square(p, points[t[0]], points[t[1]], points[t[2]]))
    return best


@kernel
def nearest_squares(
    samples: Points,
    points: Points,
    triangles: Index,
    low: Points,
    cell_mm: float,
    shape: Index,
    start: NDArray[np.int64],
    entries: Index,
    out: Points,
    first: int,
    stop: int,
) -> None:
    """Write the squared distance from samples `first`..`stop` to the mesh; exact.

    Shells of cells around the sample's own are searched until the nearest triangle found is nearer
    than any cell not yet searched.
    """
    home = np.empty(3, np.int64)
    for n in range(first, stop):
        p = samples[n]
        best, shell, last = np.inf, 0, 0
        for axis in range(3):
            home[axis] = int(np.floor((p[axis] - low[axis]) / cell_mm))
            shell = max(shell, -home[axis], home[axis] - shape[axis] + 1)
            last = max(last, home[axis], shape[axis] - 1 - home[axis])
        while shell <= last:
            x0, x1 = max(home[0] - shell, 0), min(home[0] + shell, shape[0] - 1)
            y0, y1 = max(home[1] - shell, 0), min(home[1] + shell, shape[1] - 1)
            for x in range(x0, x1 + 1):
                for y in range(y0, y1 + 1):
                    is_face = abs(x - home[0]) == shell or abs(y - home[1]) == shell
                    step = 1 if is_face or shell == 0 else 2 * shell
                    row = (x * shape[1] + y) * shape[2]
                    for z in range(home[2] - shell, home[2] + shell + 1, step):
                        if 0 <= z < shape[2]:
                            best = _cell_square(p, points, triangles, start, entries, row + z, best)
            reach = np.inf
            for axis in range(3):
                inside = p[axis] - low[axis] - home[axis] * cell_mm
                reach = min(reach, min(inside, cell_mm - inside) + shell * cell_mm)
            if best <= reach * reach:
                break
            shell += 1
        out[n] = best
