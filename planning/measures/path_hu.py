"""Hounsfield units along a trajectory's axis."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.geometry.line import length_mm
from planning.measures.measure import Measure, MeasureView
from planning.measures.quantity import Flag, Result, Rounding
from planning.model.trajectory import Trajectory
from segmentation.volume import Volume

Floats = NDArray[np.float64]
STEP_MM: Final = 0.25
CORNERS: Final = np.array([(n & 1, n >> 1 & 1, n >> 2) for n in range(8)])
SOURCE = "Trilinear interpolation; bone quality along the path as in doi 10.1177/21925682261433949"


def sampled_hu(volume: Volume, points_lps_mm: Floats) -> Floats:
    """Return the trilinear HU at points (N, 3), NaN where it isn't known.

    That is outside the outermost voxel centres, and where a voxel that counts is padding.
    """
    grid = volume.grid
    kji = grid.ijk(points_lps_mm)[:, ::-1]
    last = np.array(grid.shape_kji) - 1
    # What rounding puts a hair outside of the last centre still counts as on it.
    kji = np.where(np.abs(kji - np.rint(kji)) < 1e-9, np.rint(kji), kji)
    is_there = ((kji >= 0) & (kji <= last)).all(axis=1)
    low = np.clip(np.floor(kji), 0, np.maximum(last - 1, 0)).astype(np.int64)
    share = np.clip(kji - low, 0.0, 1.0)
    at = np.minimum(low[:, None] + CORNERS, last)
    weight = np.where(CORNERS, share[:, None], 1.0 - share[:, None]).prod(axis=2)
    hu = (volume.hu[at[..., 0], at[..., 1], at[..., 2]] * weight).sum(axis=1)
    if volume.padding is not None:
        is_there &= ~((weight > 0.0) & volume.padding.holds(at)).any(axis=1)
    sampled: Floats = np.where(is_there, hu, np.nan)
    return sampled


def along_axis(item: Trajectory) -> Floats:
    """Return points on the axis from entry to target, both included, at most 0.25 mm apart."""
    start, end = np.array(item.entry_lps_mm), np.array(item.target_lps_mm)
    steps = int(np.ceil(length_mm(start, end) / STEP_MM))
    points: Floats = start + np.linspace(0.0, 1.0, steps + 1)[:, None] * (end - start)
    return points


def _path(
    reduce: Callable[[Floats], np.floating], measure: Measure, view: MeasureView, item: Trajectory
) -> Iterator[Result]:
    hu = sampled_hu(view.case.volume, along_axis(item))
    known = hu[~np.isnan(hu)]
    if not known.size:
        yield measure.without(item.id, "measure-path-unscanned", item=item.name)
        return
    flags = () if known.size == hu.size else (Flag.PART_OF_PATH,)
    yield measure.quantity(item.id, float(reduce(known)), flags=flags)


MEAN = Measure(
    name="path_hu_mean",
    title="Mean HU along the path",
    of=Trajectory,
    unit="HU",
    rounding=Rounding.NEAREST,
    decimals=0,
    definition="Mean of trilinear HU on the axis from entry to target, every 0.25 mm or less; "
    "what the scanner did not measure is left out. No density: tube voltage and contrast matter.",
    source=SOURCE,
    results=partial(_path, np.mean),
)
MINIMUM = Measure(
    name="path_hu_minimum",
    title="Lowest HU along the path",
    of=Trajectory,
    unit="HU",
    rounding=Rounding.DOWN,
    decimals=0,
    definition="Lowest trilinear HU on the axis from entry to target, every 0.25 mm or less; "
    "what the scanner did not measure is left out.",
    source=SOURCE,
    results=partial(_path, np.min),
)
