"""How near a surface comes to a solid cylinder with flat ends, by branch and bound.

A cylinder is an array (8,): its centre, its direction of length 1, half its length, its radius.
Its signed distance is convex: over a box or a triangle it lies above each of its tangents.
"""

import numpy as np

from planning.geometry.kernels.tree import LEAF, STACK, Floats, Tree
from segmentation.kernels.jit import inlined, kernel

ROOM = 512
"""Pieces of one triangle that wait; each halving leaves one, and after 400 nothing changes."""
EVEN = 1e-9
"""A slope that changes by less along an edge does not change."""
Tangent = tuple[float, float, float, float]


@kernel
def tangent(cylinder: Floats, x: float, y: float, z: float) -> Tangent:
    """Return the signed distance of a point to the cylinder and a subgradient, at most 1 long."""
    ox, oy, oz = x - cylinder[0], y - cylinder[1], z - cylinder[2]
    dx, dy, dz = cylinder[3], cylinder[4], cylinder[5]
    along = ox * dx + oy * dy + oz * dz
    ax, ay, az = ox - along * dx, oy - along * dy, oz - along * dz
    across = np.sqrt(ax * ax + ay * ay + az * az)
    beyond, out = abs(along) - cylinder[6], across - cylinder[7]
    past, off = max(beyond, 0.0), max(out, 0.0)
    signed = np.sqrt(past * past + off * off)
    if signed > 0.0:
        axial, radial = past / signed, off / signed
    elif beyond > out:
        signed, axial, radial = beyond, 1.0, 0.0
    else:
        signed, axial, radial = out, 0.0, 1.0
    axial = axial if along >= 0.0 else -axial
    radial = radial / across if across > 0.0 else 0.0
    return signed, axial * dx + radial * ax, axial * dy + radial * ay, axial * dz + radial * az


@kernel
def _box_bound(cylinder: Floats, boxes: Floats, node: int) -> float:
    """Return a distance that no point of a box is below."""
    hx = (boxes[node, 3] - boxes[node, 0]) / 2.0
    hy = (boxes[node, 4] - boxes[node, 1]) / 2.0
    hz = (boxes[node, 5] - boxes[node, 2]) / 2.0
    signed, sx, sy, sz = tangent(
        cylinder, boxes[node, 0] + hx, boxes[node, 1] + hy, boxes[node, 2] + hz
    )
    bound: float = signed - abs(sx) * hx - abs(sy) * hy - abs(sz) * hz
    return bound


@inlined
def _fall(there: Tangent, piece: Floats, x: float, y: float, z: float) -> float:
    """Return the least that a tangent at a point comes to on a triangle."""
    signed, sx, sy, sz = there
    least = np.inf
    for n in range(3):
        rise = (piece[n, 0] - x) * sx + (piece[n, 1] - y) * sy + (piece[n, 2] - z) * sz
        least = min(least, rise)
    return signed + least


@inlined
def _edge_to_halve(piece: Floats, slopes: Floats) -> int:
    """Return the edge along which the distance bends most; the longest where it does not bend.

    So pieces stay long where the distance grows evenly, such as along a cylinder's side.
    """
    most, longest, edge, long_edge = 0.0, 0.0, 0, 0
    for n in range(3):
        m = (n + 1) % 3
        bend, square = 0.0, 0.0
        for axis in range(3):
            step = piece[m, axis] - piece[n, axis]
            bend += (slopes[m, axis] - slopes[n, axis]) * step
            square += step * step
        if bend > most:
            most, edge = bend, n
        if square > longest:
            longest, long_edge = square, n
    return edge if most > EVEN * np.sqrt(longest) else long_edge


@kernel
def _of_triangle(
    corners: Floats, cylinder: Floats, best: float, tolerance: float, place: Floats, room: Floats
) -> float:
    """Put the place of a triangle that is nearest into `place` if it beats `best`."""
    room[0] = corners
    slopes = np.empty((3, 3))
    depth = 1
    while depth > 0 and best >= 0.0:
        depth -= 1
        piece = room[depth]
        x, y, z = piece[:, 0].mean(), piece[:, 1].mean(), piece[:, 2].mean()
        there = tangent(cylinder, x, y, z)
        if there[0] < best:
            best = there[0]
            place[0], place[1], place[2] = x, y, z
        bound = _fall(there, piece, x, y, z)
        if bound >= best - tolerance:
            continue
        for n in range(3):
            x, y, z = piece[n, 0], piece[n, 1], piece[n, 2]
            there = tangent(cylinder, x, y, z)
            slopes[n, 0], slopes[n, 1], slopes[n, 2] = there[1], there[2], there[3]
            bound = max(bound, _fall(there, piece, x, y, z))
            if there[0] < best:
                best = there[0]
                place[0], place[1], place[2] = x, y, z
        if bound >= best - tolerance or depth + 2 > ROOM:
            continue
        n = _edge_to_halve(piece, slopes)
        m = (n + 1) % 3
        for axis in range(3):
            middle = (piece[n, axis] + piece[m, axis]) / 2.0
            for corner in range(3):
                room[depth + 1, corner, axis] = piece[corner, axis]
            room[depth, m, axis] = middle
            room[depth + 1, n, axis] = middle
        depth += 2
    return best


@kernel
def nearest_to_cylinder(tree: Tree, cylinder: Floats, tolerance: float, place: Floats) -> float:
    """Return the smallest signed distance of the surface to the cylinder, and put where in `place`.

    At most `tolerance` too great; once some of the surface lies inside, any place inside will do.
    """
    boxes, starts, triangles = tree.boxes, tree.starts, tree.triangles
    levels, nodes, bounds = np.empty(STACK, np.int64), np.empty(STACK, np.int64), np.empty(STACK)
    room, corners = np.empty((ROOM, 3, 3)), np.empty((3, 3))
    levels[0], nodes[0] = starts.shape[0] - 2, 0
    bounds[0] = _box_bound(cylinder, boxes, starts[levels[0]])
    depth, best = 1, np.inf
    while depth > 0 and best >= 0.0:
        depth -= 1
        if bounds[depth] >= best - tolerance:
            continue
        level, n = levels[depth], nodes[depth]
        if level == 0:
            for t in range(n * LEAF, min((n + 1) * LEAF, triangles.shape[0])):
                for corner in range(3):
                    corners[corner] = tree.points[triangles[t, corner]]
                best = _of_triangle(corners, cylinder, best, tolerance, place, room)
            continue
        left = starts[level - 1] + 2 * n
        near, far = _box_bound(cylinder, boxes, left), np.inf
        if left + 1 < starts[level]:
            far = _box_bound(cylinder, boxes, left + 1)
        is_left_near = near <= far
        for turn in range(2):  # the further one first: the nearer lies on top
            is_left = (turn == 1) == is_left_near
            bound = near if is_left else far
            if bound < best - tolerance:
                levels[depth], bounds[depth] = level - 1, bound
                nodes[depth] = 2 * n if is_left else 2 * n + 1
                depth += 1
    return best
