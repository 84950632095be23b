"""How dense a voxel at the edge of bone is, when the blur of the scan is larger than the cortex.

A sheet of cortex of density C, thickness t under a Gaussian blur sigma peaks at
P = C erf(t / (2 sqrt(2) sigma)) over its surroundings and is E = C erf(t / (sqrt(2) sigma)) / 2 at
its edge: half of the peak when it is thick, nearly the peak when it is thin (Prevrhal 1999,
doi 10.1088/0031-9155/44/3/017; Treece 2010, doi 10.1016/j.media.2010.01.003). Taking C as known
gives E from P, whatever the thickness and the blur.
"""

from functools import cache
from math import erf

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import HU_MAX, HU_MIN

CORTEX_HU = 850.0  # of dense cortex, as CT of adults shows it
SOFT_HU = 50.0  # around bone
THICKEST = 3.0  # erf is 1 beyond
STEPS = 3001


@cache
def edge_table() -> NDArray[np.int16]:
    """Return the HU at the edge for each peak from -32768 to 32767, int16 (65536,)."""
    u = np.linspace(0.0, THICKEST, STEPS)
    peak = np.array([erf(value) for value in u.tolist()])
    edge = np.array([0.5 * erf(2.0 * value) for value in u.tolist()])
    rise = (np.arange(HU_MIN, HU_MAX + 1) - SOFT_HU) / (CORTEX_HU - SOFT_HU)
    ratio = np.interp(np.clip(rise, 0.0, 1.0), peak, edge)
    table = SOFT_HU + (CORTEX_HU - SOFT_HU) * np.where(rise > 1.0, 0.5 * rise, ratio)
    return np.round(table).astype(np.int16)
