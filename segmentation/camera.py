"""Where a picture of the patient is taken from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.grid import Matrix, Point

ALMOST_PARALLEL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A parallel projection in LPS mm, the same as VTK's camera with ParallelProjection.

    Attributes
    ----------
    focal_lps_mm
        The point in the middle of the picture, shape (3,).
    towards_eye
        Direction from the focal point to the eye in LPS; (0, -1, 0) looks from the front, which
        puts the patient's left on the right of the picture. Normalised.
    up
        Direction of the picture's upper edge in LPS; made orthogonal and normalised.
    height_mm
        What the picture is high in the patient: twice VTK's ParallelScale.
    size_px
        Width and height of the picture; row 0 is the upper one. Pixels are square.
    distance_mm
        From focal point to eye; depths are counted from the eye's plane. Nothing is clipped.
    """

    focal_lps_mm: Point
    towards_eye: Point
    up: Point
    height_mm: float
    size_px: tuple[int, int]
    distance_mm: float = 1000.0

    def __post_init__(self) -> None:
        """Refuse what is not a view; freeze the rest as unit vectors."""
        focal, eye, up = (
            np.array(v, np.float64) for v in (self.focal_lps_mm, self.towards_eye, self.up)
        )
        numbers = np.concatenate([focal, eye, up, [self.height_mm, self.distance_mm]])
        if not np.isfinite(numbers).all() or self.height_mm <= 0.0 or min(self.size_px) < 1:
            raise Refusal("camera-not-a-view")
        right = np.cross(up, eye)
        if np.linalg.norm(right) <= ALMOST_PARALLEL * np.linalg.norm(up) * np.linalg.norm(eye):
            raise Refusal("camera-not-a-view")
        eye /= np.linalg.norm(eye)
        right /= np.linalg.norm(right)
        for name, value in (
            ("focal_lps_mm", focal),
            ("towards_eye", eye),
            ("up", np.cross(eye, right)),
        ):
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @property
    def axes_lps(self) -> Matrix:
        """Right, up and towards the eye as rows of a rotation (3, 3)."""
        return np.stack([np.cross(self.up, self.towards_eye), self.up, self.towards_eye])

    @property
    def mm_per_px(self) -> float:
        """The side of a pixel in the patient."""
        return self.height_mm / self.size_px[1]

    @property
    def eye_lps_mm(self) -> Point:
        """Where the eye is."""
        eye: Point = self.focal_lps_mm + self.distance_mm * self.towards_eye
        return eye

    def seen(self, points_lps_mm: Point) -> NDArray[np.float64]:
        """Return column, row (pixel centres are integers) and depth in mm of points (..., 3)."""
        offset = np.asarray(points_lps_mm, np.float64) - self.focal_lps_mm
        right, up, towards = np.moveaxis(offset @ self.axes_lps.T, -1, 0)
        width, height = self.size_px
        column = right / self.mm_per_px + width / 2.0 - 0.5
        row = height / 2.0 - up / self.mm_per_px - 0.5
        return np.stack([column, row, self.distance_mm - towards], axis=-1)

    def lps_mm(self, seen: NDArray[np.float64]) -> Point:
        """Return the LPS mm of columns, rows and depths in mm (..., 3): the inverse of `seen`."""
        column, row, depth = np.moveaxis(np.asarray(seen, np.float64), -1, 0)
        width, height = self.size_px
        right = (column + 0.5 - width / 2.0) * self.mm_per_px
        up = (height / 2.0 - row - 0.5) * self.mm_per_px
        offset = np.stack([right, up, self.distance_mm - depth], axis=-1)
        points: Point = offset @ self.axes_lps + self.focal_lps_mm
        return points
