"""Closed meshes of simple bodies in LPS mm, made with NumPy alone."""

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.mesh import Mesh
from viewers.pipelines.plane import Triple

SIDES: Final = 40
RINGS: Final = 12
KEPT: Final = 512

Floats = NDArray[np.float64]
Triangles = NDArray[np.int32]


def _basis(direction: Floats) -> tuple[Floats, Floats]:
    """Return two unit vectors at right angles to a unit vector, right-handed with it."""
    helper = np.zeros(3)
    helper[int(np.abs(direction).argmin())] = 1.0
    first = np.cross(direction, helper)
    first = first / np.linalg.norm(first)
    return first, np.cross(direction, first)


def _turned(profile: list[tuple[float, float]], start: Triple, way: Floats) -> Mesh:
    """Return the body of a profile (way along, radius) turned about an axis; its ends lie on it."""
    first, second = _basis(way)
    angle = np.arange(SIDES) * (2.0 * math.pi / SIDES)
    ring = np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second
    rings = [np.array(start) + along * way + radius * ring for along, radius in profile[1:-1]]
    ends = [np.array(start) + along * way for along, _ in (profile[0], profile[-1])]
    points = np.concatenate([*rings, np.array(ends)])
    n, here = SIDES, np.arange(SIDES)
    after = (here + 1) % n
    last = (len(rings) - 1) * n
    foot, tip = len(rings) * n, len(rings) * n + 1
    faces = [np.stack([after, here, np.full(n, foot)], axis=1)]
    for k in range(len(rings) - 1):
        low, high = k * n, (k + 1) * n
        faces.append(np.stack([low + here, low + after, high + after], axis=1))
        faces.append(np.stack([low + here, high + after, high + here], axis=1))
    faces.append(np.stack([last + here, last + after, np.full(n, tip)], axis=1))
    return Mesh(points, np.concatenate(faces).astype(np.int32))


def _way(start: Triple, end: Triple) -> tuple[Floats, float]:
    """Return the unit vector from start to end and the length; any direction where they meet."""
    way = np.array(end) - np.array(start)
    length = float(np.linalg.norm(way))
    return (way / length if length > 0.0 else np.array((0.0, 0.0, 1.0))), length


@lru_cache(maxsize=KEPT)
def cylinder(start: Triple, end: Triple, radius_mm: float) -> Mesh:
    """Return the flat-ended cylinder from start to end; its corners lie on the true surface."""
    way, length = _way(start, end)
    profile = [(0.0, 0.0), (0.0, radius_mm), (length, radius_mm), (length, 0.0)]
    return _turned(profile, start, way)


@lru_cache(maxsize=KEPT)
def arrow(start: Triple, end: Triple, radius_mm: float) -> Mesh:
    """Return an arrow whose shaft has a radius and whose tip lies at the end."""
    way, length = _way(start, end)
    neck = max(length - 6.0 * radius_mm, 0.0)
    profile = [(0.0, 0.0), (0.0, radius_mm), (neck, radius_mm), (neck, 3.0 * radius_mm)]
    return _turned([*profile, (length, 0.0)], start, way)


@lru_cache(maxsize=KEPT)
def ball(centre: Triple, radius_mm: float) -> Mesh:
    """Return a ball."""
    angle = np.linspace(0.0, math.pi, RINGS + 1)
    profile = [(-radius_mm * math.cos(a), radius_mm * math.sin(a)) for a in angle]
    return _turned(profile, centre, np.array((0.0, 0.0, 1.0)))


@lru_cache(maxsize=KEPT)
def square(centre: Triple, normal: Triple, reach_mm: float) -> Mesh:
    """Return a square at right angles to a unit normal, its corners `reach_mm` away."""
    first, second = _basis(np.array(normal))
    offsets = np.array((first, second, -first, -second)) * reach_mm
    return Mesh(np.array(centre) + offsets, np.array(((0, 1, 2), (0, 2, 3)), np.int32))
