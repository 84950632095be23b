"""How a tissue looks at a depth under its surface: coverage, texture, cortex, strands of fat."""

import numpy as np

from planning.phantoms.kernels.plain import plain_kernel
from planning.phantoms.tables import SceneTables, Singles

FAT_HU, AIR_HU = -98.0, -1000.0
SKIN_MM = 1.9
FAT_LABEL = 13
LABEL, LAYER, HU, TEXTURE, GRAIN, CORTEX, GAP = range(7)  # columns of SceneTables.tissues


@plain_kernel
def grain(table: Singles, x: float, y: float, z: float, pitch: float) -> float:
    """Return the periodic noise of `table` (edge a power of two) at a pitch in mm, trilinear."""
    n = table.shape[0] - 1
    x, y, z = x / pitch, y / pitch, z / pitch
    i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    a, b, c = x - i, y - j, z - k
    i, j, k = i & n, j & n, k & n
    i1, j1, k1 = (i + 1) & n, (j + 1) & n, (k + 1) & n
    p0 = table[k, j, i] * (1 - a) + table[k, j, i1] * a
    p1 = table[k, j1, i] * (1 - a) + table[k, j1, i1] * a
    q0 = table[k1, j, i] * (1 - a) + table[k1, j, i1] * a
    q1 = table[k1, j1, i] * (1 - a) + table[k1, j1, i1] * a
    return float((p0 * (1 - b) + p1 * b) * (1 - c) + (q0 * (1 - b) + q1 * b) * c)


@plain_kernel
def cover(d: float, ramp_mm: float) -> float:
    """Return the share of a voxel inside a surface at signed distance `d` (smooth ramp)."""
    t = min(1.0, max(0.0, 0.5 - 0.5 * d / ramp_mm))
    return t * t * (3.0 - 2.0 * t)


@plain_kernel
def fat_hu(table: Singles, x: float, y: float, z: float) -> float:
    """Return subcutaneous fat with its strands: thin sheets where a slow noise crosses zero."""
    hu = FAT_HU + 9.0 * grain(table, x, y, z, 3.1)
    place = grain(table, y, z, x, 17.0) - 0.35
    if place <= 0.0:
        return hu
    sheet = grain(table, x, y, z, 8.3) / 0.13
    return float(hu + 62.0 * min(1.0, place) * np.exp(-sheet * sheet))


@plain_kernel
def shade(
    scene: SceneTables,
    part: int,
    table: Singles,
    d: float,
    cortex: float,
    inner: float,
    x: float,
    y: float,
    z: float,
    ramp_mm: float,
) -> float:
    """Return the HU of one part at depth `d`."""
    if scene.tissues[part, CORTEX] > 0.0:
        speck = grain(table, x, y, z, 0.9) * 0.6 + grain(table, y, z, x, 2.6) * 0.6
        core = inner + scene.tissues[part, TEXTURE] * speck * (0.35 + max(inner, 0.0) / 220.0)
        shell = scene.tissues[part, CORTEX] * (1.0 + 0.07 * grain(table, x, z, y, 1.7))
        a = cover(d + cortex, ramp_mm)
        return float(shell * (1.0 - a) + core * a)
    hu, texture = scene.tissues[part, HU], scene.tissues[part, TEXTURE]
    if texture > 0.0:
        hu += texture * grain(table, x, y, z, scene.tissues[part, GRAIN])
    return float(hu)
