"""From where the patient is seen in the 3D view: a parallel projection, so that lengths compare."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Point
from viewers.pipelines.plane import Pixel, Pixels, Triple, triple

DISTANCE_MM: Final = 2000.0
DEG_PER_PX: Final = 0.45
ZOOM_PER_PX: Final = 1.006

# Direction of the eye in LPS for a left side; a right side mirrors x.
FIRST_EYES: Final[dict[str, Triple]] = {
    "": (0.0, -1.0, 0.15),
    "shoulder": (0.30, 1.0, 0.28),
    "spine": (0.0, 1.0, 0.25),
    "pelvis": (0.0, -1.0, 0.15),
    "mandible": (0.7, -0.7, 0.1),
    "kidney": (0.5, -0.8, 0.3),
    "liver": (-0.3, -1.0, 0.3),
}
EYES_BY_KEY: Final[dict[str, Triple]] = {
    "anterior": (0.0, -1.0, 0.0),
    "posterior": (0.0, 1.0, 0.0),
    "left": (1.0, 0.0, 0.0),
    "right": (-1.0, 0.0, 0.0),
    "superior": (0.0, 0.0, 1.0),
    "inferior": (0.0, 0.0, -1.0),
}
WORDS: Final = (("Left", "Right"), ("Posterior", "Anterior"), ("Superior", "Inferior"))
LATERAL: Final = {"Left": "Left lateral", "Right": "Right lateral"}
PURE_DEG: Final = 25.0


@dataclass(frozen=True, slots=True)
class SolidCamera:
    """A view of the patient; equal views are equal.

    Attributes
    ----------
    focus_lps_mm
        The point in the middle of the picture, about which the view turns.
    eye, up
        Unit vectors in LPS at right angles: from the focus to the eye, and up on the screen.
    height_mm
        What the picture's height spans in the patient.
    """

    focus_lps_mm: Triple
    eye: Triple
    up: Triple
    height_mm: float

    @property
    def right(self) -> Triple:
        """Unit vector to the right on the screen."""
        return triple(np.cross(self.up, self.eye))

    @property
    def eye_lps_mm(self) -> Point:
        """Where the eye stands."""
        place: Point = np.array(self.focus_lps_mm) + DISTANCE_MM * np.array(self.eye)
        return place

    def turned(self, right_px: float, down_px: float) -> "SolidCamera":
        """Return the view after a drag: what faces the eye follows the pointer."""
        about_up = _rotation(self.up, -math.radians(right_px * DEG_PER_PX))
        about_right = _rotation(self.right, -math.radians(down_px * DEG_PER_PX))
        both = about_up @ about_right
        eye, up = _upright(both @ np.array(self.eye), both @ np.array(self.up))
        return replace(self, eye=eye, up=up)

    def panned(self, right_px: float, down_px: float, height_px: int) -> "SolidCamera":
        """Return the view whose picture has moved by so many pixels."""
        shift = down_px * np.array(self.up) - right_px * np.array(self.right)
        focus = np.array(self.focus_lps_mm) + shift * self.height_mm / max(height_px, 1)
        return replace(self, focus_lps_mm=triple(focus))

    def zoomed(self, factor: float) -> "SolidCamera":
        """Return the view enlarged `factor` times."""
        return replace(self, height_mm=min(max(self.height_mm / factor, 2.0), 5000.0))

    def from_eye(self, eye: Sequence[float] | Point) -> "SolidCamera":
        """Return the view of the same place from another direction, head up."""
        direction, up = _upright(np.array(eye, np.float64), np.array((0.0, 0.0, 1.0)))
        return replace(self, eye=direction, up=up)

    def px(self, points_lps_mm: Point, size_px: tuple[int, int]) -> Pixels:
        """Return where points of shape (3,) or (N, 3) are seen, in logical pixels."""
        offset = np.asarray(points_lps_mm, np.float64) - np.array(self.focus_lps_mm)
        across = np.stack([offset @ np.array(self.right), -(offset @ np.array(self.up))], axis=-1)
        px: Pixels = across * size_px[1] / self.height_mm + np.array(size_px) / 2.0
        return px

    def axis_px(self, length_px: float) -> list[tuple[str, Pixel, float]]:
        """Return letter, tip and nearness (-1 to 1) of the patient's six directions."""
        tips = []
        for axis in range(3):
            for sign, letter in ((1.0, "LPS"[axis]), (-1.0, "RAI"[axis])):
                x, y = sign * self.right[axis], -sign * self.up[axis]
                tips.append((letter, (x * length_px, y * length_px), sign * self.eye[axis]))
        return sorted(tips, key=lambda tip: tip[2])

    @property
    def words(self) -> tuple[str, ...]:
        """The side that is seen, in one word, or two where the view is oblique."""
        order = np.argsort(-np.abs(np.array(self.eye)), kind="stable")
        names = [WORDS[n][0 if self.eye[n] > 0.0 else 1] for n in order]
        if abs(self.eye[order[1]]) < math.sin(math.radians(PURE_DEG)):
            return (LATERAL.get(names[0], names[0]),)
        return names[0], names[1]


def first_camera(
    points_lps_mm: Point, region: str = "", is_right: bool = False, aspect: float = 1.0
) -> SolidCamera:
    """Return the view that opens a case: all points in sight from the region's usual side.

    `points_lps_mm` has shape (N, 3), the corners or points of what shall be seen; `aspect` is
    the picture's width over its height.
    """
    eye = np.array(FIRST_EYES.get(region, FIRST_EYES[""]))
    if is_right:
        eye = eye * (-1.0, 1.0, 1.0)
    middle = (points_lps_mm.min(axis=0) + points_lps_mm.max(axis=0)) / 2.0
    camera = SolidCamera(triple(middle), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), 100.0).from_eye(eye)
    offset = points_lps_mm - middle
    high = float(np.abs(offset @ np.array(camera.up)).max())
    wide = float(np.abs(offset @ np.array(camera.right)).max()) / max(aspect, 0.1)
    return replace(camera, height_mm=2.0 * max(high, wide, 5.0) * 1.16)


def _rotation(axis: Triple, angle_rad: float) -> NDArray[np.float64]:
    """Return the rotation about a unit vector (Rodrigues)."""
    x, y, z = axis
    cross = np.array(((0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)))
    turn: NDArray[np.float64] = (
        np.eye(3) + math.sin(angle_rad) * cross + (1.0 - math.cos(angle_rad)) * cross @ cross
    )
    return turn


def _upright(eye: Point, up: Point) -> tuple[Triple, Triple]:
    """Return eye and up as unit vectors at right angles, nearest to those given."""
    eye = eye / np.linalg.norm(eye)
    up = up - (up @ eye) * eye
    if np.linalg.norm(up) < 1e-6:  # seen from above or below: the front is up
        up = np.array((0.0, -1.0, 0.0)) - eye[1] * -eye
    return triple(eye), triple(up / np.linalg.norm(up))
