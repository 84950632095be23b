"""What the scanner adds: point spread, slice profile and correlated noise, one slice at a time."""

import numpy as np

from planning.phantoms.tables import Singles
from segmentation.kernels.jit import kernel
from segmentation.volume import Hu

HU_MIN, HU_MAX = -1024.0, 3071.0


@kernel
def blur_slice(hu: Hu, k: int, side: float, plane: Singles) -> None:
    """Write slice `k` after slice profile and point spread (3 x 3 x 3 separable taps)."""
    nz, ny, nx = hu.shape
    above, below = max(k - 1, 0), min(k + 1, nz - 1)
    mid = 1.0 - 2.0 * side
    row = np.empty((ny, nx), np.float32)
    line = np.empty(nx, np.float32)
    for j in range(ny):
        for i in range(nx):
            line[i] = 0.18 * hu[above, j, i] + 0.64 * hu[k, j, i] + 0.18 * hu[below, j, i]
        for i in range(nx):
            row[j, i] = side * (line[max(i - 1, 0)] + line[min(i + 1, nx - 1)]) + mid * line[i]
    for j in range(ny):
        up, down = max(j - 1, 0), min(j + 1, ny - 1)
        for i in range(nx):
            plane[j, i] = side * (row[up, i] + row[down, i]) + mid * row[j, i]


@kernel
def scan_slice(
    hu: Hu, k: int, bank: Singles, sigma: float, gain: float, side: float, seed: int, out: Hu
) -> None:
    """Write the scanned slice `k` to `out`: blurred, with noise that grows to the middle."""
    _, ny, nx = hu.shape
    count, edge = bank.shape[0], bank.shape[1]
    plane = np.empty((ny, nx), np.float32)
    blur_slice(hu, k, side, plane)
    h = (k * 2654435761 + seed * 40503) & 0x7FFFFFFF
    b1, b2 = h % count, (h // 7) % count
    s1, s2, s3, s4 = (h >> 3) % edge, (h >> 9) % edge, (h >> 5) % edge, (h >> 12) % edge
    for j in range(ny):
        wide = 0.0  # millimetres of bone are what starves a row of photons
        for i in range(nx):
            wide += 1.0 if plane[j, i] > 350.0 else 0.0
        starved = 1.0 + 2.2 * wide / nx
        y2 = ((j - ny / 2) / (0.35 * ny)) ** 2
        for i in range(nx):
            r2 = ((i - nx / 2) / (0.5 * nx)) ** 2 + y2
            g = sigma * starved * (1.0 + gain * np.exp(-2.0 * r2))
            n = 0.8 * bank[b1, (j + s1) % edge, (i + s2) % edge]
            n += 0.6 * bank[b2, (j + s3) % edge, (i + s4) % edge]
            v = np.round(plane[j, i] + g * n)
            out[k, j, i] = int(min(HU_MAX, max(HU_MIN, v)))
