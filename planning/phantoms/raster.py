"""A scene on a grid: sharp HU and labels, then what the scanner adds."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planning.phantoms.kernels.raster import TILE, paint_tile
from planning.phantoms.kernels.scan import scan_slice
from planning.phantoms.scene import Scene
from planning.phantoms.tables import Floats, Ints, Placing, Singles
from segmentation.grid import Grid
from segmentation.kernels.slabs import each_slab
from segmentation.progress import Progress, silent
from segmentation.volume import Hu

RAMP = 1.25  # wider than a voxel, or iso-surfaces show terraces
NOISE_EDGE, BANK_EDGE, BANK_SLICES = 64, 512, 8


class Raster(NamedTuple):
    """HU and labels `[k, j, i]`; `counts` (256,) are voxel centres inside each label's parts."""

    hu: Hu
    labels: NDArray[np.uint8]
    counts: Ints


class Scanner(NamedTuple):
    """Noise in HU at the edge, its growth to the middle, and the in-plane point spread."""

    sigma_hu: float
    centre_gain: float
    side: float


def rasterised(
    scene: Scene, grid: Grid, shift_mm: Floats, seed: int, progress: Progress = silent
) -> Raster:
    """Return the scene on `grid`; LPS is scene plus `shift_mm`."""
    axes = grid.direction * np.array(grid.spacing_kji_mm[::-1])
    ramp = RAMP * float(np.mean(grid.spacing_kji_mm))
    placing = Placing(np.ascontiguousarray(axes), grid.origin_lps_mm - shift_mm, ramp)
    tables, noise = scene.tables(), noise_table(seed)
    hu = np.empty(grid.shape_kji, np.int16)
    labels = np.empty(grid.shape_kji, np.uint8)
    nk, nj, ni = (-(-n // TILE) for n in grid.shape_kji)
    counts = np.zeros((nk * nj * ni, 256), np.int64)

    def work(start: int, stop: int) -> None:
        for tile in range(start, stop):
            paint_tile(hu, labels, counts[tile], tile, placing, tables, noise)

    each_slab(work, nk * nj * ni, progress, 1)
    return Raster(hu, labels, counts.sum(0))


def scanned(hu: Hu, scanner: Scanner, seed: int, progress: Progress = silent) -> Hu:
    """Return sharp HU as a scanner of limited sharpness would see them, with noise."""
    bank, out = noise_bank(seed), np.empty_like(hu)

    def work(start: int, stop: int) -> None:
        for k in range(start, stop):
            scan_slice(hu, k, bank, *scanner, seed, out)

    each_slab(work, hu.shape[0], progress, 2)
    return out


def noise_table(seed: int) -> Singles:
    """Return periodic smooth noise (64, 64, 64), zero mean, unit deviation."""
    n = NOISE_EDGE
    waves = np.fft.rfftn(np.random.default_rng(seed).standard_normal((n, n, n)))
    f, half = np.fft.fftfreq(n), np.fft.rfftfreq(n)
    r2 = f[:, None, None] ** 2 + f[None, :, None] ** 2 + half[None, None, :] ** 2
    soft = np.fft.irfftn(waves * np.exp(-r2 / (2 * 0.16**2)), (n, n, n), axes=(0, 1, 2))
    table: Singles = (soft / soft.std()).astype(np.float32)
    return table


def noise_bank(seed: int) -> Singles:
    """Return slices (8, 512, 512) of noise as filtered back projection leaves it, deviation 1."""
    n, rng = BANK_EDGE, np.random.default_rng(seed)
    f = np.hypot(np.fft.rfftfreq(n)[None, :], np.fft.fftfreq(n)[:, None])
    band = np.sqrt(f) * np.exp(-((f / 0.23) ** 2))
    bank = np.empty((BANK_SLICES, n, n), np.float32)
    for plane in bank:
        noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((n, n))) * band, (n, n))
        plane[...] = noise / noise.std()
    return bank
