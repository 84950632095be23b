"""Points at equal steps in a box along the axes of patient space, and distances at them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planning.geometry.kernels.field import signed_row
from planning.geometry.kernels.foot import nearest_points
from planning.geometry.surface import Surface, is_inside

Floats = NDArray[np.float64]
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Lattice:
    """Points `origin_mm + step_mm * (i, j, k)`; arrays over it are [k, j, i]."""

    origin_mm: Triple
    step_mm: float
    sizes_ijk: tuple[int, int, int]

    @classmethod
    def about(cls, low_mm: ArrayLike, high_mm: ArrayLike, step_mm: float) -> Self:
        """Return the smallest lattice of whole steps from zero that holds a box."""
        first = np.floor(np.asarray(low_mm, np.float64) / step_mm)
        last = np.ceil(np.asarray(high_mm, np.float64) / step_mm)
        x, y, z = (float(one) for one in first * step_mm)
        i, j, k = (int(one) for one in last - first + 1.0)
        return cls((x, y, z), step_mm, (i, j, k))

    @property
    def points_n(self) -> int:
        """How many points it has."""
        i, j, k = self.sizes_ijk
        return i * j * k

    @property
    def rows_n(self) -> int:
        """How many rows along x it has."""
        return self.sizes_ijk[1] * self.sizes_ijk[2]

    @property
    def high_mm(self) -> Floats:
        """The last point (3,)."""
        last = np.array(self.sizes_ijk, np.float64) - 1.0
        return np.array(self.origin_mm) + self.step_mm * last

    def rows_signed_mm(
        self, surface: Surface, start: int, stop: int, range_mm: tuple[float, float]
    ) -> Floats:
        """Return the exact signed distance at rows `start` to `stop`, negative inside.

        Row n lies at j = n % sizes j, k = n // sizes j. What lies beyond `range_mm` is held at its
        ends, the first below zero. The surface must not be empty. Each row is its own, so that
        any division into rows gives the same bytes.
        """
        deepest, furthest = -range_mm[0], range_mm[1]
        x, y, z = self.origin_mm
        signed = np.empty((stop - start, self.sizes_ijk[0]))
        for n in range(start, stop):
            k, j = divmod(n, self.sizes_ijk[1])
            place = np.array([x, y + j * self.step_mm, z + k * self.step_mm])
            signed_row(surface.tree, place, self.step_mm, deepest, furthest, signed[n - start])
        return signed

    def between(self, values: NDArray[np.int16], points_mm: ArrayLike) -> Floats:
        """Return trilinear values (N,) of an array [k, j, i] at points (N, 3) within the box."""
        ijk = (np.asarray(points_mm, np.float64) - self.origin_mm) / self.step_mm
        low = np.clip(np.floor(ijk), 0, np.array(self.sizes_ijk) - 2).astype(np.int64)
        share = ijk - low
        found = np.zeros(len(ijk))
        for corner in range(8):
            on = np.array([corner & 1, corner >> 1 & 1, corner >> 2])
            i, j, k = (low + on).T
            found += values[k, j, i] * np.where(on, share, 1.0 - share).prod(axis=1)
        return found


def signed_mm(surface: Surface, points_mm: ArrayLike) -> Floats:
    """Return the exact signed distance of points (N, 3) to a surface that isn't empty."""
    points = np.array(points_mm, np.float64, order="C", ndmin=2)
    squares, feet = np.empty(len(points)), np.empty((len(points), 3))
    nearest_points(surface.tree, points, feet, squares)
    signed: Floats = np.where(is_inside(surface, points), -1.0, 1.0) * np.sqrt(squares)
    return signed
