"""Discs along a spine: thin dark levels between bright endplates, at even distances.

A level counts by how much darker its cross-section of the bodies is than the endplates next to it,
at the tilt that shows it best. Which levels are discs is chosen together (dynamic programming):
distances fit a body's depth and change slowly from one vertebra to the next.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.progress import Progress, silent
from segmentation.spine.column import STEP_MM, Column
from segmentation.volume import Volume

Floats = NDArray[np.float64]
TILTS_DEG: Final = tuple(range(-35, 36, 5))
STEEP_POWER: Final = 3
ASIDE_MM: Final = 10.0
ENDPLATE_MM: Final = (3, 9)  # how far an endplate lies from its disc's middle
SMOOTH_STEPS: Final = 1.0
PITCHES: Final = (0.62, 1.75)  # a vertebra with its disc, as a ratio of the body's depth
HALF_RATIO: Final = 0.4  # of a clear disc: a level that counts less speaks against being one
UNEVEN_RATIO: Final = 0.5  # of a clear disc: what e-fold uneven distances cost
APART_MM: Final = 8
DISC_HU_MIN: Final = -30.0  # a gas-filled disc is darker in its middle, not all over
LEAST_HU: Final = 15.0  # contrast of a clear disc at least


@dataclass(frozen=True, slots=True)
class Disc:
    """A disc: `at` is its place in the column's points, `tilt_rad` how far it looks back.

    `contrast_hu` is how much darker it is than the endplates.
    """

    at: int
    tilt_rad: float
    contrast_hu: float


def discs_of(volume: Volume, column: Column, progress: Progress = silent) -> tuple[Disc, ...]:
    """Return the discs from below upwards; none where nothing stands out."""
    contrast = _contrast(_profiles(volume, column, progress))
    # Discs lie nearly across the canal: a steep level has to show that much more contrast.
    fair = contrast * np.cos(np.radians(TILTS_DEG))[:, None] ** STEEP_POWER
    best, tilt = fair.max(axis=0), fair.argmax(axis=0)
    at = _peaks(best)
    if not at.size:
        return ()
    clear = float(np.median(np.sort(best[at])[-max(at.size // 3, 1) :]))
    if clear < LEAST_HU:
        return ()
    chosen = _chosen(at, best[at], clear, column.depth_mm)
    angles = np.radians(TILTS_DEG)
    return tuple(Disc(int(n), float(angles[tilt[n]]), float(best[n])) for n in chosen)


def _profiles(volume: Volume, column: Column, progress: Progress) -> Floats:
    """Return the mean HU of the bodies' cross-section by tilt and place along the column.

    What lies outside the scan is NaN.
    """
    from scipy.ndimage import (  # noqa: PLC0415 - SciPy is loaded by the tools that need it
        map_coordinates,
    )

    middle = column.wall_mm + column.depth_mm / 2.0
    deep = np.arange(-column.depth_mm / 3.0, column.depth_mm / 3.0 + 0.1, 1.5)
    aside = np.arange(-ASIDE_MM, ASIDE_MM + 0.1, 2.0)
    found = []
    for n, degrees in enumerate(TILTS_DEG):
        progress(n, len(TILTS_DEG))
        tilt = np.radians(degrees)
        way = np.cos(tilt) * column.ahead + np.sin(tilt) * column.up
        points = (
            (column.points + middle * column.ahead)[:, None, None]
            + way[:, None, None] * deep[:, None, None]
            + column.left[:, None, None] * aside[:, None]
        )
        kji = volume.grid.ijk(points.reshape(-1, 3))[:, ::-1]
        hu = map_coordinates(volume.hu, kji.T, np.float32, order=1, mode="nearest")
        last = np.array(volume.grid.shape_kji) - 1
        hu[((kji < -0.5) | (kji > last + 0.5)).any(axis=1)] = np.nan
        found.append(hu.reshape(len(points), -1).mean(axis=1))
    progress(1, 1)
    return np.array(found, np.float64)


def _contrast(profiles: Floats) -> Floats:
    """Return how much brighter the darker of the two endplates is than each level."""
    smooth = profiles.copy()
    smooth[:, 1:-1] = (profiles[:, :-2] + 2.0 * profiles[:, 1:-1] + profiles[:, 2:]) / 4.0
    size = smooth.shape[1]
    above, below = np.full_like(smooth, -np.inf), np.full_like(smooth, -np.inf)
    for step in range(*ENDPLATE_MM):
        above[:, : size - step] = np.fmax(above[:, : size - step], smooth[:, step:])
        below[:, step:] = np.fmax(below[:, step:], smooth[:, : size - step])
    found = np.minimum(above, below) - smooth
    return np.where(np.isfinite(found) & (smooth > DISC_HU_MIN), found, -np.inf)


def _peaks(values: Floats) -> NDArray[np.int64]:
    """Return where positive values are the largest around."""
    found = []
    for n in np.flatnonzero(values > 0.0).tolist():
        low, high = max(n - APART_MM, 0), n + APART_MM + 1
        if n == low + int(values[low:high].argmax()):
            found.append(n)
    return np.array(found, np.int64)


def _chosen(
    at: NDArray[np.int64], contrast_hu: Floats, clear_hu: float, depth_mm: float
) -> list[int]:
    """Return the places of the likeliest chain of discs."""
    low, high = (ratio * depth_mm / STEP_MM for ratio in PITCHES)
    gain = contrast_hu - HALF_RATIO * clear_hu
    best: dict[tuple[int, int], tuple[float, int]] = {}  # (before, this) -> sum, the one before it
    for n in range(at.size):
        best[-1, n] = (float(gain[n]), -1)
        for m in range(n):
            if not low <= at[n] - at[m] <= high:
                continue
            ways = [
                (total - _uneven(at, before, m, n) * clear_hu + float(gain[n]), before)
                for (before, last), (total, _) in best.items()
                if last == m
            ]
            best[m, n] = max(ways)
    pair = max(best, key=lambda one: best[one][0])
    found = [pair[1]]
    while pair[0] >= 0:
        pair = (best[pair][1], pair[0])
        found.append(pair[1])
    return [int(at[n]) for n in found[::-1]]


def _uneven(at: NDArray[np.int64], before: int, m: int, n: int) -> float:
    if before < 0:
        return 0.0
    ratio = float(at[n] - at[m]) / float(at[m] - at[before])
    return UNEVEN_RATIO * abs(float(np.log(ratio)))
