"""Surfaces as they are printed or sent: smoothed within a bound, with fewer triangles, judged.

They are for looking and for printing. What is measured is the accepted surface alone; how far the
finished one leaves it stands beside it.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.look import distances_mm, largest_deviation_mm, smoothed
from segmentation.mesh import Mesh
from segmentation.pieces import piecewise_decimated
from segmentation.progress import Progress, share, silent
from segmentation.soundness import Soundness, crossing, faulty, soundness

SMOOTH_MM_MAX: Final = 2.0
DEVIATION_MM: Final = (0.01, 5.0)
TRIANGLES_MIN: Final = 100
ROUNDS: Final = 10
SAMPLES_MAX: Final = 100_000
REPAIRS: Final = 10
HALVINGS: Final = 6
BISECTIONS: Final = 3
NEARLY: Final = 1.0 - 1e-9
EDGES_NEAR: Final = 2.0

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Finish:
    """What shall be done to a surface; 0 leaves it out.

    Attributes
    ----------
    smooth_mm
        How far smoothing may move a point, and so the surface.
    triangles
        About how many triangles shall be left.
    deviation_mm
        How far the result may lie from the accepted surface; as few triangles as that allows.
    """

    smooth_mm: float = 0.0
    triangles: int = 0
    deviation_mm: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what can't be done.

        Raises
        ------
        Refusal
            `finish-out-of-range`; `finish-two-aims` for a count and a deviation at once.
        """
        _require("smooth_mm", self.smooth_mm, 0.0, SMOOTH_MM_MAX)
        if self.triangles:
            _require("triangles", self.triangles, TRIANGLES_MIN, math.inf)
        if self.deviation_mm:
            _require("deviation_mm", self.deviation_mm, *DEVIATION_MM)
        if self.triangles and self.deviation_mm:
            raise Refusal("finish-two-aims")
        if self.deviation_mm:
            _require("deviation_mm", self.deviation_mm, self.smooth_mm, DEVIATION_MM[1])

    @property
    def is_plain(self) -> bool:
        """Whether the surface stays as it is."""
        return not (self.smooth_mm or self.triangles or self.deviation_mm)


def _require(name: str, value: float, lowest: float, highest: float) -> None:
    if not lowest <= value <= highest:
        raise Refusal("finish-out-of-range", name=name, lowest=lowest, highest=highest)


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """A finished surface, how far it and the accepted one lie apart at most, and its faults."""

    mesh: Mesh
    deviation_mm: float
    soundness: Soundness


def finished(mesh: Mesh, finish: Finish, progress: Progress = silent) -> Finished:
    """Return an accepted surface finished; `deviation_mm` is rounded up to 0.001 mm.

    Where a step would open, pinch or cross the surface, it stays as it was there. A sound surface
    stays sound.
    """
    made = mesh
    if finish.smooth_mm:
        made = smoothed_within(mesh, finish.smooth_mm, share(progress, 0.0, 0.2))
    part = share(progress, 0.2, 0.8)
    if finish.triangles:
        made = lighter(made, finish.triangles, part)
    elif finish.deviation_mm:
        made = lightest_within(made, mesh, finish.deviation_mm, part)
    deviation_mm = 0.0 if made is mesh else deviation_between_mm(mesh, made)
    found = soundness(made, share(progress, 0.8, 1.0))
    progress(1, 1)
    return Finished(made, deviation_mm, found)


def smoothed_within(mesh: Mesh, bound_mm: float, progress: Progress = silent) -> Mesh:
    """Return the mesh smoothed, no point moved by more than `bound_mm`.

    So no place of either surface lies farther from the other: a triangle's places move by no more
    than its corners. Where triangles would cross, their points stay.
    """
    start = mesh.points_lps_mm
    step = smoothed(mesh, ROUNDS, share(progress, 0.0, 0.5)).points_lps_mm - start
    length = np.linalg.norm(step, axis=1, keepdims=True)
    points = start + step * np.minimum(1.0, NEARLY * bound_mm / np.maximum(length, 1e-12))
    is_back = np.zeros(len(points), np.bool_)
    for turn in range(REPAIRS):
        part = share(progress, 0.5 + 0.5 * turn / REPAIRS, 0.5 + 0.5 * (turn + 1) / REPAIRS)
        made = Mesh(points, mesh.triangles)
        wrong = crossing(made, part)
        if not wrong.any():
            return made
        is_back[mesh.triangles[wrong]] = True
        is_back[mesh.triangles[is_back[mesh.triangles].any(axis=1)]] = True
        points = np.where(is_back[:, None], start, points)
    return mesh


def lighter(mesh: Mesh, triangles: int, progress: Progress = silent) -> Mesh:
    """Return the mesh with about `triangles` triangles, each piece still there, without a fault.

    Where thinning made one, the points around it are kept and the rest is thinned again.
    """
    is_held: Flags | None = None
    for turn in range(REPAIRS):
        part = share(progress, turn / REPAIRS, (turn + 1) / REPAIRS)
        light = piecewise_decimated(mesh, triangles, share(part, 0.0, 0.5), is_held)
        wrong = faulty(light, share(part, 0.5, 1.0))
        if light is mesh or not wrong.any():
            return light
        near = _near(mesh, light, wrong, EDGES_NEAR * (turn + 1))
        is_held = near if is_held is None else is_held | near
    return mesh


def _near(mesh: Mesh, light: Mesh, wrong: Flags, edges: float) -> Flags:
    """Return which points of a mesh lie within so many edges of triangles of its thinned one."""
    ends = mesh.points_lps_mm[mesh.triangles[:, :2]]
    reach_mm = edges * float(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).mean())
    faces = Mesh(light.points_lps_mm, light.triangles[wrong])
    near: Flags = distances_mm(mesh.points_lps_mm, faces) <= reach_mm
    return near


def lightest_within(
    mesh: Mesh, whole: Mesh, deviation_mm: float, progress: Progress = silent
) -> Mesh:
    """Return the mesh with as few triangles as found within `deviation_mm` of `whole`."""
    best, many, few = mesh, len(mesh.triangles), 0
    rounds = HALVINGS + BISECTIONS
    for turn in range(rounds):
        part = share(progress, turn / rounds, (turn + 1) / rounds)
        wanted = many // 2 if not few else (many + few) // 2
        if wanted < TRIANGLES_MIN:
            break
        light = lighter(mesh, wanted, part)
        if deviation_between_mm(whole, light) <= deviation_mm:
            best, many = light, wanted
        else:
            few = wanted
    return best


def deviation_between_mm(whole: Mesh, light: Mesh) -> float:
    """Return how far two surfaces lie apart at most, rounded up to 0.001 mm.

    Looked for both ways: at up to 100,000 points and middles of triangles of either, and at each
    point of the light one.
    """
    both_mm = largest_deviation_mm(whole, light, SAMPLES_MAX)
    each_mm = float(distances_mm(light.points_lps_mm, whole).max())
    return math.ceil(1000.0 * max(both_mm, each_mm)) / 1000.0
