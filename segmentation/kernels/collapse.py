"""Thinning of a closed triangle mesh by collapsed edges, many in one pass.

The cost of an edge is the quadric error at its middle (Garland and Heckbert 1997,
doi:10.1145/258734.258849) and a little for its length. Two points that are each other's cheapest
neighbour become one, at the place of least error, unless a triangle would turn over. What a
quadric holds: xx, xy, xz, xd, yy, yz, yd, zz, zd, dd of its planes, by their areas.
"""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import inlined, kernel

Index = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LENGTH_COST = 1e-3
"""Cost of an edge's squared length: flat parts are thinned evenly."""
HOLD = 1e-3
"""How strongly a new point keeps to the edge's middle, in parts of the quadric's trace."""
TURN_COSINE = 0.2
NO_AREA = 1e-18
NOBODY = -1


@kernel
def rings(triangles: Index, start: Index, after: Index, before: Index) -> None:
    """Write for each point v the next and the last corner of its triangles.

    They stand in `after` and `before` from `start[v]` to `start[v + 1]`; `start` (points + 1,)
    comes in as zeros. In a closed mesh `after` alone names every neighbour.
    """
    for t in range(triangles.shape[0]):
        for corner in range(3):
            start[triangles[t, corner] + 1] += 1
    for v in range(start.size - 1):
        start[v + 1] += start[v]
    at = start[:-1].copy()
    for t in range(triangles.shape[0]):
        for corner in range(3):
            v = triangles[t, corner]
            after[at[v]] = triangles[t, (corner + 1) % 3]
            before[at[v]] = triangles[t, (corner + 2) % 3]
            at[v] += 1


@kernel
def quadrics(points: Floats, triangles: Index, out: Floats) -> None:
    """Add the planes of all triangles to the quadrics (points, 10) of their corners."""
    plane = np.empty(4)
    for t in range(triangles.shape[0]):
        a, b, c = points[triangles[t, 0]], points[triangles[t, 1]], points[triangles[t, 2]]
        plane[0] = (b[1] - a[1]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[1] - a[1])
        plane[1] = (b[2] - a[2]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[2] - a[2])
        plane[2] = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        twice = np.sqrt(plane[0] ** 2 + plane[1] ** 2 + plane[2] ** 2)
        if twice < NO_AREA:
            continue
        plane[3] = -(plane[0] * a[0] + plane[1] * a[1] + plane[2] * a[2])
        for corner in range(3):
            row, n = out[triangles[t, corner]], 0
            for first in range(4):
                for second in range(first, 4):
                    row[n] += 0.5 * plane[first] * plane[second] / twice
                    n += 1


@inlined
def _error(q: Floats, r: Floats, x: float, y: float, z: float) -> float:
    """Sum of squared distances to the planes of two quadrics, by their areas."""
    squares = (q[0] + r[0]) * x * x + (q[4] + r[4]) * y * y + (q[7] + r[7]) * z * z
    mixed = (q[1] + r[1]) * x * y + (q[2] + r[2]) * x * z + (q[5] + r[5]) * y * z
    linear = (q[3] + r[3]) * x + (q[6] + r[6]) * y + (q[8] + r[8]) * z
    error: float = squares + 2.0 * (mixed + linear) + q[9] + r[9]
    return error


@kernel
def partners(
    points: Floats,
    costs: Floats,
    start: Index,
    after: Index,
    stuck: Flags,
    out: Index,
    first: int,
    stop: int,
) -> None:
    """Write for points `first`..`stop` the neighbour it is cheapest to join, NOBODY for none.

    `costs` are quadrics (points, 10). Two stuck points are no pair.
    """
    for v in range(first, stop):
        best, at = np.inf, NOBODY
        p = points[v]
        for n in range(start[v], start[v + 1]):
            w = after[n]
            if stuck[v] and stuck[w]:
                continue
            q = points[w]
            low, high = costs[min(v, w)], costs[max(v, w)]  # both ends must find the same number
            x, y, z = 0.5 * (p[0] + q[0]), 0.5 * (p[1] + q[1]), 0.5 * (p[2] + q[2])
            length = (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2
            cost = max(_error(low, high, x, y, z), 0.0) + LENGTH_COST * length
            if cost < best or (cost == best and w < at):
                best, at = cost, w
        out[v] = at


@kernel
def _place(points: Floats, costs: Floats, v: int, w: int, out: Floats) -> None:
    """Write where the quadrics of an edge's ends are least, held towards its middle."""
    q, r = costs[v], costs[w]
    xx, xy, xz, yy = q[0] + r[0], q[1] + r[1], q[2] + r[2], q[4] + r[4]
    yz, zz = q[5] + r[5], q[7] + r[7]
    mx = 0.5 * (points[v, 0] + points[w, 0])
    my = 0.5 * (points[v, 1] + points[w, 1])
    mz = 0.5 * (points[v, 2] + points[w, 2])
    gx = -(q[3] + r[3] + xx * mx + xy * my + xz * mz)
    gy = -(q[6] + r[6] + xy * mx + yy * my + yz * mz)
    gz = -(q[8] + r[8] + xz * mx + yz * my + zz * mz)
    hold = HOLD * (xx + yy + zz) + 1e-12
    xx, yy, zz = xx + hold, yy + hold, zz + hold
    cx, cy, cz = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    det = xx * cx + xy * cy + xz * cz
    out[0] = mx + (cx * gx + cy * gy + cz * gz) / det
    out[1] = my + (cy * gx + (xx * zz - xz * xz) * gy + (xy * xz - xx * yz) * gz) / det
    out[2] = mz + (cz * gx + (xy * xz - xx * yz) * gy + (xx * yy - xy * xy) * gz) / det


@kernel
def _turns(
    points: Floats, start: Index, after: Index, before: Index, v: int, w: int, place: Floats
) -> bool:
    """Whether a triangle of v that stays would turn over, were v at `place` and one with w."""
    p = points[v]
    for n in range(start[v], start[v + 1]):
        if w in (after[n], before[n]):
            continue
        a, b = points[after[n]], points[before[n]]
        ex, ey, ez = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        x, y, z = p[0] - a[0], p[1] - a[1], p[2] - a[2]
        ux, uy, uz = ey * z - ez * y, ez * x - ex * z, ex * y - ey * x
        was = ux * ux + uy * uy + uz * uz
        if was < NO_AREA:
            continue
        x, y, z = place[0] - a[0], place[1] - a[1], place[2] - a[2]
        vx, vy, vz = ey * z - ez * y, ez * x - ex * z, ex * y - ey * x
        now = vx * vx + vy * vy + vz * vz
        if ux * vx + uy * vy + uz * vz <= TURN_COSINE * np.sqrt(was * now):
            return True
    return False


@kernel
def _shared(start: Index, after: Index, v: int, w: int) -> int:
    """How many neighbours two points share; more than two would pinch the surface."""
    found = 0
    for n in range(start[v], start[v + 1]):
        for m in range(start[w], start[w + 1]):
            found += after[n] == after[m]
    return found


@kernel
def collapse(
    points: Floats,
    costs: Floats,
    start: Index,
    after: Index,
    before: Index,
    partner: Index,
    stuck: Flags,
    number: Index,
    most: int,
    first: int,
    stop: int,
) -> int:
    """Join the pairs whose lower point is one of `first`..`stop`, at most `most`; return how many.

    Where w joins v, v gets their place and quadric and `number[w]` becomes -1 - v. Pairs that may
    not be joined are marked as stuck.
    """
    done = 0
    place = np.empty(3)
    for v in range(first, stop):
        w = partner[v]
        if w <= v or partner[w] != v or done >= most:
            continue
        _place(points, costs, v, w, place)
        if (
            _shared(start, after, v, w) > 2
            or _turns(points, start, after, before, v, w, place)
            or _turns(points, start, after, before, w, v, place)
        ):
            stuck[v] = stuck[w] = True
            continue
        for n in range(3):
            points[v, n] = points[w, n] = place[n]
        for n in range(10):
            costs[v, n] += costs[w, n]
        stuck[v], number[w] = False, -1 - v
        done += 1
    return done


@kernel
def renumber(
    number: Index, points: Floats, costs: Floats, stuck: Flags, triangles: Index
) -> tuple[int, int]:
    """Move what is left to the front of all arrays; return how many points and triangles.

    `number` holds a value of at least 0 for points that stay, -1 - v for what joined v.
    """
    points_n = 0
    for v in range(number.size):
        if number[v] >= 0:
            number[v] = points_n
            for n in range(3):
                points[points_n, n] = points[v, n]
            for n in range(10):
                costs[points_n, n] = costs[v, n]
            stuck[points_n] = stuck[v]
            points_n += 1
    for v in range(number.size):
        if number[v] < 0:
            number[v] = number[-1 - number[v]]
    triangles_n = 0
    for t in range(triangles.shape[0]):
        a, b, c = number[triangles[t, 0]], number[triangles[t, 1]], number[triangles[t, 2]]
        if b not in (a, c) and a != c:
            triangles[triangles_n, 0], triangles[triangles_n, 1] = a, b
            triangles[triangles_n, 2] = c
            triangles_n += 1
    return points_n, triangles_n
