"""How the three slices lie: along the patient's axes, or along and across a path."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from segmentation.grid import Point
from viewers.pipelines.plane import AXES, PlaneKind, SlicePlane, Triple, position_words, triple

STEEP: Final = 0.966  # within 15 degrees of head to foot the front is up, as in an axial slice
SHORTEST_MM: Final = 1e-6
TITLES: Final = {
    PlaneKind.AXIAL: "Across the path",
    PlaneKind.CORONAL: "Along the path 1",
    PlaneKind.SAGITTAL: "Along the path 2",
}
DEPTH: Final = "Depth {mm} mm"
MINUS: Final = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Path:
    """Where the slices are turned to: from outside `start_lps_mm` one looks towards the end."""

    start_lps_mm: Triple
    direction: Triple

    def at(self, depth_mm: float) -> Triple:
        """Return the point of the axis so far beyond the start."""
        return triple(np.array(self.start_lps_mm) + depth_mm * np.array(self.direction))

    def depth_mm(self, point_lps_mm: Point | Triple) -> float:
        """Return how far beyond the start the axis passes a point."""
        offset = np.asarray(point_lps_mm, np.float64) - np.array(self.start_lps_mm)
        return float(offset @ np.array(self.direction))


@dataclass(frozen=True, slots=True)
class Pose:
    """Right and down of each slice; `path` is None while they lie along the patient's axes."""

    path: Path | None = None

    @classmethod
    def along(cls, start_lps_mm: Point | Triple, end_lps_mm: Point | Triple) -> "Pose":
        """Return the slices of a path: the first across it, the two others hold it.

        Raises
        ------
        ValueError
            When start and end coincide.
        """
        way = np.asarray(end_lps_mm, np.float64) - np.asarray(start_lps_mm, np.float64)
        length = float(np.linalg.norm(way))
        if length < SHORTEST_MM:
            raise ValueError("a path needs two points")
        return cls(Path(triple(start_lps_mm), triple(way / length)))

    def axes(self, kind: PlaneKind) -> tuple[Triple, Triple]:
        """Return right and down on the screen, unit vectors at right angles in LPS.

        Across the path one looks along it, the head up; beside it lies the slice that holds the
        path and the picture's rows (the path runs down), and the one that holds its columns (the
        path runs to the right).
        """
        if self.path is None:
            return AXES[kind]
        along = np.array(self.path.direction)
        up = np.array((0.0, -1.0, 0.0) if abs(along[2]) > STEEP else (0.0, 0.0, 1.0))
        up = up - (up @ along) * along
        down = -up / np.linalg.norm(up)
        right = np.cross(down, along)
        pairs = {
            PlaneKind.AXIAL: (right, down),
            PlaneKind.CORONAL: (right, along),
            PlaneKind.SAGITTAL: (along, down),
        }
        first, second = pairs[kind]
        return triple(first), triple(second)

    def turned(self, plane: SlicePlane) -> SlicePlane:
        """Return the slice in this pose, its centre and scale kept."""
        right, down = self.axes(plane.kind)
        return replace(plane, right=right, down=down)

    def kind_of(self, normal: Triple) -> PlaneKind:
        """Return which of the three slices a vector is most normal to."""
        normals = {kind: np.cross(*self.axes(kind)) for kind in PlaneKind}
        return max(normals, key=lambda kind: abs(float(normals[kind] @ np.array(normal))))

    def title(self, kind: PlaneKind) -> str:
        """Return the English name of a slice."""
        return kind.value.capitalize() if self.path is None else TITLES[kind]

    def position(self, plane: SlicePlane, translate: Callable[[str], str]) -> str:
        """Return where the slice stands: in the patient, or how deep on the path.

        A slice that holds the path stands nowhere on it.
        """
        if self.path is None:
            return position_words(plane)
        if plane.kind is not PlaneKind.AXIAL:
            return ""
        depth_mm = round(self.path.depth_mm(plane.centre_lps_mm), 1)
        sign = MINUS if depth_mm < 0.0 else ""
        return translate(DEPTH).format(mm=f"{sign}{abs(depth_mm):.1f}")


STRAIGHT: Final = Pose()
