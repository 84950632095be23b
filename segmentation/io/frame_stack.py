"""Frames with a position each, put into one stack by where they lie along their normal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.grid import Grid, Shape

ASIDE_MM_MAX: Final = 0.05
EXACT_MM: Final = 1e-4
STEP_RATIO_MAX: Final = 0.02
TURN_MAX: Final = 1e-4
DEPTH_MAX: Final = 100_000

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FrameStack:
    """Slices of equal steps: slice k of frame n is `k_of_frame[n]`; `depth` counts all slices."""

    origin_lps_mm: Numbers
    direction: Numbers
    spacing_kji_mm: tuple[float, float, float]
    k_of_frame: tuple[int, ...]

    @property
    def depth(self) -> int:
        """How many slices the stack spans, empty ones between included."""
        return max(self.k_of_frame) + 1

    def grid(self, start_kji: tuple[int, int, int], shape_kji: Sequence[int], uid: str) -> Grid:
        """Return the grid of a box of the stack."""
        steps = np.array(start_kji[::-1]) * np.array(self.spacing_kji_mm[::-1])
        origin = self.origin_lps_mm + self.direction @ steps
        shape: Shape = (shape_kji[0], shape_kji[1], shape_kji[2])
        return Grid(shape, origin, self.spacing_kji_mm, self.direction, uid)


def stacked(frames: Sequence[tuple[Numbers, ...]], name: str) -> FrameStack:
    """Return the stack of frames given as position (3), orientation (6), pixel spacing (2), steps.

    The two steps (between slices, slice thickness; NaN if not stated) are believed only where the
    positions are whole multiples of them; else the smallest distance of two positions counts.
    Refused: `frames-turned` for frames that are not parallel, equal in spacing and one above the
    other within 0.05 mm; `frames-uneven` for distances that no step divides within 2 %.
    """
    positions, orientations, spacings, steps = (
        np.array([frame[n] for frame in frames]) for n in range(4)
    )
    turned = np.abs(orientations - orientations[0]).max() > TURN_MAX
    scaled = np.abs(spacings / spacings[0] - 1.0).max() > TURN_MAX
    direction = _direction(orientations[0])
    offsets = (positions - positions[0]) @ direction
    if turned or scaled or np.abs(offsets[:, :2]).max() > ASIDE_MM_MAX:
        raise Refusal("frames-turned", file=name)
    first = int(offsets[:, 2].argmin())
    depths = offsets[:, 2] - offsets[first, 2]
    step, k = _slices(depths, steps[0], name)
    spacing = (step, float(spacings[0][0]), float(spacings[0][1]))
    return FrameStack(positions[first], direction, spacing, tuple(int(n) for n in k))


def _direction(orientation: Numbers) -> Numbers:
    """Return the axes i, j, k as columns, made exactly orthonormal; ValueError for no such axes."""
    row, column = orientation[:3], orientation[3:]
    normal = np.cross(row, column)
    if abs(np.linalg.norm(normal) - 1.0) > 10 * TURN_MAX or abs(row @ column) > TURN_MAX:
        raise ValueError("orientation")
    row = row / np.linalg.norm(row)
    normal = normal / np.linalg.norm(normal)
    axes: Numbers = np.column_stack([row, np.cross(normal, row), normal])
    return axes


def _slices(depths: Numbers, stated: Numbers, name: str) -> tuple[float, NDArray[np.int64]]:
    """Return the step in mm and each frame's slice."""
    between, thickness = (float(abs(step)) for step in stated)
    levels = np.unique(depths)
    gaps = np.diff(levels)
    # Positions that differ by less than this are one slice, written with other digits.
    gaps = gaps[gaps > ASIDE_MM_MAX]
    if not len(gaps):
        usable = [step for step in (between, thickness) if np.isfinite(step) and step > 0.0]
        return (usable[0] if usable else 1.0), np.zeros(len(depths), np.int64)
    smallest = float(gaps.min())
    for step in (between, thickness, smallest):
        if np.isfinite(step) and ASIDE_MM_MAX < step < smallest * (1.0 + STEP_RATIO_MAX):
            k = np.round(depths / step)
            if k.max() >= DEPTH_MAX:
                continue
            # A stated step may be rounded: then the outermost frames give it.
            is_exact = np.abs(depths - k * step).max() <= EXACT_MM
            true = step if is_exact else float(depths.max() / k.max())
            if np.abs(depths - k * true).max() <= max(ASIDE_MM_MAX, STEP_RATIO_MAX * true):
                return true, k.astype(np.int64)
    raise Refusal("frames-uneven", file=name)
