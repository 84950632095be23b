"""Where rays cross a surface: how often it goes round a point, how far it is to the next wall."""

import numpy as np

from planning.geometry.kernels.tree import LEAF, STACK, Floats, Index, Tree
from segmentation.kernels.jit import inlined, kernel

HAIR = 1e-9
"""By how much boxes are widened, so that a hit on their very border is kept."""
ON_EDGE = 1e-12


@inlined
def _is_left(points: Floats, a: int, b: int, py: float, pz: float) -> bool:
    """Return whether a place lies left of the edge from a to b, seen along x.

    Reckoned from the lower end to the higher one, whichever triangle asks: both give one answer.
    """
    ay, az, by, bz = points[a, 1], points[a, 2], points[b, 1], points[b, 2]
    if by < ay or (by == ay and bz < az):
        return not bool((ay - by) * (pz - bz) - (az - bz) * (py - by) >= 0.0)
    return bool((by - ay) * (pz - az) - (bz - az) * (py - ay) >= 0.0)


@inlined
def _turn(tree: Tree, n: int, px: float, py: float, pz: float) -> int:
    """Return 1 or -1 if the ray along +x from the point crosses the triangle out or in, else 0."""
    points = tree.points
    a, b, c = tree.triangles[n, 0], tree.triangles[n, 1], tree.triangles[n, 2]
    first = _is_left(points, a, b, py, pz)
    second, third = _is_left(points, b, c, py, pz), _is_left(points, c, a, py, pz)
    if first != second or second != third:
        return 0
    turn = 1 if first else -1
    x, y, z = points[a, 0], points[a, 1], points[a, 2]
    ux, uy, uz = points[b, 0] - x, points[b, 1] - y, points[b, 2] - z
    vx, vy, vz = points[c, 0] - x, points[c, 1] - y, points[c, 2] - z
    ahead = (uy * vz - uz * vy) * (x - px)
    ahead += (uz * vx - ux * vz) * (y - py)
    ahead += (ux * vy - uy * vx) * (z - pz)
    return turn if ahead * turn > 0.0 else 0


@kernel
def winding(tree: Tree, px: float, py: float, pz: float, stack: Index) -> int:
    """Return how often the surface goes round a point; `stack` (2, STACK) is room to work in.

    Counts signed crossings of the ray along +x; a point on an edge seen along x counts for one of
    its two triangles, as if it were a little aside.
    """
    boxes, starts = tree.boxes, tree.starts
    stack[0, 0], stack[1, 0] = starts.shape[0] - 2, 0
    depth, turns = 1, 0
    while depth > 0:
        depth -= 1
        level, n = stack[0, depth], stack[1, depth]
        node = starts[level] + n
        if (
            px > boxes[node, 3]
            or py < boxes[node, 1]
            or py > boxes[node, 4]
            or pz < boxes[node, 2]
            or pz > boxes[node, 5]
        ):
            continue
        if level == 0:
            for t in range(n * LEAF, min((n + 1) * LEAF, tree.triangles.shape[0])):
                turns += _turn(tree, t, px, py, pz)
            continue
        for child in range(2 * n, min(2 * n + 2, starts[level] - starts[level - 1])):
            stack[0, depth], stack[1, depth] = level - 1, child
            depth += 1
    return turns


@kernel
def windings(tree: Tree, points: Floats, turns: Index) -> None:
    """Write how often the surface goes round each point (N, 3)."""
    stack = np.empty((2, STACK), np.int64)
    for n in range(points.shape[0]):
        turns[n] = winding(tree, points[n, 0], points[n, 1], points[n, 2], stack)


@kernel
def _is_met(boxes: Floats, node: int, start: Floats, way: Floats, far: float) -> bool:
    """Return whether the ray meets a box, a hair wider than it is, before `far`."""
    low, high = 0.0, far
    for axis in range(3):
        below, above = boxes[node, axis] - HAIR, boxes[node, axis + 3] + HAIR
        if abs(way[axis]) < HAIR:
            # Over any path such a ray moves by less than the path's length in nanometres.
            drift = abs(way[axis]) * far
            if start[axis] < below - drift or start[axis] > above + drift:
                return False
            continue
        one, other = (below - start[axis]) / way[axis], (above - start[axis]) / way[axis]
        low, high = max(low, min(one, other)), min(high, max(one, other))
    return low <= high + HAIR


@kernel
def _hit(tree: Tree, n: int, start: Floats, way: Floats, turn: int) -> float:
    """Return how far along the ray it crosses a triangle in the wanted turn, infinity for never."""
    points = tree.points
    i, j, k = tree.triangles[n, 0], tree.triangles[n, 1], tree.triangles[n, 2]
    a, b, c = points[i], points[j], points[k]
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    along = x * way[0] + y * way[1] + z * way[2]
    if along * turn <= 0.0:
        return np.inf
    at: float = (x * (a[0] - start[0]) + y * (a[1] - start[1]) + z * (a[2] - start[2])) / along
    hx, hy, hz = start[0] + at * way[0], start[1] + at * way[1], start[2] + at * way[2]
    least = -ON_EDGE * (x * x + y * y + z * z)
    for edge in range(3):
        p = a if edge == 0 else b if edge == 1 else c
        q = b if edge == 0 else c if edge == 1 else a
        ex, ey, ez = q[0] - p[0], q[1] - p[1], q[2] - p[2]
        ox, oy, oz = hx - p[0], hy - p[1], hz - p[2]
        side = (ey * oz - ez * oy) * x + (ez * ox - ex * oz) * y + (ex * oy - ey * ox) * z
        if side < least:
            return np.inf
    return at


@kernel
def first_crossing(tree: Tree, start: Floats, way: Floats, length: float, turn: int) -> float:
    """Return how far along a ray it first passes through the surface; infinity beyond `length`.

    `way` has length 1; only passages outward count for `turn` 1, only inward for -1.
    """
    starts = tree.starts
    stack = np.empty((2, STACK), np.int64)
    stack[0, 0], stack[1, 0] = starts.shape[0] - 2, 0
    depth, best = 1, np.inf
    while depth > 0:
        depth -= 1
        level, n = stack[0, depth], stack[1, depth]
        if not _is_met(tree.boxes, starts[level] + n, start, way, min(best, length)):
            continue
        if level == 0:
            for t in range(n * LEAF, min((n + 1) * LEAF, tree.triangles.shape[0])):
                at = _hit(tree, t, start, way, turn)
                if 0.0 <= at <= length and at < best:
                    best = at
            continue
        for child in range(2 * n, min(2 * n + 2, starts[level] - starts[level - 1])):
            stack[0, depth], stack[1, depth] = level - 1, child
            depth += 1
    return best
