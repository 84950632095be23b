"""From where a place is seen best: the direction with the fewest triangles before it."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.mesh import Mesh
from viewers.pipelines.plane import Triple, triple

DIRECTIONS: Final = 96
STEEPEST: Final = 0.75
TUBE_MM: Final = 7.0
SKIN_MM: Final = 1.0
PIXEL_MM: Final = 2.0
TRIANGLES_MAX: Final = 24_000
TURN: Final = 0.05  # so much of the free sight is given up for a side that people know

Floats = NDArray[np.float64]


def eyes() -> Floats:
    """Return directions (N, 3) all around, none from steeply above or below."""
    n = np.arange(DIRECTIONS) + 0.5
    z = 1.0 - 2.0 * n / DIRECTIONS
    turn = n * math.pi * (3.0 - math.sqrt(5.0))  # Fibonacci: even on the sphere
    level = np.sqrt(1.0 - z * z)
    all_eyes = np.stack([level * np.cos(turn), level * np.sin(turn), z], axis=1)
    return np.asarray(all_eyes[np.abs(z) <= STEEPEST], np.float64)


def triangles_before(point_lps_mm: Triple, meshes: Sequence[Mesh], directions: Floats) -> Floats:
    """Return for each direction (N, 3) how many triangles stand between the point and the eye.

    Counted are those whose middle lies within 7 mm of the line of sight; where there are many,
    every n-th is looked at and counts n times.
    """
    found = np.zeros(len(directions))
    stride = 1 + sum(len(mesh.triangles) for mesh in meshes) // TRIANGLES_MAX
    for mesh in meshes:
        offset = (_middles(mesh, stride) - np.array(point_lps_mm)).astype(np.float32)
        square = np.einsum("ij,ij->i", offset, offset)[:, None]
        along = offset @ directions.T.astype(np.float32)
        is_before = (along > SKIN_MM) & (square - along * along <= TUBE_MM**2)
        found += stride * is_before.sum(axis=0)
    return found


class Sight:
    """What surfaces within `within_mm` of a place hide: a picture of how near each pixel is.

    Pixels measure 2 mm and are filled by the middles of triangles, so that these must be smaller.
    """

    def __init__(self, meshes: Sequence[Mesh], centre_lps_mm: Triple, within_mm: float) -> None:
        self._centre = np.array(centre_lps_mm)
        self._side = int(2.0 * within_mm / PIXEL_MM) + 3
        middles = [_middles(mesh) - self._centre for mesh in meshes]
        middle = np.concatenate([*middles, np.empty((0, 3))])
        is_near = np.einsum("ij,ij->i", middle, middle) <= within_mm**2
        self._middles = middle[is_near].astype(np.float32)

    def seen(self, points_lps_mm: Floats, eye: Floats) -> NDArray[np.bool_]:
        """Return which of points (M, 3) no surface stands before, seen from a direction."""
        right = np.cross((0.0, 0.0, 1.0) if abs(eye[2]) < STEEPEST else (0.0, 1.0, 0.0), eye)
        right = right / np.linalg.norm(right)
        frame = np.stack([right, np.cross(eye, right), eye], axis=1).astype(np.float32)
        nearest = np.full(self._side**2, -np.inf, np.float32)
        np.maximum.at(nearest, *self._places(self._middles @ frame))
        offset = (points_lps_mm - self._centre).astype(np.float32)
        pixel, near = self._places(offset @ frame)
        seen: NDArray[np.bool_] = nearest[pixel] <= near + SKIN_MM + PIXEL_MM
        return seen

    def _places(self, turned: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return pixel numbers and nearness to the eye."""
        cell = np.rint(turned[:, :2] / np.float32(PIXEL_MM)).astype(np.intp) + self._side // 2
        cell = np.clip(cell, 0, self._side - 1)
        return cell[:, 0] * self._side + cell[:, 1], turned[:, 2]


def _middles(mesh: Mesh, stride: int = 1) -> Floats:
    """Return the middle of every `stride`-th triangle (N, 3), in half of a mean's time."""
    first, second, third = mesh.triangles[::stride].T
    points = mesh.points_lps_mm
    middle: Floats = (points[first] + points[second] + points[third]) / 3.0
    return middle


def free_eye(point_lps_mm: Triple, meshes: Sequence[Mesh], usual: Triple) -> Triple:
    """Return the direction of the eye that sees a point most freely.

    Among directions that are almost as free the one nearest to the usual eye is taken.
    """
    directions = eyes()
    found = triangles_before(point_lps_mm, meshes, directions)
    toward = directions @ (np.array(usual) / np.linalg.norm(usual))
    nearly = found <= found.min() + TURN * (np.median(found) - found.min())
    return triple(directions[int(np.where(nearly, toward, -2.0).argmax())])
