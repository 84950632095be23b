"""Rigid motions of patient space: they change no length and no hand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentation.errors import Refusal

Vector = NDArray[np.float64]
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Rigid:
    """A rotation about the origin, then a shift in mm; name it `target_from_source`.

    `rotation` (3, 3) is orthonormal and right-handed, so that no motion can mirror a patient;
    `shift_mm` has shape (3,). Both are read-only.
    """

    rotation: Vector
    shift_mm: Vector

    def __post_init__(self) -> None:
        """Freeze copies of both; refuse what is not rigid."""
        rotation, shift = np.array(self.rotation, np.float64), np.array(self.shift_mm, np.float64)
        if rotation.shape != (3, 3) or shift.shape != (3,):
            raise ValueError("a rigid motion is a 3x3 rotation and a shift of 3")
        if not (np.isfinite(rotation).all() and np.isfinite(shift).all()):
            raise Refusal("motion-not-rigid")
        skew = np.abs(rotation.T @ rotation - np.eye(3)).max()
        if skew > TOLERANCE or np.linalg.det(rotation) < 0.0:
            raise Refusal("motion-not-rigid")
        rotation.flags.writeable = False
        shift.flags.writeable = False
        object.__setattr__(self, "rotation", rotation)
        object.__setattr__(self, "shift_mm", shift)

    @classmethod
    def identity(cls) -> "Rigid":
        """Return the motion that moves nothing."""
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def turn(cls, axis: ArrayLike, angle_deg: float) -> "Rigid":
        """Return the turn by `angle_deg` about `axis` through the origin, right-handed.

        Rodrigues' formula; `axis` is any vector but zero.
        """
        x, y, z = unit(axis)
        cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        angle = np.deg2rad(angle_deg)
        rotation = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross)
        return cls(rotation, np.zeros(3))

    def points(self, points_mm: ArrayLike) -> Vector:
        """Return points of shape (3,) or (N, 3) in the target frame."""
        moved: Vector = np.asarray(points_mm, np.float64) @ self.rotation.T + self.shift_mm
        return moved

    def directions(self, directions: ArrayLike) -> Vector:
        """Return directions of shape (3,) or (N, 3) in the target frame; nothing is shifted."""
        turned: Vector = np.asarray(directions, np.float64) @ self.rotation.T
        return turned

    def __matmul__(self, other: "Rigid") -> "Rigid":
        """Return the motion that does `other` first: `a_from_b @ b_from_c` is `a_from_c`."""
        return Rigid(self.rotation @ other.rotation, self.points(other.shift_mm))

    @property
    def inverse(self) -> "Rigid":
        """The motion back."""
        return Rigid(self.rotation.T, -(self.rotation.T @ self.shift_mm))


def unit(vector: ArrayLike) -> Vector:
    """Return the vector (3,) with length 1; ValueError for one of no length or no numbers."""
    given = np.asarray(vector, np.float64)
    length = float(np.linalg.norm(given))
    if given.shape != (3,) or not np.isfinite(length) or length <= 0.0:
        raise ValueError("a direction needs three finite numbers that are not all zero")
    scaled: Vector = given / length
    return scaled
