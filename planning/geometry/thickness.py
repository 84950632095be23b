"""How thick a closed body is, measured through it."""

from typing import Final

import numpy as np

from planning.geometry.cylinder import Floats
from planning.geometry.kernels.crossing import first_crossing
from planning.geometry.surface import Surface

RAYS_N: Final = 100
# A ray begins a hair inside, so that it does not meet the triangle that it comes from.
INSIDE_MM: Final = 1e-6
OUTWARD: Final = 1


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
    starts = middles + INSIDE_MM * inward
    return np.array(
        [
            first_crossing(surface.tree, start, way, longest_mm - INSIDE_MM, OUTWARD)
            for start, way in zip(starts, inward, strict=True)
        ]
    )
