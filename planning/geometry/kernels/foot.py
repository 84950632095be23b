"""The nearest point of a surface, exact for every triangle, slivers and needles included."""

import numpy as np

from planning.geometry.kernels.tree import LEAF, STACK, Floats, Index, Tree
from segmentation.kernels.jit import inlined, kernel

SLIVER = 1e-14
SLENDER = 1e-6
"""Below this share the solution over a triangle's inside is rounded: its edges are asked too."""


@inlined
def _toward(
    px: float,
    py: float,
    pz: float,
    ax: float,
    ay: float,
    az: float,
    bx: float,
    by: float,
    bz: float,
) -> tuple[float, float, float, float]:
    """Return the squared distance to the segment a-b and its nearest point."""
    ux, uy, uz = bx - ax, by - ay, bz - az
    length = ux * ux + uy * uy + uz * uz
    share = (px - ax) * ux + (py - ay) * uy + (pz - az) * uz
    t = min(max(share / length, 0.0), 1.0) if length > 0.0 else 0.0
    fx, fy, fz = ax + t * ux, ay + t * uy, az + t * uz
    return (fx - px) ** 2 + (fy - py) ** 2 + (fz - pz) ** 2, fx, fy, fz


@kernel
def _of_triangle(
    tree: Tree, n: int, px: float, py: float, pz: float, best: float, foot: Floats
) -> float:
    """Put the nearest point of a triangle into `foot` if it beats the squared distance `best`."""
    points = tree.points
    i, j, k = tree.triangles[n, 0], tree.triangles[n, 1], tree.triangles[n, 2]
    ax, ay, az = points[i, 0], points[i, 1], points[i, 2]
    bx, by, bz = points[j, 0], points[j, 1], points[j, 2]
    cx, cy, cz = points[k, 0], points[k, 1], points[k, 2]
    ux, uy, uz = bx - ax, by - ay, bz - az
    vx, vy, vz = cx - ax, cy - ay, cz - az
    wx, wy, wz = px - ax, py - ay, pz - az
    uu, vv = ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz
    uv = ux * vx + uy * vy + uz * vz
    det = uu * vv - uv * uv
    if det > SLIVER * uu * vv:
        wu, wv = wx * ux + wy * uy + wz * uz, wx * vx + wy * vy + wz * vz
        s, t = (vv * wu - uv * wv) / det, (uu * wv - uv * wu) / det
        fx, fy, fz = s * ux + t * vx, s * uy + t * vy, s * uz + t * vz
        square = (wx - fx) ** 2 + (wy - fy) ** 2 + (wz - fz) ** 2
        if s >= 0.0 and t >= 0.0 and s + t <= 1.0 and square < best:
            best = square
            foot[0], foot[1], foot[2] = ax + fx, ay + fy, az + fz
        # Nothing of the triangle is nearer than its plane.
        if det > SLENDER * uu * vv and (square >= best or (s >= 0 and t >= 0 and s + t <= 1.0)):
            return best
    for edge in range(3):
        if edge == 0:
            square, fx, fy, fz = _toward(px, py, pz, ax, ay, az, bx, by, bz)
        elif edge == 1:
            square, fx, fy, fz = _toward(px, py, pz, bx, by, bz, cx, cy, cz)
        else:
            square, fx, fy, fz = _toward(px, py, pz, cx, cy, cz, ax, ay, az)
        if square < best:
            best = square
            foot[0], foot[1], foot[2] = fx, fy, fz
    return best


@inlined
def _box_square(boxes: Floats, node: int, px: float, py: float, pz: float) -> float:
    """Return the squared distance to a box."""
    x = max(boxes[node, 0] - px, 0.0, px - boxes[node, 3])
    y = max(boxes[node, 1] - py, 0.0, py - boxes[node, 4])
    z = max(boxes[node, 2] - pz, 0.0, pz - boxes[node, 5])
    square: float = x * x + y * y + z * z
    return square


@kernel
def nearest(
    tree: Tree,
    px: float,
    py: float,
    pz: float,
    best: float,
    foot: Floats,
    stack: Index,
    squares: Floats,
) -> float:
    """Return the squared distance of a point to the surface, and put its nearest point in `foot`.

    `best` and `foot` come in as what is known already, infinity for nothing. `stack` (2, STACK)
    and `squares` (STACK,) are room to work in.
    """
    boxes, starts = tree.boxes, tree.starts
    top = starts.shape[0] - 2
    stack[0, 0], stack[1, 0], squares[0] = top, 0, _box_square(boxes, starts[top], px, py, pz)
    depth = 1
    while depth > 0:
        depth -= 1
        if squares[depth] >= best:
            continue
        level, n = stack[0, depth], stack[1, depth]
        if level == 0:
            for t in range(n * LEAF, min((n + 1) * LEAF, tree.triangles.shape[0])):
                best = _of_triangle(tree, t, px, py, pz, best, foot)
            continue
        left = starts[level - 1] + 2 * n
        near, far = _box_square(boxes, left, px, py, pz), np.inf
        if left + 1 < starts[level]:
            far = _box_square(boxes, left + 1, px, py, pz)
        is_left_near = near <= far
        for turn in range(2):  # the further one first: the nearer lies on top
            is_left = (turn == 1) == is_left_near
            square = near if is_left else far
            if square < best:
                stack[0, depth], squares[depth] = level - 1, square
                stack[1, depth] = 2 * n if is_left else 2 * n + 1
                depth += 1
    return best


@kernel
def nearest_points(tree: Tree, points: Floats, feet: Floats, squares: Floats) -> None:
    """Write each point's (N, 3) nearest point of the surface and its squared distance."""
    stack, room = np.empty((2, STACK), np.int64), np.empty(STACK)
    for n in range(points.shape[0]):
        squares[n] = nearest(
            tree, points[n, 0], points[n, 1], points[n, 2], np.inf, feet[n], stack, room
        )
