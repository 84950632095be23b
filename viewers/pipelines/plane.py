"""Where a slice picture lies in the patient: the only place where LPS mm and pixels meet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid, Point

Triple = tuple[float, float, float]
Pixel = tuple[float, float]
Pixels = NDArray[np.float64]
POSITIVE_LETTERS: Final = "LPS"
NEGATIVE_LETTERS: Final = "RAI"
OBLIQUE_DEG: Final = 10.0
BAR_LENGTHS_MM: Final = tuple(m * 10.0**e for e in range(-2, 4) for m in (1, 2, 5))
BAR_RATIO_MAX: Final = 0.30


class PlaneKind(StrEnum):
    """The three slices of patient space."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


# Right and down on the screen: the patient is seen from the feet, from the front, from the left.
AXES: Final[dict[PlaneKind, tuple[Triple, Triple]]] = {
    PlaneKind.AXIAL: ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    PlaneKind.CORONAL: ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    PlaneKind.SAGITTAL: ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}
KIND_OF_AXIS: Final = (PlaneKind.SAGITTAL, PlaneKind.CORONAL, PlaneKind.AXIAL)


@dataclass(frozen=True, slots=True)
class SlicePlane:
    """The pose of one slice picture; equal poses are equal and hashable.

    Attributes
    ----------
    centre_lps_mm
        The point of the patient in the middle of the picture.
    right, down
        Unit vectors in LPS along the rows and columns of the screen, at right angles.
    mm_per_px
        Size of a logical pixel. Pixel coordinates are real: (0, 0) is the upper left corner of
        the picture, the first pixel's centre is (0.5, 0.5).
    size_px
        Width and height.
    """

    kind: PlaneKind
    centre_lps_mm: Triple
    right: Triple
    down: Triple
    mm_per_px: float
    size_px: tuple[int, int]

    @property
    def axis(self) -> Triple:
        """Unit vector at right angles to the slice, to the patient's left, back or head."""
        return _axis(self.right, self.down)

    def px(self, points_lps_mm: Point | Triple) -> Pixels:
        """Return the pixel coordinates of points of shape (3,) or (N, 3), along the normal."""
        offset = np.asarray(points_lps_mm, np.float64) - np.array(self.centre_lps_mm)
        basis = np.array((self.right, self.down)).T / self.mm_per_px
        px: Pixels = offset @ basis + np.array(self.size_px) / 2.0
        return px

    def lps_mm(self, pixels: Pixels | Pixel) -> Point:
        """Return the LPS mm of pixel coordinates of shape (2,) or (N, 2)."""
        offset = (np.asarray(pixels, np.float64) - np.array(self.size_px) / 2.0) * self.mm_per_px
        lps: Point = offset @ np.array((self.right, self.down)) + np.array(self.centre_lps_mm)
        return lps

    def depth_mm(self, point_lps_mm: Sequence[float] | Point) -> float:
        """Return how far a point lies before the slice along `axis`."""
        return float(np.dot(np.asarray(point_lps_mm) - np.array(self.centre_lps_mm), self.axis))

    def through(self, point_lps_mm: Sequence[float] | Point) -> "SlicePlane":
        """Return the plane shifted along its axis so that it holds the point."""
        shift = self.depth_mm(point_lps_mm) * np.array(self.axis)
        return replace(self, centre_lps_mm=triple(np.array(self.centre_lps_mm) + shift))

    def centred(self, point_lps_mm: Sequence[float] | Point) -> "SlicePlane":
        """Return the plane with the point in its middle."""
        return replace(self, centre_lps_mm=triple(point_lps_mm))

    def panned(self, right_px: float, down_px: float) -> "SlicePlane":
        """Return the plane whose picture has moved by so many pixels on the screen."""
        shift = np.array(self.right) * right_px + np.array(self.down) * down_px
        centre = np.array(self.centre_lps_mm) - shift * self.mm_per_px
        return replace(self, centre_lps_mm=triple(centre))

    def zoomed(self, factor: float, about_px: Pixel) -> "SlicePlane":
        """Return the plane enlarged `factor` times; what lies under `about_px` stays there."""
        larger = replace(self, mm_per_px=min(max(self.mm_per_px / factor, 0.005), 20.0))
        x, y = larger.px(self.lps_mm(about_px))
        return larger.panned(about_px[0] - float(x), about_px[1] - float(y))

    def resized(self, width_px: int, height_px: int) -> "SlicePlane":
        """Return the plane on a picture of another size, same centre and scale."""
        return replace(self, size_px=(max(1, width_px), max(1, height_px)))


@lru_cache(maxsize=64)
def _axis(right: Triple, down: Triple) -> Triple:
    """Return the unit normal that points to the patient's left, back or head."""
    normal = np.cross(right, down)
    main = int(np.abs(normal).argmax())
    return triple(normal if normal[main] > 0.0 else -normal)


def triple(values: Sequence[float] | Point) -> Triple:
    """Return three plain floats."""
    x, y, z = (float(v) for v in values)
    return x, y, z


def patient_plane(
    kind: PlaneKind,
    centre_lps_mm: Sequence[float] | Point,
    mm_per_px: float,
    size_px: tuple[int, int],
) -> SlicePlane:
    """Return the slice of `kind` along the patient's axes."""
    right, down = AXES[kind]
    return SlicePlane(kind, triple(centre_lps_mm), right, down, mm_per_px, size_px)


def fitted_mm_per_px(grid: Grid, kind: PlaneKind, size_px: tuple[int, int]) -> float:
    """Return the scale at which the whole grid, with a margin of 4 %, fits a picture."""
    right, down = AXES[kind]
    reach = np.ptp(grid.corners_lps_mm @ np.array((right, down)).T, axis=0)
    reach = reach + max(grid.spacing_kji_mm)
    return float((reach / np.array(size_px)).max()) * 1.04


def letters(direction: Sequence[float]) -> str:
    """Return the letters of the side of the patient that a unit vector in LPS points to.

    One letter within 10 degrees of an axis of the patient, else two, the nearer axis first.
    """
    order = np.argsort(-np.abs(np.asarray(direction)), kind="stable")
    shown = [n for n in order[:2] if abs(direction[n]) > math.sin(math.radians(OBLIQUE_DEG))]
    return "".join((POSITIVE_LETTERS if direction[n] > 0 else NEGATIVE_LETTERS)[n] for n in shown)


def edge_letters(plane: SlicePlane) -> tuple[str, str, str, str]:
    """Return the letters at the left, right, upper and lower edge of the picture."""
    left = tuple(-v for v in plane.right)
    up = tuple(-v for v in plane.down)
    return letters(left), letters(plane.right), letters(up), letters(plane.down)


def main_axis(direction: Sequence[float]) -> int:
    """Return which axis of the patient (0, 1 or 2) a vector follows most."""
    return int(np.abs(np.asarray(direction)).argmax())


def position_words(plane: SlicePlane) -> str:
    """Return where the slice stands, in letters: "L 125.8 mm", never a bare sign."""
    value = float(np.dot(plane.centre_lps_mm, plane.axis))
    names = POSITIVE_LETTERS if value >= 0.0 else NEGATIVE_LETTERS
    return f"{names[main_axis(plane.axis)]} {abs(value):.1f} mm"


def bar_length_mm(plane: SlicePlane) -> float:
    """Return the longest round length (1, 2 or 5) that takes at most 30 % of the width."""
    room_mm = plane.mm_per_px * plane.size_px[0] * BAR_RATIO_MAX
    return max((m for m in BAR_LENGTHS_MM if m <= room_mm), default=BAR_LENGTHS_MM[0])


def step_mm(grid: Grid, plane: SlicePlane) -> float:
    """Return the way along the slice's axis that is one voxel long in index space."""
    along = grid.direction.T @ np.array(plane.axis) / np.array(grid.spacing_kji_mm[::-1])
    return 1.0 / float(np.linalg.norm(along))


def stepped(grid: Grid, plane: SlicePlane, point_lps_mm: Point | Triple, steps: float) -> Point:
    """Return the point moved by whole slices along the axis, never past the grid's ends."""
    axis = np.array(plane.axis)
    ends = grid.corners_lps_mm @ axis
    now = float(np.dot(point_lps_mm, axis))
    then = min(max(now + steps * step_mm(grid, plane), float(ends.min())), float(ends.max()))
    moved: Point = np.asarray(point_lps_mm, np.float64) + (then - now) * axis
    return moved


def inside(grid: Grid, point_lps_mm: Point) -> Point:
    """Return the point of the grid that is nearest in index space."""
    last = np.array(grid.shape_kji[::-1]) - 1.0
    return grid.lps_mm(np.clip(grid.ijk(point_lps_mm), 0.0, last))
