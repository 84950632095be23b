"""The geometry of a stack of slices, from the position and cosines of every one of them.

Figures: rows GEO-1, 2, 4, 6, 7 and 9 of the reliability note; DESIGN section 3.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid, Matrix, Point
from segmentation.io.slice_header import SliceHeader

COSINE_ACCEPTED: Final = 2e-4
COSINE_LIMIT: Final = 2e-3
DRIFT_LIMIT_MM: Final = 0.05
RESIDUAL_SILENT_MM: Final = 0.01
RESIDUAL_LIMIT_MM: Final = 0.10
RESIDUAL_LIMIT_RATIO: Final = 0.05
GAP_RATIO: Final = 1.5
SAME_PLACE_MM: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Slices in ascending order along their normal, and the line fitted through them.

    Attributes
    ----------
    slices
        Sorted by projection on row x column; the grid's k axis therefore keeps the determinant
        at +1 whatever order the files had (HAZ-1).
    positions_lps_mm
        Shape (n, 3), in the order of `slices`.
    direction
        Columns are row, column and normal: the polar projection of the mean cosines, so that no
        axis is preferred when they aren't quite orthonormal.
    along_mm, across_mm
        Positions along the normal, shape (n,), and in the slice plane, shape (n, 2).
    spacing_mm, start_mm
        Least-squares line along_mm = start_mm + k * spacing_mm.
    cosine_error, cosine_mm
        Largest fault of norm or right angle, and what its repair moves at a corner, in mm.
    wobble_mm
        Largest corner shift between any slice's own cosines and `direction`.
    """

    slices: tuple[SliceHeader, ...]
    positions_lps_mm: Point
    direction: Matrix
    along_mm: NDArray[np.float64]
    across_mm: NDArray[np.float64]
    spacing_mm: float
    start_mm: float
    cosine_error: float
    cosine_mm: float
    wobble_mm: float

    @property
    def steps_mm(self) -> NDArray[np.float64]:
        """Distances along the normal from each slice to the next, shape (n - 1,)."""
        return np.diff(self.along_mm)

    @property
    def residual_mm(self) -> float:
        """Largest distance of a slice from the fitted line, along the normal."""
        line = self.start_mm + self.spacing_mm * np.arange(len(self.slices))
        return float(np.abs(self.along_mm - line).max())

    @property
    def drift_mm(self) -> float:
        """How far slices lie beside each other in their own plane: tilt or shear, in mm."""
        spread = np.ptp(self.across_mm, axis=0)
        return float(np.hypot(spread[0], spread[1]))

    @property
    def tilt_deg(self) -> float:
        """Angle between the line of the slices and their normal."""
        way = self.positions_lps_mm[-1] - self.positions_lps_mm[0]
        length = float(np.linalg.norm(way))
        if length == 0.0:
            return 0.0
        cosine = abs(float(way @ self.direction[:, 2])) / length
        return float(np.degrees(np.arccos(min(1.0, cosine))))

    @property
    def gaps(self) -> tuple[int, ...]:
        """Indices of the steps that hide missing slices.

        A step over 1.5 x both its neighbours (over the only one at an end), or a wide step in
        which InstanceNumbers are missing. A lasting change of distance is uneven, not a gap.
        """
        steps = self.steps_mm
        if len(steps) < 2:
            return ()
        before = np.r_[0.0, steps[:-1]]
        after = np.r_[steps[1:], 0.0]
        isolated = steps > GAP_RATIO * np.maximum(before, after)
        wide = steps > GAP_RATIO * float(np.median(steps)) - RESIDUAL_LIMIT_MM * 0.1
        wide |= steps > GAP_RATIO * float(steps.min())
        skipped = np.array([self._skips(k) for k in range(len(steps))])
        return tuple(int(k) for k in np.flatnonzero(isolated | (wide & skipped)))

    def _skips(self, k: int) -> bool:
        """Return whether InstanceNumbers are missing between slices k and k + 1."""
        here, there = self.slices[k].instance_number, self.slices[k + 1].instance_number
        return here is not None and there is not None and abs(there - here) > 1

    def grid(self, frame_uid: str, slots: NDArray[np.intp]) -> Grid:
        """Return the regular grid of the fitted line for slices that lie at the indices `slots`.

        In the plane it starts at the middle of the (nearly equal) positions.
        """
        first = self.slices[0].pixels
        spacing = self.slices[0].pixel_spacing_mm
        assert first is not None
        assert spacing is not None
        step, start = line_through(self.along_mm, slots)
        middle = (self.across_mm.max(axis=0) + self.across_mm.min(axis=0)) / 2.0
        origin = self.direction @ np.array([middle[0], middle[1], start])
        return Grid(
            (int(slots[-1]) + 1, first.rows, first.columns),
            origin,
            (step, spacing[0], spacing[1]),
            self.direction,
            frame_uid,
        )

    def slots(self) -> NDArray[np.intp]:
        """Return the index of each slice on an even lattice; where there is none, 0, 1, 2, ...

        Slices around a gap keep their true distance: the lattice leaves room for the missing.
        """
        plain = np.arange(len(self.slices))
        steps = self.steps_mm
        if not self.gaps:
            return plain
        unit = float(np.median(steps))
        ratio = (self.along_mm - self.along_mm[0]) / unit
        lattice = np.rint(ratio).astype(np.intp)
        fits = bool(np.abs(ratio - lattice).max() <= 0.25 and (np.diff(lattice) > 0).all())
        roomy = fits and int(lattice[-1]) < 4 * len(self.slices) + 64
        return lattice if roomy else plain


def line_through(along_mm: NDArray[np.float64], slots: NDArray[np.intp]) -> tuple[float, float]:
    """Return step and start of the least-squares line through positions at integer slots."""
    centred = slots - slots.mean()
    weight = float(centred @ centred)
    step = float(centred @ (along_mm - along_mm.mean())) / weight if weight else 0.0
    return step, float(along_mm.mean()) - step * float(slots.mean())


def nearest_rotation(axes: Matrix) -> Matrix:
    """Return the orthonormal matrix nearest to `axes` (polar decomposition by SVD)."""
    left, _stretch, right = np.linalg.svd(axes)
    rotation: Matrix = left @ right
    return rotation


def cosines(orientation: tuple[float, ...]) -> Matrix:
    """Return row and column cosines as columns, and their cross product as the third."""
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    return np.column_stack([row, column, np.cross(row, column)])


def cosine_fault(orientation: tuple[float, ...]) -> float:
    """Return the larger of |norm - 1| of the two cosines and |their dot product|."""
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    norms = [abs(float(np.linalg.norm(axis)) - 1.0) for axis in (row, column)]
    return max(*norms, abs(float(row @ column)))


def build_stack(slices: tuple[SliceHeader, ...]) -> Stack:
    """Return the sorted, fitted stack of placed slices of one orientation, matrix and spacing."""
    # one order whatever the files' order was, so that every sum below has the same last bit
    slices = tuple(sorted(slices, key=lambda s: (s.position_lps_mm or (), s.instance_uid)))
    orientations = [s.orientation for s in slices if s.orientation is not None]
    kinds = sorted(set(orientations))
    axes = np.array([cosines(kind) for kind in kinds])
    unit = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    weights = np.array([orientations.count(kind) for kind in kinds], np.float64)
    mean = np.tensordot(weights / weights.sum(), unit, axes=1)
    mean[:, 2] = np.cross(mean[:, 0], mean[:, 1])
    direction = nearest_rotation(mean)
    positions = np.array([s.position_lps_mm for s in slices], np.float64)
    local = positions @ direction
    order = sorted(
        range(len(slices)),
        key=lambda n: (float(local[n, 2]), n),
    )
    local = local[order]
    step, start = line_through(local[:, 2], np.arange(len(order)))
    reach = _reach_mm(slices[0])
    shifts = [float(np.abs((a - direction)[:, :2]).max()) for a in axes]
    return Stack(
        slices=tuple(slices[n] for n in order),
        positions_lps_mm=positions[order],
        direction=direction,
        along_mm=local[:, 2],
        across_mm=local[:, :2],
        spacing_mm=step,
        start_mm=start,
        cosine_error=max(cosine_fault(kind) for kind in kinds),
        cosine_mm=max(shifts) * reach,
        wobble_mm=_wobble(unit, direction) * reach,
    )


def _wobble(unit_axes: NDArray[np.float64], direction: Matrix) -> float:
    """Return how far the orientations of single slices leave the common one, per mm of reach."""
    if len(unit_axes) == 1:
        return 0.0
    return max(
        float(np.linalg.norm((nearest_rotation(axes) - direction)[:, :2], ord=2))
        for axes in unit_axes
    )


def _reach_mm(header: SliceHeader) -> float:
    """Return the diagonal of a slice in mm."""
    assert header.pixels is not None
    assert header.pixel_spacing_mm is not None
    height = header.pixels.rows * header.pixel_spacing_mm[0]
    width = header.pixels.columns * header.pixel_spacing_mm[1]
    return float(np.hypot(height, width))
