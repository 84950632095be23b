"""Seeds: points in patient space and the voxels they lie in."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid


def seed_voxels(grid: Grid, seed_lps_mm: Sequence[tuple[float, float, float]]) -> NDArray[np.int64]:
    """Return the voxels (k, j, i) that hold the seeds; shape (N, 3), seeds off the grid left out.

    A voxel reaches half a spacing to each side of its centre.
    """
    points = np.array(seed_lps_mm, np.float64).reshape(-1, 3)
    ijk = np.floor(grid.ijk(points) + 0.5)
    inside = ((ijk >= 0.0) & (ijk < np.array(grid.shape_kji[::-1]))).all(axis=1)
    voxels: NDArray[np.int64] = ijk[inside, ::-1].astype(np.int64)
    return voxels
