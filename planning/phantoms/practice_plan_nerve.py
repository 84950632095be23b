"""A nerve that no phantom draws: a round cord through the notches of the scapula.

It belongs to the practice case alone; the phantom's own truth does not know it.
"""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.phantoms.curves import spline
from planning.phantoms.phantom import Phantom
from planning.phantoms.tables import Floats
from segmentation.grid import Grid
from segmentation.mask import BitMask

NERVE: Final = "Suprascapular nerve"
NERVE_DIAMETER_MM: Final = 4.0
# fmt: off
# Lateral, anterior and superior of the glenoid's centre: over the upper border in the
# suprascapular notch, under the muscle, round the spine's free edge, to the infraspinous fossa.
COURSE: Final = (
    (-58, 16, 34), (-46, 8, 27), (-36, 0, 23.5), (-29, -8, 22), (-23, -13, 17),
    (-18, -15, 9), (-19, -15.5, -3), (-29, -14.5, -13), (-43, -14, -22),
)
# fmt: on


def nerve_course(phantom: Phantom) -> Floats:
    """Return the nerve's axis in LPS mm, (n, 3), smooth."""
    names = ("lateral", "anterior", "superior")
    axes = np.stack([phantom.directions[f"scapula {name}"] for name in names], axis=1)
    course: Floats = phantom.landmarks["GC"] + spline(np.array(COURSE, np.float64), 60) @ axes.T
    return course


def nerve_mask(phantom: Phantom) -> BitMask:
    """Return the voxels of the nerve."""
    return cord(phantom.volume.grid, nerve_course(phantom), NERVE_DIAMETER_MM / 2)


def cord(grid: Grid, axis_lps_mm: Floats, radius_mm: float) -> BitMask:
    """Return the voxels whose centres lie within `radius_mm` of a polyline (n, 3), ends round."""
    ijk = grid.ijk(axis_lps_mm)
    reach = radius_mm / np.array(grid.spacing_kji_mm[::-1])
    last = np.array(grid.shape_kji[::-1]) - 1
    low = np.clip(np.floor((ijk - reach).min(axis=0)), 0, last).astype(int)
    high = np.clip(np.ceil((ijk + reach).max(axis=0)), 0, last).astype(int)
    ranges = [np.arange(a, b + 1) for a, b in zip(low[::-1], high[::-1], strict=True)]
    k, j, i = np.meshgrid(*ranges, indexing="ij")
    places = grid.lps_mm(np.stack([i, j, k], axis=-1).reshape(-1, 3).astype(np.float64))
    nearest = np.full(len(places), np.inf)
    for start, end in pairwise(axis_lps_mm):
        np.minimum(nearest, _distance_mm(places, start, end), out=nearest)
    voxels = np.zeros(grid.shape_kji, np.bool_)
    box = tuple(slice(a, b + 1) for a, b in zip(low[::-1], high[::-1], strict=True))
    voxels[box] = (nearest <= radius_mm).reshape(k.shape)
    return BitMask.from_bool(voxels)


def _distance_mm(
    places: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> Floats:
    along = end - start
    t = np.clip((places - start) @ along / (along @ along), 0.0, 1.0)
    distance: Floats = np.linalg.norm(places - start - t[:, None] * along, axis=1)
    return distance
