"""Which blocks lie inside a hollow shell with gaps, as marrow does inside a thin cortex."""

from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.anatomy.coarse import Blocks
from segmentation.kernels.ball import Spacing

Way = tuple[int, int, int]
STEPS: Final = (-1, 0, 1)
WAYS: Final[tuple[Way, ...]] = tuple(
    (z, y, x) for z, y, x in product(STEPS, STEPS, STEPS) if (z, y, x) != (0, 0, 0)
)
REACH_MM = 40.0  # half of the widest bone's hollow
WAYS_MIN = 23  # of 26: a vertebra's body has gaps where its vessels enter


def _moved(blocks: Blocks, way: Way, steps: int) -> Blocks:
    """Return the blocks as seen `steps` further along `way`; nothing beyond the border."""
    moved = np.zeros_like(blocks)
    to, source = [], []
    for part, size in zip(way, blocks.shape, strict=True):
        step = part * steps
        if abs(step) >= size:
            return moved
        to.append(slice(max(-step, 0), size - max(step, 0)))
        source.append(slice(max(step, 0), size + min(step, 0)))
    moved[tuple(to)] = blocks[tuple(source)]
    return moved


def seen_along(blocks: Blocks, way: Way, steps: int) -> Blocks:
    """Return from which blocks a set one lies within `steps` along `way`."""
    seen, size = blocks.copy(), 1
    while size < steps:
        more = min(size, steps - size)
        seen |= _moved(seen, way, more)
        size += more
    return seen


def enclosed(shell: Blocks, spacing_zyx_mm: Spacing) -> Blocks:
    """Return the blocks that see the shell within 40 mm in nearly all of 26 directions.

    What sees it neither above nor below is a canal and not enclosed.
    """
    count = np.zeros(shell.shape, np.int8)
    ends = np.zeros(shell.shape, bool)
    spacing: NDArray[np.float64] = np.array(spacing_zyx_mm)
    for way in WAYS:
        step_mm = float(np.linalg.norm(np.array(way) * spacing))
        seen = seen_along(shell, way, max(int(REACH_MM / step_mm), 1))
        count += seen
        if way[1:] == (0, 0):
            ends |= seen
    return np.asarray((count >= WAYS_MIN) & ends & ~shell)
