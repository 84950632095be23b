"""What the machine's answer is held against: label maps, contours, and how they are compared.

Nothing here is Tasrif's own measuring: SimpleITK reads, SciPy measures.
"""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, binary_fill_holes, distance_transform_edt

from planning.case.case import Case
from planning.case.file import open_case
from segmentation.grid import Grid

Bools = NDArray[np.bool_]


def read_case(path: Path) -> Case:
    with open_case(path, read_only=True) as file:
        return file.case


def mask_of(case: Case, name: str) -> Bools:
    (segment,) = (one for one in case.segments if one.name == name)
    return segment.mask.to_bool()


def labels_on(case: Case, path: Path) -> NDArray[np.int64]:
    """A label map on the case's grid: the same frame, the same order of voxels."""
    image = sitk.ReadImage(str(path))
    grid = case.volume.grid
    # A case keeps the file's own order of axes.
    assert np.allclose(image.GetOrigin(), grid.origin_lps_mm, atol=1e-3)
    assert np.allclose(image.GetSpacing(), grid.spacing_kji_mm[::-1], atol=1e-4)
    assert np.allclose(image.GetDirection(), grid.direction.ravel(), atol=1e-5)
    return sitk.GetArrayFromImage(image).astype(np.int64)


def dice(one: Bools, two: Bools) -> float:
    """Twice the common voxels over all."""
    return 2.0 * int((one & two).sum()) / max(int(one.sum()) + int(two.sum()), 1)


def edge(mask: Bools) -> Bools:
    return mask & ~binary_erosion(mask)


def distance_95_mm(one: Bools, two: Bools, spacing_kji_mm: tuple[float, float, float]) -> float:
    """The 95th percentile of the distances from each border voxel to the other border, both ways.

    SciPy's exact distances; infinite where a mask is empty.
    """
    at = np.argwhere(one | two)
    if not one.any() or not two.any():
        return float("inf")
    low, high = np.maximum(at.min(axis=0) - 1, 0), at.max(axis=0) + 2
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    a, b = (edge(np.pad(mask[box], 1)) for mask in (one, two))
    to_a, to_b = (distance_transform_edt(~rim, sampling=spacing_kji_mm) for rim in (a, b))
    return float(np.percentile(np.concatenate([to_b[a], to_a[b]]), 95.0))


def ball_of(mask: Bools, grid: Grid, below_mm: float) -> tuple[float, float]:
    """The radius of the ball that fits the lower border of a mask best, and how far that is off.

    Least squares over the outer border's voxels below a height in LPS mm; what is left is told
    by its 90th percentile.
    """
    whole = np.stack([binary_fill_holes(one) for one in mask])
    points = grid.lps_mm(np.argwhere(edge(whole))[:, ::-1].astype(float))
    points = points[points[:, 2] < below_mm]
    lines = np.column_stack([2.0 * points, np.ones(len(points))])
    found = np.linalg.lstsq(lines, (points**2).sum(axis=1), rcond=None)[0]
    radius_mm = float(np.sqrt(found[3] + found[:3] @ found[:3]))
    off_mm = np.abs(np.linalg.norm(points - found[:3], axis=1) - radius_mm)
    return radius_mm, float(np.percentile(off_mm, 90.0))


def nearest(mask: Bools, labels: NDArray[np.int64]) -> Bools:
    """The part of a mask that lies in the box of the left hip bone: the rest is another bone's."""
    at = np.argwhere(labels == 77)
    box = tuple(slice(a, b + 1) for a, b in zip(at.min(axis=0), at.max(axis=0), strict=True))
    part = np.zeros_like(mask)
    part[box] = mask[box]
    return part
