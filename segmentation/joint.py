"""Two bones that touch, parted at their joint by a watershed over density and thickness."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.kernels.ball import dilated
from segmentation.kernels.bits import complement, packed, unpacked
from segmentation.kernels.components import at_seeds
from segmentation.kernels.distance import distance_mm
from segmentation.kernels.gaussian import smoothed
from segmentation.kernels.watershed import TOP, Heights, Regions, watershed
from segmentation.mask import WORD_BITS, BitMask, Box, Words
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume

DENSEST_HU: Final = 800  # cortex: metal and enamel pull no harder
SIGMA_MM: Final = 1.0
HU_PER_MM: Final = 18.0  # how much higher each mm below the surface stands
DEEPEST_MM: Final = 12.0
SNAP_MM: Final = 15.0  # marrow is clicked as often as bone
OWN, OTHER = 1, 2
WEIGHT: Final = 8000
PATCH_MM: Final = 8.0

LpsPoint = tuple[float, float, float]
Voxels = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Two bones and how large the face is in which they were parted."""

    own: BitMask
    other: BitMask
    cut_mm2: float


def nearest_voxels(mask: BitMask, grid: Grid, points_lps_mm: tuple[LpsPoint, ...]) -> Voxels:
    """Return for each point the nearest voxel (k, j, i) of a mask; of equal ones the first.

    Refuses a point with no voxel of the mask within 15 mm.
    """
    spacing = np.array(grid.spacing_kji_mm)
    reach = np.ceil(SNAP_MM / spacing).astype(np.int64)
    found = []
    for point in points_lps_mm:
        at = grid.ijk(np.array(point))[::-1]
        low = np.clip(np.floor(at).astype(np.int64) - reach, 0, grid.shape_kji)
        high = np.clip(np.ceil(at).astype(np.int64) + reach + 1, low, grid.shape_kji)
        around = low + np.indices(high - low).reshape(3, -1).T
        held = around[mask.holds(around)]
        square_mm = (((held - at) * spacing) ** 2).sum(axis=1)
        if not held.size or square_mm.min() > SNAP_MM**2:
            x, y, z = (round(number, 1) for number in point)
            raise Refusal("joint-point-away", x=x, y=y, z=z, reach_mm=SNAP_MM)
        found.append(held[np.argmin(square_mm)])
    return np.array(found, np.int64).reshape(-1, 3)


def _heights(volume: Volume, part: BitMask, solid: Bools, progress: Progress) -> Heights:
    """Return 1 to 1023 where `solid`, 0 elsewhere: high in dense and thick bone; one voxel around.

    HU under a Gaussian, and more for each mm that a voxel lies below the mask's surface.
    """
    spacing, box, ni = volume.grid.spacing_kji_mm, part.box, solid.shape[2]
    i0 = WORD_BITS * box.w0
    hu = np.zeros(tuple(n + 2 for n in solid.shape), np.int16)
    inner = hu[1:-1, 1:-1, 1:-1]
    here = volume.hu[box.k0 : box.k1, box.j0 : box.j1, i0 : i0 + ni]
    np.clip(here, 0, DENSEST_HU, out=inner)
    inner *= solid
    heights = smoothed(hu, spacing, SIGMA_MM, share(progress, 0.0, 0.4))
    deep = distance_mm(complement(part.words, ni), ni, spacing, share(progress, 0.4, 1.0))
    np.minimum(deep, DEEPEST_MM, out=deep)
    deep *= HU_PER_MM
    heights[1:-1, 1:-1, 1:-1] += deep.astype(np.int16)
    np.clip(heights, 1, TOP - 1, out=heights)
    heights[1:-1, 1:-1, 1:-1] *= solid
    for axis in range(3):
        for end in (0, -1):
            np.moveaxis(heights, axis, 0)[end] = 0
    return heights


def _climb(heights: Heights, at: tuple[int, int, int], regions: Regions, region: int) -> None:
    """Give the way from a voxel up to the top of its hill to a region."""
    while True:
        if regions[at] not in (0, region):
            return
        regions[at] = region
        around = tuple(slice(n - 1, n + 2) for n in at)
        patch = heights[around]
        if patch.max() <= heights[at]:
            return
        step = np.unravel_index(int(np.argmax(patch)), patch.shape)
        k, j, i = (n - 1 + int(s) for n, s in zip(at, step, strict=True))
        at = (k, j, i)


def _borders(own: Bools, other: Bools) -> list[tuple[Voxels, Voxels]]:
    """Return along k, j and i the voxels before a face between both, and +1 or -1 for its side."""
    faces = []
    for axis in range(3):
        before: list[slice] = [slice(None)] * 3
        after = list(before)
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        up = np.argwhere(own[tuple(before)] & other[tuple(after)])
        down = np.argwhere(other[tuple(before)] & own[tuple(after)])
        signs = np.concatenate([np.ones(len(up), np.int64), -np.ones(len(down), np.int64)])
        faces.append((np.concatenate([up, down]).astype(np.int64), signs))
    return faces


def cut_area_mm2(own: Bools, other: Bools, spacing_kji_mm: tuple[float, float, float]) -> float:
    """Return how large the face is in which two masks touch.

    Faces of voxels are summed as vectors in patches of 8 mm, so that a slanted face isn't
    counted as its stairs (1.5 times as large on average); what curves within a patch is a few
    per cent too small.
    """
    spacing = np.array(spacing_kji_mm)
    faces = _borders(own, other)
    patches = [np.floor(at * spacing / PATCH_MM).astype(np.int64) for at, _sign in faces]
    keys = np.concatenate(patches)
    if not keys.size:
        return 0.0
    _unique, number = np.unique(keys, axis=0, return_inverse=True)
    vectors = np.zeros((int(number.max()) + 1, 3))
    start = 0
    for axis, (at, sign) in enumerate(faces):
        area = float(np.prod(np.delete(spacing, axis)))
        stop = start + len(at)
        np.add.at(vectors[:, axis], number.ravel()[start:stop], sign * area)
        start = stop
    return float(np.linalg.norm(vectors, axis=1).sum())


def _smooth_cut(
    own: Bools, other: Bools, spacing_kji_mm: tuple[float, float, float], sigma_mm: float
) -> None:
    """Give each voxel to the bone that is the denser around it, in place."""
    votes = np.ascontiguousarray(own, np.int16)
    votes -= other
    votes *= np.int16(WEIGHT)
    votes = smoothed(votes, spacing_kji_mm, sigma_mm)
    both = own | other
    own[...] = both & ((votes > 0) | ((votes == 0) & own))
    other[...] = both & ~own


def _finished(
    own: Words, other: Words, ni: int, spacing_kji_mm: tuple[float, float, float], sigma_mm: float
) -> float:
    """Smooth the cut between two masks in place and return its area; works only around it."""
    touching = own & dilated(other, ni, (1.0, 1.0, 1.0), 1.0)
    shape = (*own.shape[:2], ni)
    at = BitMask.from_words(shape, touching, Box.whole(shape)).box
    if not all(at.shape_kjw):
        return 0.0
    reach = np.ceil(4.0 * sigma_mm / np.array(spacing_kji_mm)).astype(int) + 1
    near = at.grown(shape, (int(reach[0]), int(reach[1]), int(reach[2])))
    whole, wide = Box.whole(shape), near.voxels_i(shape)
    mine, yours = (unpacked(whole.view(words, near), wide) for words in (own, other))
    if sigma_mm > 0.0:
        _smooth_cut(mine, yours, spacing_kji_mm, sigma_mm)
        whole.view(own, near)[...] = packed(mine)
        whole.view(other, near)[...] = packed(yours)
    return cut_area_mm2(mine, yours, spacing_kji_mm)


def part_at_joint(
    volume: Volume, mask: BitMask, seeds: tuple[Voxels, Voxels], sigma_mm: float,
    progress: Progress = silent,
) -> Joint:  # fmt: skip
    """Return the two bones of a mask that hang together with the voxels of `seeds` (k, j, i).

    They meet where the way between the seeds is thinnest and least dense; the cut is smoothed by
    `sigma_mm`. Parts of the mask without a seed stay with the first bone. Both bones together are
    the mask, and they share no voxel. Refuses one voxel that is a seed of both.
    """
    box = mask.box
    start = np.array([box.k0, box.j0, WORD_BITS * box.w0])
    own_seeds, other_seeds = (at - start for at in seeds)
    if any((own_seeds == at).all(axis=1).any() for at in other_seeds):
        raise Refusal("joint-points-meet")
    both = np.concatenate([own_seeds, other_seeds])
    hanging = at_seeds(mask.words, both, progress=share(progress, 0.0, 0.1))
    part = BitMask.from_words(mask.shape_kji, hanging, box)
    box = part.box
    start -= np.array([box.k0, box.j0, WORD_BITS * box.w0])
    solid = unpacked(part.words, box.voxels_i(mask.shape_kji))
    heights = _heights(volume, part, solid, share(progress, 0.1, 0.6))
    regions = np.zeros(heights.shape, np.uint8)
    for region, at in ((OWN, own_seeds), (OTHER, other_seeds)):
        for k, j, i in (at + start + 1).tolist():
            regions[k, j, i] = region
    for region, at in ((OWN, own_seeds), (OTHER, other_seeds)):
        for k, j, i in (at + start + 1).tolist():
            _climb(heights, (k, j, i), regions, region)
    watershed(heights, regions, share(progress, 0.6, 0.9))
    inner = regions[1:-1, 1:-1, 1:-1]
    own, other = packed(inner == OWN), packed(inner == OTHER)
    area = _finished(own, other, solid.shape[2], volume.grid.spacing_kji_mm, sigma_mm)
    progress(1, 1)
    split = BitMask.from_words(mask.shape_kji, other, box)
    return Joint(mask - split, split, area)
