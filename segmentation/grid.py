"""The only place where voxel indices and patient millimetres meet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal

Point = NDArray[np.float64]
Matrix = NDArray[np.float64]
Shape = tuple[int, int, int]
ORTHONORMAL_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A right-handed, orthonormal voxel grid in DICOM LPS millimetres.

    Attributes
    ----------
    shape_kji
        Voxels along k, j, i; arrays on this grid are C-ordered and indexed `[k, j, i]`.
    origin_lps_mm
        Centre of voxel (0, 0, 0), shape (3,).
    spacing_kji_mm
        Distances of voxel centres along k, j, i; positive and finite.
    direction
        Shape (3, 3); its columns are the LPS directions of the i, j and k axes. Readers flip an
        axis of a left-handed image, so that a mirrored patient cannot be expressed (HAZ-1).
    frame_uid
        Frame of reference: positions of two grids are comparable only when it is equal.
    """

    shape_kji: Shape
    origin_lps_mm: Point
    spacing_kji_mm: tuple[float, float, float]
    direction: Matrix
    frame_uid: str

    def __post_init__(self) -> None:
        """Refuse what is not a positive, finite, right-handed orthonormal grid."""
        origin = np.array(self.origin_lps_mm, np.float64)
        direction = np.array(self.direction, np.float64)
        spacing = np.array(self.spacing_kji_mm, np.float64)
        numbers = np.concatenate([origin.ravel(), direction.ravel(), spacing.ravel()])
        if not np.isfinite(numbers).all():
            raise Refusal("grid-not-finite")
        if min(self.shape_kji) < 1 or spacing.min() <= 0.0:
            raise Refusal("grid-not-positive")
        if np.abs(direction.T @ direction - np.eye(3)).max() > ORTHONORMAL_TOLERANCE:
            raise Refusal("grid-not-orthonormal")
        if np.linalg.det(direction) < 0.0:
            raise Refusal("grid-left-handed")
        origin.flags.writeable = False
        direction.flags.writeable = False
        object.__setattr__(self, "shape_kji", tuple(int(n) for n in self.shape_kji))
        object.__setattr__(self, "spacing_kji_mm", tuple(float(s) for s in spacing))
        object.__setattr__(self, "origin_lps_mm", origin)
        object.__setattr__(self, "direction", direction)

    @property
    def lps_from_ijk(self) -> Matrix:
        """The 4x4 affine that takes homogeneous voxel indices (i, j, k, 1) to LPS mm."""
        affine = np.eye(4)
        affine[:3, :3] = self.direction * np.array(self.spacing_kji_mm[::-1])
        affine[:3, 3] = self.origin_lps_mm
        return affine

    @property
    def ijk_from_lps(self) -> Matrix:
        """The 4x4 affine that takes homogeneous LPS mm to voxel indices (i, j, k, 1)."""
        affine = np.eye(4)
        affine[:3, :3] = (self.direction / np.array(self.spacing_kji_mm[::-1])).T
        affine[:3, 3] = -affine[:3, :3] @ self.origin_lps_mm
        return affine

    def lps_mm(self, points_ijk: NDArray[np.floating] | NDArray[np.integer]) -> Point:
        """Return the LPS mm of voxel indices of shape (3,) or (N, 3), order i, j, k."""
        steps = np.asarray(points_ijk, np.float64) * np.array(self.spacing_kji_mm[::-1])
        lps: Point = steps @ self.direction.T + self.origin_lps_mm
        return lps

    def ijk(self, points_lps_mm: Point) -> Point:
        """Return the real-valued voxel indices i, j, k of LPS points of shape (3,) or (N, 3)."""
        offset = np.asarray(points_lps_mm, np.float64) - self.origin_lps_mm
        ijk: Point = offset @ self.direction / np.array(self.spacing_kji_mm[::-1])
        return ijk

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return float(np.prod(self.spacing_kji_mm)) / 1000.0

    @property
    def centre_lps_mm(self) -> Point:
        """The middle of the grid in LPS mm."""
        return self.lps_mm((np.array(self.shape_kji[::-1]) - 1) / 2.0)

    @property
    def corners_lps_mm(self) -> Point:
        """The centres of the eight corner voxels in LPS mm, shape (8, 3)."""
        last = np.array(self.shape_kji[::-1]) - 1
        choice = np.array([(c & 1, c >> 1 & 1, c >> 2) for c in range(8)])
        return self.lps_mm(choice * last)
