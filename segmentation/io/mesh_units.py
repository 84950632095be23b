"""A foreign surface into LPS millimetres: its frame, its unit, and whether both can be true."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.io.meshes.incoming import Incoming
from segmentation.mesh import Mesh

MM_PER_UNIT: Final = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
SMALL_RATIO: Final = 0.05
LPS_FROM_RAS: Final = np.array([-1.0, -1.0, 1.0])

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the numbers of a surface file are to be read; `unit` is a person's word, or empty."""

    unit: str = ""


def in_lps_mm(mesh: Mesh, incoming: Incoming, reading: Reading, grid: Grid, name: str) -> Mesh:
    """Return a part of a surface file in LPS mm, held against the size and place of the scan.

    Without a word of the file or of a person, millimetres and LPS are taken. The size is asked
    about unless a person named the unit or the file vouches for it: a surface shorter than 1/20 of
    the scan's longest side, or longer than its diagonal, is refused with the unit that would fit
    (HAZ-17). Its box must meet the scan's. Refused: `mesh-size-asked`, `mesh-elsewhere`,
    `mesh-elsewhere-ras`.
    """
    points = mesh.points_lps_mm * _mm_per_number(incoming, reading.unit)
    if incoming.space == "RAS":
        points = points * LPS_FROM_RAS
    low_mm, high_mm = size_limits_mm(grid)
    size_mm = float(np.ptp(points, axis=0).max())
    is_asked = not reading.unit and not incoming.is_sure
    if is_asked and not low_mm <= size_mm <= high_mm:
        values = {"size_mm": _short(size_mm), "low_mm": _short(low_mm), "high_mm": _short(high_mm)}
        fits = _fitting(mesh, incoming, grid)
        raise Refusal("mesh-size-asked", name=name, fits=fits, **values)
    if not _meets(points, grid):
        is_turned = incoming.space == "" and _meets(points * LPS_FROM_RAS, grid)
        raise Refusal("mesh-elsewhere-ras" if is_turned else "mesh-elsewhere", name=name)
    return Mesh(points, mesh.triangles)


def told(mesh: Mesh, grid: Grid, *, is_mirrored: bool) -> tuple[Finding, ...]:
    """Return what a person should look at in a surface in LPS mm, whoever vouches for it.

    An unlikely size (HAZ-17), which only stands here because the file or a person named the unit,
    and a surface that its file has mirrored (HAZ-1).
    """
    found = []
    low_mm, high_mm = size_limits_mm(grid)
    size_mm = float(np.ptp(mesh.points_lps_mm, axis=0).max())
    if not low_mm <= size_mm <= high_mm:
        values = {"size_mm": _short(size_mm), "low_mm": _short(low_mm), "high_mm": _short(high_mm)}
        found.append(Finding("mesh-size-unlikely", Severity.WARN, values, mm=_short(size_mm)))
    if is_mirrored:
        found.append(Finding("mesh-mirrored", Severity.WARN))
    return tuple(found)


def size_limits_mm(grid: Grid) -> tuple[float, float]:
    """Return the smallest and the largest size in mm that nobody is asked about."""
    sides = np.array(grid.shape_kji) * np.array(grid.spacing_kji_mm)
    return float(sides.max()) * SMALL_RATIO, float(np.linalg.norm(sides))


def assumptions(incoming: Incoming, reading: Reading, grid: Grid) -> tuple[Finding, ...]:
    """Return what was taken for granted about a surface file."""
    found = []
    if incoming.format == "glb":
        if not incoming.is_sure:
            found.append(Finding("mesh-axes-assumed", Severity.WARN))
    elif not incoming.space:
        found.append(Finding("mesh-lps-assumed", Severity.WARN))
    if not incoming.unit and not reading.unit:
        found.append(Finding("mesh-mm-assumed", Severity.WARN))
    if incoming.frame_uid != grid.frame_uid:
        found.append(Finding("mesh-frame-assumed", Severity.WARN))
    return tuple(found)


def _mm_per_number(incoming: Incoming, unit: str) -> float:
    """Return what the file's numbers are multiplied by; a GLB was read as metres already."""
    if incoming.format == "glb":
        return MM_PER_UNIT[unit] / MM_PER_UNIT["m"] if unit else 1.0
    return MM_PER_UNIT[unit or incoming.unit or "mm"]


def _fitting(mesh: Mesh, incoming: Incoming, grid: Grid) -> str:
    """Return the one unit that makes size and place plausible, or `?`."""
    low_mm, high_mm = size_limits_mm(grid)
    fits = []
    signs = LPS_FROM_RAS if incoming.space == "RAS" else np.ones(3)
    for unit in MM_PER_UNIT:
        points = mesh.points_lps_mm * _mm_per_number(incoming, unit) * signs
        if low_mm <= float(np.ptp(points, axis=0).max()) <= high_mm and _meets(points, grid):
            fits.append(unit)
    return fits[0] if len(fits) == 1 else "?"


def _meets(points_lps_mm: Points, grid: Grid) -> bool:
    """Return whether the points' box in the grid's own axes meets the grid's voxels."""
    ijk = grid.ijk(points_lps_mm)
    last = np.array(grid.shape_kji[::-1]) - 0.5
    return bool((ijk.max(axis=0) >= -0.5).all() and (ijk.min(axis=0) <= last).all())


def _short(mm: float) -> float:
    """Return a length with two digits after the point, more where it is tiny."""
    return round(mm, 2) if mm >= 0.1 else float(f"{mm:.2g}")
