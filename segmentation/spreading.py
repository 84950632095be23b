"""Segments that share a region among them, each voxel to the one that reaches it at least cost.

The part of the scan they share is a box around what they hold already.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.hu_range import in_range
from segmentation.kept import Kept
from segmentation.kernels.forest import ALONG_MOST, LABELS_MOST, Costs, Forest, Values
from segmentation.mask import BitMask, Box
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume

VOXELS_MOST: Final = 48_000_000
SNAP: Final = 8  # a stroke that widens the box by less needs no new one
QUARTERS: Final = 4  # costs are counted in quarters of a HU

Relief = Callable[[NDArray[np.int16], tuple[float, float, float]], Values]


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a region is shared.

    Attributes
    ----------
    tool
        The tool's name and all of its settings that `relief` depends on.
    relief
        Makes the values of the box that steps cost by; called with HU and spacing.
    between, on
        What a step costs by the difference and the sum of its two values.
    nearness_hu_per_mm
        What a step costs by its length.
    margin_mm
        How far around what the segments hold the region reaches.
    range_hu
        Which values belong to the region at all.
    """

    tool: tuple[str, ...]
    relief: Relief
    between: int
    on: int
    nearness_hu_per_mm: float
    margin_mm: float
    range_hu: tuple[int, int]

    def costs(self, spacing_kji_mm: tuple[float, float, float]) -> Costs:
        """Return what steps cost on a grid."""
        k, j, i = (
            min(max(round(QUARTERS * self.nearness_hu_per_mm * s), 1), ALONG_MOST)
            for s in spacing_kji_mm
        )
        return Costs(self.between, self.on, (k, j, i))


def shared(
    volume: Volume,
    seeds: Mapping[str, BitMask],
    sharing: Sharing,
    kept: Kept,
    progress: Progress = silent,
) -> tuple[tuple[BitMask, ...], tuple[Finding, ...]]:
    """Return the segments grown from `seeds`, what each holds, in their order.

    Where two cost the same the earlier one has the voxel. Kept for the next run, which costs what
    changed. Refuses a box of too many voxels; tells when there is nothing to share.
    """
    masks = tuple(seeds.values())
    seeded = sum(1 for mask in masks if mask.words.size)
    findings = () if seeded > 1 else (Finding("seeds-of-one", Severity.WARN),)
    if not seeded:
        progress(1, 1)
        return masks, findings
    if len(masks) > LABELS_MOST:
        raise Refusal("segments-too-many", count=len(masks), most=LABELS_MOST)
    box = _box(volume, masks, sharing.margin_mm)
    key = (*sharing.tool, volume, box, *seeds)
    forest = kept.take(key, Forest)
    if forest is None:
        forest = _forest(volume, box, sharing, len(masks), share(progress, 0.0, 0.2))
    held = np.stack([mask.words_in(box) for mask in masks])
    words = forest.update(held, share(progress, 0.2, 1.0))
    shape_kji = volume.grid.shape_kji
    grown = tuple(BitMask.from_words(shape_kji, one.copy(), box) for one in words)
    kept.put(key, forest)
    return grown, findings


def _box(volume: Volume, masks: tuple[BitMask, ...], margin_mm: float) -> Box:
    """Return the box around all masks with a margin, its faces on every eighth slice and row."""
    filled = [mask.box for mask in masks if mask.words.size]
    box = filled[0]
    for other in filled[1:]:
        box = box.around(other)
    shape_kji = volume.grid.shape_kji
    k, j, i = (round(margin_mm / s + 0.5) for s in volume.grid.spacing_kji_mm)
    box = box.grown(shape_kji, (k, j, i))
    box = Box(
        box.k0 // SNAP * SNAP,
        box.j0 // SNAP * SNAP,
        box.w0,
        min(-(-box.k1 // SNAP) * SNAP, shape_kji[0]),
        min(-(-box.j1 // SNAP) * SNAP, shape_kji[1]),
        box.w1,
    )
    voxels = (box.k1 - box.k0) * (box.j1 - box.j0) * box.voxels_i(shape_kji)
    if voxels > VOXELS_MOST:
        raise Refusal("region-too-large", voxels=voxels / 1e6, most=VOXELS_MOST / 1e6)
    return box


def _forest(volume: Volume, box: Box, sharing: Sharing, labels: int, progress: Progress) -> Forest:
    grid = volume.grid
    words = in_range(volume, *sharing.range_hu, share(progress, 0.0, 0.5))
    is_open = Box.whole(grid.shape_kji).view(words, box).copy()
    i0 = 64 * box.w0
    i1 = i0 + box.voxels_i(grid.shape_kji)
    hu = np.ascontiguousarray(volume.hu[box.k0 : box.k1, box.j0 : box.j1, i0:i1])
    values = sharing.relief(hu, grid.spacing_kji_mm)
    progress(1, 1)
    return Forest(values, is_open, sharing.costs(grid.spacing_kji_mm), labels)
