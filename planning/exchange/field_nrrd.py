"""A zone's field as NRRD: written here, read back by SimpleITK, judged against the surface."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.exchange.exporter import Written
from planning.exchange.nrrd_file import CORNERS_KJI, NrrdRead, read_nrrd, write_nrrd
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs, largest_mm, require_within
from planning.exchange.zone_field import (
    CODES_PER_MM,
    QUANTISATION_MM,
    Bounds,
    ZoneField,
    true_mm,
)
from planning.geometry.lattice import Floats, Lattice
from planning.geometry.surface import Surface

POINTS_N: Final = 4_000
SAMPLES_N: Final = 1_000
SEED: Final = 9


def write_field(path: Path, field: ZoneField, notes: Mapping[str, str]) -> None:
    """Write a field: int16 in 1/256 mm, gzip, LPS mm; `notes` become key/value pairs.

    The same bytes for the same field. Values of notes must be plain and on one line.
    """
    lattice = field.lattice
    step = repr(lattice.step_mm)
    steps = (f"({step},0,0)", f"(0,{step},0)", f"(0,0,{step})")
    write_nrrd(path, field.codes.astype(np.int16, copy=False), steps, lattice.origin_mm, notes)


def read_field(path: Path) -> NrrdRead:
    """Return a field's samples [k, j, i] and where they lie, as SimpleITK reads them.

    Raises
    ------
    Refusal
        `export-read-back-differs` for what it can't read as three axes of int16.
    """
    read = read_nrrd(path)
    if read.values.ndim != 3 or read.values.dtype != np.int16:
        raise differs(path.name, f"{read.values.ndim} axes {read.values.dtype}")
    return read


def read_back_field(
    path: Path, field: ZoneField, surface: Surface, margin_mm: float, bounds: Bounds
) -> float:
    """Return the largest difference in mm of the file's field to the exact distance.

    At points throughout the box and close to the surface, always the same ones, read between
    samples as the file itself places them.

    Raises
    ------
    Refusal
        `export-read-back-differs` for another sample, another place, or beyond the bound.
    """
    read, lattice = read_field(path), field.lattice
    last_mm = (np.array(lattice.sizes_ijk) - 1.0) * lattice.step_mm
    meant = CORNERS_KJI[:, ::-1] * last_mm + lattice.origin_mm
    require_within(path.name, largest_mm(meant, read.corners_lps_mm), ALLOWED_MM)
    if not np.array_equal(read.values, field.codes):
        raise differs(path.name, "samples")
    _require_exact(path, field, surface, margin_mm)
    points = probes(surface, lattice)
    between = trilinear(read.lps_from_ijk, read.values, points) / CODES_PER_MM
    off = np.abs(between - true_mm(surface, margin_mm, points))
    return require_within(path.name, float(off.max()), bounds.field_mm)


def _require_exact(path: Path, field: ZoneField, surface: Surface, margin_mm: float) -> None:
    """Refuse samples that are not the exact distances, rounded down: some, always the same ones."""
    random = np.random.Generator(np.random.PCG64(SEED))
    sizes = np.array(field.codes.shape)
    kji = (random.random((SAMPLES_N, 3)) * sizes).astype(np.int64)
    points = kji[:, ::-1] * field.lattice.step_mm + field.lattice.origin_mm
    off = true_mm(surface, margin_mm, points) - field.codes[tuple(kji.T)] / CODES_PER_MM
    if off.min() < -ALLOWED_MM or off.max() > QUANTISATION_MM + ALLOWED_MM:
        raise differs(path.name, "distances")


def probes(surface: Surface, lattice: Lattice, points_n: int = POINTS_N) -> Floats:
    """Return points (N, 3), the same ones for the same surface: in the box, near the surface."""
    random = np.random.Generator(np.random.PCG64(SEED))
    low, high = np.array(lattice.origin_mm), lattice.high_mm
    anywhere = low + (high - low) * random.random((points_n // 2, 3))
    corners = surface.mesh.points_lps_mm
    chosen = corners[(random.random(points_n - points_n // 2) * len(corners)).astype(np.int64)]
    near = chosen + 6.0 * (random.random(chosen.shape) - 0.5)
    points: Floats = np.clip(np.concatenate([anywhere, near]), low, high)
    return points


def trilinear(affine: Floats, codes: NDArray[np.int16], points_mm: Floats) -> Floats:
    """Return values between samples at points (N, 3), by SciPy, for any affine."""
    from scipy.ndimage import map_coordinates  # noqa: PLC0415 - only an export loads it

    ijk = (points_mm - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T
    kji = ijk[:, ::-1].T
    found: Floats = map_coordinates(codes.astype(np.float64), kji, order=1, mode="nearest")
    return found


def written_field(
    path: Path,
    field: ZoneField,
    notes: Mapping[str, str],
    judge: tuple[Surface, float, Bounds],
) -> Written:
    """Write a field, read it back against the surface, and return what was written.

    `judge` is the surface, the zone's margin in mm and the field's bounds.

    Raises
    ------
    Refusal
        As `read_back_field` does.
    """
    write_field(path, field, notes)
    error_mm = read_back_field(path, field, *judge)
    by, reader = named("field writer"), named("NrrdImageIO", "SimpleITK")
    return Written(path.name, "LPS", "mm", by, reader, error_mm, judge[2].field_mm)
