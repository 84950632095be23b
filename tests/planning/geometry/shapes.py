"""Closed meshes of which every distance is a formula, and random rigid motions."""

import numpy as np
from hypothesis import strategies as st

from planning.geometry.rigid import Rigid
from segmentation.mesh import Mesh
from tests.segmentation.solids import CUBE_CORNERS, CUBE_TRIANGLES

numbers = st.floats(-200.0, 200.0, allow_subnormal=False)
vectors = st.tuples(numbers, numbers, numbers).map(np.array)
axes = st.tuples(*[st.integers(-9, 9)] * 3).filter(any).map(lambda v: np.array(v, float))
motions = st.builds(
    lambda axis, angle, shift: Rigid(Rigid.turn(axis, angle).rotation, shift),
    axes, st.floats(-180.0, 180.0), vectors,
)  # fmt: skip


def block(low, high, pieces=1) -> Mesh:
    """A box from `low` to `high`; each face in 2 * pieces**2 triangles."""
    points, triangles = CUBE_CORNERS, CUBE_TRIANGLES
    for _ in range(pieces):
        points, triangles = quartered(points, triangles)
    low, high = np.asarray(low, float), np.asarray(high, float)
    return Mesh(low + points * (high - low), triangles)


def quartered(points, triangles):
    """Four triangles for each; edges stay shared."""
    edges = np.concatenate([triangles[:, [n, (n + 1) % 3]] for n in range(3)])
    unique, back = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True)
    middles = points[unique].mean(axis=1)
    ab, bc, ca = (back.reshape(3, -1) + len(points)).astype(np.int32)
    a, b, c = triangles.T
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([points, middles]), np.concatenate([np.stack(p, 1) for p in parts])


def sphere(centre, radius, rounds=4) -> Mesh:
    """A ball's surface of 12 * 4**rounds triangles; it lies inside the ball by its sagitta."""
    points, triangles = CUBE_CORNERS * 2.0 - 1.0, CUBE_TRIANGLES
    for _ in range(rounds):
        points, triangles = quartered(points, triangles)
    points = points / np.linalg.norm(points, axis=1)[:, None]
    return Mesh(np.asarray(centre, float) + radius * points, triangles)


def moved(mesh: Mesh, motion: Rigid) -> Mesh:
    return Mesh(motion.points(mesh.points_lps_mm), mesh.triangles)
