"""How thick a closed body is, measured through it."""

from typing import Final

import numpy as np

from planning.geometry.cylinder import Cylinder, Floats
from planning.geometry.surface import Surface

RAYS_N: Final = 100
# A ray begins a hair inside, so that it does not meet the triangle that it comes from.
INSIDE_MM: Final = 1e-6


def chords_mm(surface: Surface, longest_mm: float, rays_n: int = RAYS_N) -> Floats:
    """Return how far it is through the body from evenly picked triangles, shape (N,).

    Each ray starts in a triangle's middle and runs straight inward to where it leaves the body;
    infinite beyond `longest_mm`. Of a ball or a straight tube each chord is the diameter.
    """
    every = max(1, len(surface.triangles) // rays_n)
    corners = surface.mesh.points_lps_mm[surface.triangles[::every]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    usable = lengths > 0.0
    inward = -normals[usable] / lengths[usable, None]
    middles = corners[usable].mean(axis=1)
    half = np.linalg.norm(surface.high_mm - surface.low_mm, axis=1) / 2.0
    boxes = (surface.low_mm + surface.high_mm) / 2.0
    found = []
    for middle, way in zip(middles, inward, strict=True):
        ray = Cylinder(middle + INSIDE_MM * way, middle + longest_mm * way, 0.0)
        near = np.flatnonzero(ray.signed_mm(boxes) <= half)
        found.append(_exit_mm(surface.corners_mm(near), ray))
    return np.array(found)


def _exit_mm(corners: Floats, ray: Cylinder) -> float:
    """Return how far along the ray it first passes outward through triangles (N, 3, 3)."""
    a, b, c = (corners[:, n] for n in range(3))
    normal = np.cross(b - a, c - a)
    along = normal @ ray.direction
    outward = np.flatnonzero(along > 0.0)
    a, b, c, normal, along = a[outward], b[outward], c[outward], normal[outward], along[outward]
    at = np.einsum("ij,ij->i", normal, a - ray.start_mm) / along
    hit = np.asarray(ray.start_mm) + at[:, None] * ray.direction
    is_within = (at >= 0.0) & (at <= ray.length_mm)
    for first, second in ((a, b), (b, c), (c, a)):
        side = np.einsum("ij,ij->i", np.cross(second - first, hit - first), normal)
        is_within &= side >= -1e-12 * np.einsum("ij,ij->i", normal, normal)
    met = at[is_within]
    return float(met.min()) if met.size else float("inf")
