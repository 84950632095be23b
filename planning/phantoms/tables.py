"""The tables that a scene becomes and that the compiled loops read."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]


class SceneTables(NamedTuple):
    """A scene as plain arrays; n primitives, m steps, p parts, parts sorted by layer.

    Attributes
    ----------
    kinds
        Shape (n,): the primitive's kind.
    params
        Shape (n, 24): its numbers, see `planning.phantoms.kernels.distance`.
    boxes
        Shape (n, 6): lower and upper corner of its bounding box in scene mm.
    looks
        Shape (n, 2): cortical thickness in mm and HU below it.
    pool
        Curves (rows of eight) and plate grids (rows of three), float32.
    steps
        Shape (m, 5): operation, primitive, blend radius in mm, first and last tube segment.
    ends
        Shape (p + 1,): part q has the steps `ends[q]` to `ends[q + 1]`.
    hulls
        Shape (p, 6): bounding box of each part.
    tissues
        Shape (p, 7): label, layer, HU, texture HU, grain mm, cortex HU, fat gap mm.
    """

    kinds: Ints
    params: Floats
    boxes: Floats
    looks: Floats
    pool: Singles
    steps: Floats
    ends: Ints
    hulls: Floats
    tissues: Floats


class Placing(NamedTuple):
    """Where the voxels lie in the scene.

    `axes` (3, 3) has the scene millimetres of one step along i, j and k as columns, `offset` (3,)
    is the centre of voxel (0, 0, 0), `ramp_mm` the width over which coverage rises from 0 to 1.
    """

    axes: Floats
    offset: Floats
    ramp_mm: float
