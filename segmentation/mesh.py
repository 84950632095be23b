"""Triangles in patient space."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal

Points = NDArray[np.float64]
Triangles = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A triangle surface; identity is equality, both arrays are read-only.

    `points_lps_mm` has shape (N, 3); `triangles` (M, 3) holds indices whose order makes normals
    point out of the body.
    """

    points_lps_mm: Points
    triangles: Triangles

    def __post_init__(self) -> None:
        """Freeze both arrays; refuse indices without a point and points that are no numbers."""
        points = np.ascontiguousarray(self.points_lps_mm, np.float64).reshape(-1, 3)
        triangles = np.ascontiguousarray(self.triangles, np.int32).reshape(-1, 3)
        if not np.isfinite(points).all():
            raise Refusal("mesh-not-finite")
        if triangles.size and (triangles.min() < 0 or triangles.max() >= len(points)):
            raise Refusal("mesh-index-outside")
        points.flags.writeable = False
        triangles.flags.writeable = False
        object.__setattr__(self, "points_lps_mm", points)
        object.__setattr__(self, "triangles", triangles)

    @property
    def volume_ml(self) -> float:
        """Enclosed volume by the divergence theorem; positive when normals point outward."""
        if not self.triangles.size:
            return 0.0
        # Taken about the middle, or a body metres from the origin loses its digits.
        corners = self.points_lps_mm - self.points_lps_mm.mean(axis=0)
        a, b, c = (corners[self.triangles[:, n]] for n in range(3))
        return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6000.0

    @property
    def is_closed(self) -> bool:
        """Whether each directed edge has its reverse exactly as often."""
        edges = np.concatenate(
            [self.triangles[:, [0, 1]], self.triangles[:, [1, 2]], self.triangles[:, [2, 0]]]
        ).astype(np.int64)
        n = len(self.points_lps_mm)
        there, back = edges[:, 0] * n + edges[:, 1], edges[:, 1] * n + edges[:, 0]
        return bool(np.array_equal(np.sort(there), np.sort(back)))
