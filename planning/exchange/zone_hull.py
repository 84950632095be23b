"""What a receiver that takes a zone's convex hull would fill: canals, rings, hollows.

Many physics engines do that to every mesh without a word: the canal that a tool must pass becomes
solid, or the way round a nerve does.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from planning.exchange.zone_field import CODES_PER_MM, ZoneField
from planning.geometry.surface import Surface, is_inside, surface_of
from segmentation.mesh import Mesh

FILLS_MAX_ML: Final = 0.1
HOLLOW_MAX_MM: Final = 1.0
AT_ONCE: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class HullTrap:
    """What the hull of a surface adds to it, in ml, and how far from the surface that reaches."""

    fills_ml: float
    hollow_mm: float

    @property
    def is_trap(self) -> bool:
        """Whether more is filled than an uneven surface explains: 0.1 ml, wider than 2 mm."""
        return self.fills_ml > FILLS_MAX_ML and self.hollow_mm > HOLLOW_MAX_MM


def hull_of(mesh: Mesh) -> Mesh:
    """Return the convex hull of a closed body, its triangles outward."""
    from scipy.spatial import ConvexHull  # noqa: PLC0415 - only an export loads it

    hull = ConvexHull(mesh.points_lps_mm - mesh.points_lps_mm.mean(axis=0))
    corners = hull.points[hull.simplices]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    is_inward = np.einsum("ij,ij->i", normals, hull.equations[:, :3]) < 0.0
    triangles = np.where(is_inward[:, None], hull.simplices[:, ::-1], hull.simplices)
    return Mesh(mesh.points_lps_mm, triangles.astype(np.int32))


def hull_trap(surface: Surface, field: ZoneField, margin_mm: float) -> HullTrap:
    """Return what the convex hull of a zone's surface fills, its reach as the samples tell it."""
    hull = hull_of(surface.mesh)
    fills_ml = max(0.0, hull.volume_ml - surface.mesh.volume_ml)
    return HullTrap(fills_ml, _hollow_mm(surface_of(hull), field, margin_mm))


def _hollow_mm(hull: Surface, field: ZoneField, margin_mm: float) -> float:
    """Return the largest distance to the surface of a sample outside of it, within the hull."""
    codes, lattice = field.codes, field.lattice
    beyond = np.argwhere(codes > (HOLLOW_MAX_MM - margin_mm) * CODES_PER_MM)
    furthest = 0.0
    for start in range(0, len(beyond), AT_ONCE):
        kji = beyond[start : start + AT_ONCE]
        points = kji[:, ::-1] * lattice.step_mm + lattice.origin_mm
        within = kji[is_inside(hull, points)]
        if len(within):
            most = int(codes[tuple(within.T)].max())
            furthest = max(furthest, most / CODES_PER_MM + margin_mm)
    return furthest
