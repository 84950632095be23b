"""A torso-like CT of any size in well under a second: the same bytes each time it is made."""

from typing import Final

import numpy as np

from segmentation.grid import Grid, Shape
from segmentation.kernels.jit import inlined, kernel
from segmentation.kernels.slabs import each_slab
from segmentation.progress import Progress, silent
from segmentation.volume import Hu, Volume

SPACING_KJI_MM: Final = (1.0, 0.7, 0.7)
FRAME_UID: Final = "2.25.307441265012349017265"
AIR_HU: Final = -1000


def phantom_volume(shape_kji: Shape, progress: Progress = silent) -> Volume:
    """Return air, fat, muscle, lungs, a spine of shells and ribs, with noise of 25 HU.

    The first and the last slice are air, so that a surface is closed with and without a rim.
    """
    hu = np.empty(shape_kji, np.int16)
    each_slab(lambda start, stop: _fill(hu, start, stop), shape_kji[0], progress)
    hu[[0, -1]] = AIR_HU
    grid = Grid(shape_kji, np.array((-179.2, -179.2, 40.0)), SPACING_KJI_MM, np.eye(3), FRAME_UID)
    return Volume(hu, grid)


@inlined
def _mixed(number: np.uint64) -> np.uint64:
    """Return the bits of a number well mixed (the finaliser of splitmix64)."""
    h = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@inlined
def _noise_hu(number: np.uint64) -> float:
    """Return noise of standard deviation 25 HU: the sum of four even draws."""
    h = _mixed(number)
    total = np.int64(h & np.uint64(1023))
    for shift in (10, 20, 30):
        total += np.int64((h >> np.uint64(shift)) & np.uint64(1023))
    return (total - 2046) * (25.0 / 591.0)


@inlined
def _spine_hu(a: float, b: float, k: int) -> float:
    """Return the HU of a vertebra, 0 outside: a dense shell every 30 slices."""
    across, along = a / 0.13, (b - 0.55) / 0.2
    height = (k % 30 - 15) / 19.0
    radius = across * across + along * along + height * height
    if radius >= 1.0:
        return 0.0
    return 900.0 if radius > 0.72 else 260.0


@inlined
def _rib_hu(a: float, round_body: float, k: int) -> float:
    """Return the HU of a rib, 0 outside: rings under the skin that drop to the side."""
    depth = abs(round_body - 0.78)
    height = (k + int(60.0 * abs(a))) % 26
    if depth >= 0.05 or height >= 8:
        return 0.0
    return 1100.0 if depth > 0.03 or height < 2 or height > 5 else 350.0


@inlined
def _soft_hu(a: float, b: float, round_body: float, k: int, first_lung: int) -> float:
    """Return the HU of lung, muscle or fat."""
    across, along = (abs(a) - 0.42) / 0.27, (b + 0.05) / 0.55
    if across * across + along * along < 1.0 and k > first_lung:
        return -850.0
    return 45.0 if round_body < 0.85 else -95.0


@kernel
def _fill(hu: Hu, start: int, stop: int) -> None:
    """Fill slices `start` to `stop`."""
    nk, nj, ni = hu.shape
    for k in range(start, stop):
        for j in range(nj):
            b = (j - nj * 0.5) / (nj * 0.34)
            for i in range(ni):
                a = (i - ni * 0.5) / (ni * 0.44)
                round_body = a * a + b * b
                value = -1000.0
                if round_body < 1.0:
                    value = max(_spine_hu(a, b, k), _rib_hu(a, round_body, k))
                    if value == 0.0:
                        value = _soft_hu(a, b, round_body, k, nk // 3)
                value += _noise_hu(np.uint64((k * nj + j) * ni + i + 1))
                hu[k, j, i] = np.int16(min(max(value, -1024.0), 3071.0))
