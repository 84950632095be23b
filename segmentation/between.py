"""Slices between drawn ones: shapes that turn one into the next."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import complement, packed, unpacked
from segmentation.kernels.distance import distance_mm
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent

FARTHEST_MM: Final = np.float32(1e6)

Bools = NDArray[np.bool_]
Map = NDArray[np.float32]


def gapped_axis(voxels: Bools) -> int | None:
    """Return the axis with the greatest share of empty slices between drawn ones.

    None where no axis has any; of equal ones the first.
    """
    best, axis = 0.0, None
    for n in range(3):
        drawn = np.flatnonzero(voxels.any(axis=tuple({0, 1, 2} - {n})))
        if drawn.size:
            share = 1.0 - drawn.size / (drawn[-1] - drawn[0] + 1)
            if share > best:
                best, axis = share, n
    return axis


def _depth_mm(section: Bools, spacing_mm: tuple[float, float]) -> Map:
    """Return the mm inside a shape, negative outside; shape as the section."""
    spacing, ni = (1.0, *spacing_mm), section.shape[1]
    words = packed(section[None])
    inside = distance_mm(complement(words, ni), ni, spacing)
    inside -= distance_mm(words, ni, spacing)
    depth: Map = np.clip(inside[0], -FARTHEST_MM, FARTHEST_MM)
    return depth


def _shifted(depth: Map, by: NDArray[np.float64]) -> Map:
    """Return a map moved by whole voxels; what comes in is far outside."""
    out = np.full_like(depth, -FARTHEST_MM)
    steps = np.round(by).astype(int).tolist()
    target = tuple(slice(max(s, 0), n + min(s, 0)) for s, n in zip(steps, depth.shape, strict=True))
    source = tuple(
        slice(max(-s, 0), n + min(-s, 0)) for s, n in zip(steps, depth.shape, strict=True)
    )
    out[target] = depth[source]
    return out


def _fill(voxels: Bools, first: int, last: int, spacing_mm: tuple[float, float]) -> None:
    """Fill the slices between two drawn ones in place."""
    ends = [np.pad(voxels[n], 1) for n in (first, last)]
    depths = [_depth_mm(end, spacing_mm) for end in ends]
    away = np.zeros(2)
    if not (ends[0] & ends[1]).any():  # shapes that don't overlap move from one to the other
        away = np.argwhere(ends[1]).mean(axis=0) - np.argwhere(ends[0]).mean(axis=0)
    for n in range(first + 1, last):
        ratio = (n - first) / (last - first)
        one, two = depths
        if away.any():
            one, two = _shifted(one, ratio * away), _shifted(two, (ratio - 1.0) * away)
        mixed = (1.0 - ratio) * one + ratio * two
        voxels[n] = (mixed >= 0.0)[1:-1, 1:-1]


def filled_between(
    mask: BitMask, spacing_kji_mm: tuple[float, float, float], progress: Progress = silent
) -> BitMask:
    """Return a mask with the empty slices between its drawn ones filled.

    The axis is the one along which most slices are empty. Signed distances of two drawn slices
    are mixed by how near each is (Raya and Udupa 1990, doi 10.1109/42.52980); shapes that don't
    overlap are first moved along the line of their centres, by whole voxels. Drawn slices stay.
    """
    progress(0, 1)
    if not mask.words.size:
        return mask
    voxels = unpacked(mask.words, mask.box.voxels_i(mask.shape_kji))
    axis = gapped_axis(voxels)
    if axis is None:
        return mask
    turned = np.moveaxis(voxels, axis, 0)
    row, column = (s for n, s in enumerate(spacing_kji_mm) if n != axis)
    drawn = np.flatnonzero(turned.any(axis=(1, 2)))
    steps = zip(drawn[:-1].tolist(), drawn[1:].tolist(), strict=True)
    gaps = [(a, b) for a, b in steps if b > a + 1]
    for done, (first, last) in enumerate(gaps):
        _fill(turned, first, last, (row, column))
        progress(done + 1, len(gaps))
    return BitMask.from_words(mask.shape_kji, packed(voxels), mask.box)
