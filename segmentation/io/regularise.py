"""A tilted, sheared or uneven stack resampled through its true slice positions (GEO-4).

Each output voxel is interpolated, linearly in the plane and along the normal, between the two
slices it lies between, each taken where its own header says it is. Nothing is made up beyond the
first and last slice or beside a slice's edge: such voxels are padding. Gaps are never filled:
callers refuse stacks with missing slices first.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.io.hu import AIR_HU, Slab, finish, padding_mask
from segmentation.io.stack import Stack
from segmentation.progress import Progress
from segmentation.volume import Hu, Volume

VOXELS_MAX: Final = 2 << 30
_EDGE: Final = 1e-6

Canvas = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Regularised:
    """The regular volume, what its slices left behind, and the largest shift in mm.

    The shift is the farthest any slice lay from where an even, square stack with the fitted step
    would have put it, measured from the first slice.
    """

    volume: Volume
    slabs: tuple[Slab, ...]
    shift_mm: float


def regularise(
    stack: Stack, hu: Hu, slabs: list[Slab], frame_uid: str, progress: Progress
) -> Regularised:
    """Return the slices `hu` [n, j, i] of `stack` on a regular grid with the median step."""
    grid = _grid(stack, frame_uid)
    out = np.empty(grid.shape_kji, np.int16)
    done: list[Slab] = []
    moved: dict[int, Canvas] = {}
    step = grid.spacing_kji_mm[0]
    for k in range(grid.shape_kji[0]):
        height = float(stack.along_mm[0]) + k * step
        weights = _weights(stack, height)
        moved = {
            n: moved[n] if n in moved else _moved(stack, grid, n, hu[n], slabs[n]) for n in weights
        }
        blend = sum(
            (moved[n] * np.float32(weight) for n, weight in weights.items()),
            start=np.zeros(grid.shape_kji[1:], np.float32),
        )
        unknown = np.isnan(blend)
        blend[unknown] = AIR_HU
        out[k] = np.trunc(blend + np.copysign(np.float32(0.5), blend))
        done.append(finish(out[k], unknown if unknown.any() else None))
        progress(k + 1, grid.shape_kji[0])
    volume = Volume(out, grid, padding_mask(done, grid.shape_kji))
    return Regularised(volume, tuple(done), largest_shift_mm(stack))


def largest_shift_mm(stack: Stack) -> float:
    """Return how far the farthest slice lies from its place in an even, square stack."""
    count = np.arange(len(stack.slices))
    along = stack.along_mm - stack.along_mm[0] - count * stack.spacing_mm
    across = stack.across_mm - stack.across_mm[0]
    return float(np.sqrt(along**2 + (across**2).sum(axis=1)).max())


def _grid(stack: Stack, frame_uid: str) -> Grid:
    """Return the grid that holds every slice: the union of their frames, the median step."""
    pixels, spacing = stack.slices[0].pixels, stack.slices[0].pixel_spacing_mm
    assert pixels is not None
    assert spacing is not None
    step = float(np.median(stack.steps_mm))
    span = float(stack.along_mm[-1] - stack.along_mm[0])
    low = stack.across_mm.min(axis=0)
    spread = np.ptp(stack.across_mm, axis=0)
    shape = (
        math.floor(span / step + _EDGE) + 1,
        pixels.rows + math.ceil(float(spread[1]) / spacing[0] - _EDGE),
        pixels.columns + math.ceil(float(spread[0]) / spacing[1] - _EDGE),
    )
    if math.prod(shape) > VOXELS_MAX:
        raise Refusal("image-too-large", rows=shape[1], columns=shape[2])
    origin = stack.direction @ np.array([low[0], low[1], stack.along_mm[0]])
    return Grid(shape, origin, (step, spacing[0], spacing[1]), stack.direction, frame_uid)


def _weights(stack: Stack, height_mm: float) -> dict[int, float]:
    """Return the one or two slices that a height lies between, with their weights."""
    above = int(np.searchsorted(stack.along_mm, height_mm, side="right"))
    below = max(0, above - 1)
    above = min(above, len(stack.slices) - 1)
    gap = float(stack.along_mm[above] - stack.along_mm[below])
    part = (height_mm - float(stack.along_mm[below])) / gap if gap > 0.0 else 0.0
    if part < _EDGE:
        return {below: 1.0}
    return {above: 1.0} if part > 1.0 - _EDGE else {below: 1.0 - part, above: part}


def _moved(stack: Stack, grid: Grid, n: int, hu: Hu, slab: Slab) -> Canvas:
    """Return slice n where it lies in the grid's plane; NaN where it has no value."""
    values = hu.astype(np.float32)
    if slab.padding is not None:
        bits = np.unpackbits(slab.padding.astype("<u8").view(np.uint8), axis=-1, bitorder="little")
        values[bits[:, : hu.shape[1]].astype(bool)] = np.nan
    low = stack.across_mm.min(axis=0)
    across = stack.across_mm[n] - low
    _dk, dj, di = grid.spacing_kji_mm
    values = _shifted(values, float(across[0]) / di, grid.shape_kji[2])
    return _shifted(values.T, float(across[1]) / dj, grid.shape_kji[1]).T


def _shifted(values: Canvas, pixels: float, width: int) -> Canvas:
    """Return rows moved right by a fraction of pixels onto rows of `width`; NaN elsewhere."""
    whole = math.floor(pixels + _EDGE)
    part = pixels - whole
    canvas = np.full((values.shape[0], width), np.nan, np.float32)
    count = values.shape[1]
    if part < _EDGE:
        canvas[:, whole : whole + count] = values[:, : width - whole]
        return canvas
    inner = values[:, 1:] * np.float32(1.0 - part) + values[:, :-1] * np.float32(part)
    canvas[:, whole + 1 : whole + count] = inner
    return canvas
