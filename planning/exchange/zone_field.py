"""The field of signed distances about a no-go zone, and how far it may ever be off.

Samples hold the distance to the zone's border, f = distance to the surface - margin, negative
inside, at steps h, rounded **down** to 1/256 mm. What a receiver reads is I, the trilinear value.

Everywhere: f grows by at most 1 mm a mm, and the weights' distances to the eight corners are at
most h sqrt(3)/2 in the mean (Jensen, largest in the middle); so |I - f| <= h sqrt(3)/2, and the
rounding adds 1/256 mm on the low side.

Where I >= 0: with p the surface's point nearest to x, each corner's distance squared is at most
|corner - p|^2, and their weighted mean is |x - p|^2 plus at most 3 h^2 / 4. So with J = I + margin
>= h sqrt(3)/2 the true distance to the surface is at least sqrt(J^2 - 3 h^2 / 4), and I exceeds f
by no more than margin - sqrt(margin^2 - 3 h^2 / 4): much less than the first bound.

Beyond 10 mm outside of the border and 4 mm inside the surface the field saturates. A clipped f
grows no faster than f, so the bounds hold of it; at the upper end it says less than the truth, at
the lower end only `at least as deep`.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planning.geometry.lattice import Floats, Lattice, signed_mm
from planning.geometry.surface import Surface
from segmentation.kernels.slabs import each_slab
from segmentation.progress import Progress, silent

Codes = NDArray[np.int16]
CODES_PER_MM: Final = 256
LOWEST, HIGHEST = -32768, 32767
REACH_MM: Final = 10.0
DEPTH_MM: Final = 4.0
STEPS_MM: Final = (0.5, 0.625, 0.75, 0.875, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)
SAMPLES_MAX: Final = 1_500_000
ROWS_AT_ONCE: Final = 32
QUANTISATION_MM: Final = 1.0 / CODES_PER_MM
COMPUTING_MM: Final = 0.001
"""What 64-bit arithmetic and the 32-bit corners of the surface's file may cost together."""


@dataclass(frozen=True, slots=True, eq=False)
class ZoneField:
    """Samples [k, j, i] of a zone's signed distance in 1/256 mm, and where they lie (LPS mm)."""

    lattice: Lattice
    codes: Codes

    def mm(self, points_mm: ArrayLike) -> Floats:
        """Return what a receiver reads at points (N, 3) within the box: the trilinear value."""
        return self.lattice.between(self.codes, points_mm) / CODES_PER_MM


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a field may be off, part by part, in mm.

    Attributes
    ----------
    interpolation_mm
        Everywhere, either way, by reading between samples.
    outside_interpolation_mm
        By how much it may read too far where it reads 0 or more.
    quantisation_mm, computing_mm
        By rounding, always down; by arithmetic.
    surface_mm
        How far the accepted surface may lie from the true one.
    """

    interpolation_mm: float
    outside_interpolation_mm: float
    quantisation_mm: float
    computing_mm: float
    surface_mm: float

    @property
    def field_mm(self) -> float:
        """Return the bound of the field to the surface as it is in the file, either way."""
        return self.interpolation_mm + self.quantisation_mm + self.computing_mm

    @property
    def total_mm(self) -> float:
        """Return what to take off any reading."""
        return self.field_mm + self.surface_mm

    @property
    def outside_mm(self) -> float:
        """Return what to take off a reading of 0 or more."""
        return self.outside_interpolation_mm + self.computing_mm + self.surface_mm


def bounds_of(step_mm: float, margin_mm: float, surface_mm: float) -> Bounds:
    """Return the bounds of a field; see this module for where they come from."""
    half_mm = step_mm * math.sqrt(3.0) / 2.0
    outside_mm = half_mm
    if margin_mm > half_mm:
        outside_mm = margin_mm - math.sqrt((margin_mm - half_mm) * (margin_mm + half_mm))
    return Bounds(half_mm, outside_mm, QUANTISATION_MM, COMPUTING_MM, surface_mm)


def lattice_about(surface: Surface, margin_mm: float, samples_max: int = SAMPLES_MAX) -> Lattice:
    """Return the finest lattice with at most so many points, 10 mm beyond the zone all round."""
    points = surface.mesh.points_lps_mm
    off_mm = margin_mm + REACH_MM
    low, high = points.min(axis=0) - off_mm, points.max(axis=0) + off_mm
    for step_mm in STEPS_MM:
        lattice = Lattice.about(low, high, step_mm)
        if lattice.points_n <= samples_max:
            return lattice
    while lattice.points_n > samples_max:
        lattice = Lattice.about(low, high, 2.0 * lattice.step_mm)
    return lattice


def range_mm(margin_mm: float) -> tuple[float, float]:
    """Return the lowest and the highest value of a field, in whole 1/256 mm."""
    low, high = (int(code) for code in coded((-DEPTH_MM - margin_mm, REACH_MM)))
    return low / CODES_PER_MM, high / CODES_PER_MM


def field_on(
    surface: Surface, margin_mm: float, lattice: Lattice, progress: Progress = silent
) -> ZoneField:
    """Return the field of a surface that isn't empty; the same bytes for any number of threads."""
    low_mm, high_mm = (end + margin_mm for end in range_mm(margin_mm))
    codes = np.empty((lattice.rows_n, lattice.sizes_ijk[0]), np.int16)

    def work(start: int, stop: int) -> None:
        """Fill some rows."""
        codes[start:stop] = coded(
            lattice.rows_signed_mm(surface, start, stop, (low_mm, high_mm)) - margin_mm
        )

    each_slab(work, lattice.rows_n, progress, ROWS_AT_ONCE)
    return ZoneField(lattice, codes.reshape(lattice.sizes_ijk[::-1]))


def coded(mm: ArrayLike) -> Codes:
    """Return millimetres as whole 1/256, rounded down, held within 16 bits."""
    steps = np.floor(np.asarray(mm, np.float64) * CODES_PER_MM)
    return np.clip(steps, LOWEST, HIGHEST).astype(np.int16)


def true_mm(surface: Surface, margin_mm: float, points_mm: ArrayLike) -> Floats:
    """Return the exact distance of points (N, 3) to the zone's border, held within its range."""
    held: Floats = np.clip(signed_mm(surface, points_mm) - margin_mm, *range_mm(margin_mm))
    return held
