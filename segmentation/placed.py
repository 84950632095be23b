"""Voxels of one grid brought onto another through patient millimetres."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent

EXACT_MM: Final = 0.01
TURN_MAX: Final = 1e-5

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A mask on the grid that was asked for.

    `shift_mm` is the largest distance that a voxel was moved to get there, 0 where each voxel lies
    on one of the source. `findings` say what got lost or was taken for granted on the way.
    """

    mask: BitMask
    shift_mm: float = 0.0
    findings: tuple[Finding, ...] = ()


def beyond(points_lps_mm: NDArray[np.float64], grid: Grid) -> tuple[Finding, ...]:
    """Return the finding that a body with these points, shape (N, 3), reaches out of a grid.

    It is made where a voxel outside could have been in the body: more than one voxel's step
    beyond the outermost centres. Its `mm` count from the outer faces of the outermost voxels.
    """
    ijk = grid.ijk(points_lps_mm)
    last = np.array(grid.shape_kji[::-1]) - 1.0
    over = np.maximum(-ijk.min(axis=0), ijk.max(axis=0) - last)
    if over.max() <= 1.0 + TURN_MAX:
        return ()
    mm = round(float(((over - 0.5) * np.array(grid.spacing_kji_mm[::-1])).max()), 1)
    return (Finding("brought-beyond", Severity.WARN, {"mm": mm}, mm=mm),)


def placed(voxels: Bools, source: Grid, target: Grid, progress: Progress = silent) -> Placed:
    """Return voxels [k, j, i] of `source` on `target`: each centre takes the nearest one's value.

    Where both grids agree up to the order and direction of their axes and a crop, within 0.01 mm,
    nothing is shifted and every voxel keeps its value. A centre midway between two goes to the
    later one. The caller has held both frames of reference against each other.
    """
    low, high = _box(source, target)
    if (low >= high).any():
        return Placed(BitMask.empty(target.shape_kji))
    found = np.zeros(target.shape_kji, bool)
    last = np.array(source.shape_kji[::-1]) - 1
    largest_mm2 = 0.0
    j, i = np.mgrid[low[1] : high[1], low[0] : high[0]]
    for n, k in enumerate(range(low[2], high[2])):
        progress(n, high[2] - low[2])
        ijk = np.stack([i, j, np.full_like(i, k)], -1).reshape(-1, 3)
        at = source.ijk(target.lps_mm(ijk))
        # Rounded first, or the last digit would choose between two equally near voxels.
        near = np.floor(np.round(at, 6) + 0.5).astype(np.int64)
        is_in = ((near >= 0) & (near <= last)).all(axis=1)
        near, at = near[is_in], at[is_in]
        is_set = voxels[near[:, 2], near[:, 1], near[:, 0]]
        plane = found[k, low[1] : high[1], low[0] : high[0]].reshape(-1)
        plane[is_in] = is_set
        found[k, low[1] : high[1], low[0] : high[0]] = plane.reshape(i.shape)
        if is_set.any():
            steps = (near - at)[is_set] * np.array(source.spacing_kji_mm[::-1])
            largest_mm2 = max(largest_mm2, float(np.square(steps).sum(axis=1).max()))
    shift_mm = float(np.sqrt(largest_mm2))
    is_same = shift_mm <= EXACT_MM and _has_same_steps(source, target)
    return Placed(
        BitMask.from_bool(found),
        0.0 if is_same else shift_mm,
        _findings(voxels, source, target, None if is_same else shift_mm),
    )


def _has_same_steps(source: Grid, target: Grid) -> bool:
    """Return whether a step along an axis of one grid is a step along an axis of the other."""
    steps = source.ijk_from_lps[:3, :3] @ target.lps_from_ijk[:3, :3]
    return bool(np.abs(np.abs(steps) - np.round(np.abs(steps))).max() <= TURN_MAX) and bool(
        np.array_equal(np.abs(np.round(steps)).sum(axis=0), np.ones(3))
    )


def _box(source: Grid, target: Grid) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and the end index i, j, k of `target` that `source` may reach."""
    corners = np.array([(c & 1, c >> 1 & 1, c >> 2) for c in range(8)], np.float64)
    faces = corners * np.array(source.shape_kji[::-1]) - 0.5
    at = target.ijk(source.lps_mm(faces))
    low = np.maximum(np.floor(at.min(axis=0) - 0.01), 0).astype(np.int64)
    high = np.minimum(np.ceil(at.max(axis=0) + 0.01) + 1, target.shape_kji[::-1]).astype(np.int64)
    return low, high


def _findings(
    voxels: Bools, source: Grid, target: Grid, shift_mm: float | None
) -> tuple[Finding, ...]:
    """Return what was shifted, and how much lies off the target."""
    found: list[Finding] = []
    if shift_mm is not None:
        mm = round(shift_mm, 3)
        found.append(Finding("brought-resampled", Severity.WARN, {"mm": mm}, mm=mm))
    outside = 0
    last = np.array(target.shape_kji[::-1]) - 0.5
    for k in range(len(voxels)):
        kji = np.argwhere(voxels[k])
        if len(kji):
            ijk = np.column_stack([kji[:, ::-1], np.full(len(kji), k)])
            at = target.ijk(source.lps_mm(ijk))
            outside += int(((at < -0.5) | (at > last)).any(axis=1).sum())
    if outside:
        ml = round(outside * source.voxel_ml, 3)
        found.append(Finding("brought-cut", Severity.WARN, {"ml": ml}))
    return tuple(found)
