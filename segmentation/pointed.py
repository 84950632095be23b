"""What a few points or a box mean: the tissue that was pointed at, without a model.

What was given decides the way. Points inside alone: the region of their tissue, its range of HU
found around them, stopped where it leaks. Points outside within that region: it is shared between
the two kinds, each voxel to the one that reaches it over the least change of HU. A box: what lies
in it on the inner side of the value half-way between its middle, or the points, and its faces.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.confidence import confident_range
from segmentation.errors import Refusal
from segmentation.finding import Finding
from segmentation.hu_range import in_range
from segmentation.kept import Kept
from segmentation.kernels.bits import HU_MIN, unpacked
from segmentation.kernels.forest import Costs, Forest
from segmentation.kernels.holes import filled
from segmentation.kernels.linked import linked
from segmentation.kernels.median import median
from segmentation.leak import Leaks, judged
from segmentation.mask import WORD_BITS, BitMask, Box
from segmentation.progress import Progress, share
from segmentation.reachable import Reachable, reachable
from segmentation.spreading import QUARTERS
from segmentation.volume import Volume

BONE_HU: Final = 226
BONE_MEDIAN_HU: Final = 250.0
HU_MOST: Final = 32767
HU_LEAST: Final = -32768
SPREAD_SD: Final = 2.5
AROUND_MM: Final = 1.5
ROUNDS: Final = 2
NECK_MM: Final = 3.0
NEARNESS_HU_PER_MM: Final = 2.0
APART_HU: Final = 20.0
KEY: Final = "pointed"

Ints = NDArray[np.int64]
Range = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Pointed:
    """What was given: voxels (N, 3) inside and outside as k, j, i, and the block of a box."""

    inside: Ints
    outside: Ints
    box: BitMask | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Meant:
    """What it means: the mask, the range of HU that was found, and what to know of it."""

    mask: BitMask
    range_hu: Range
    findings: tuple[Finding, ...] = ()


def meant(volume: Volume, given: Pointed, kept: Kept, progress: Progress) -> Meant:
    """Return the tissue that was pointed at.

    Raises
    ------
    Refusal
        `click-box-alike` for a box whose middle has the values of its faces,
        `click-box-without-inside` where no point inside lies in the box.
    """
    ground = None
    if given.box is not None:
        found = _in_box(volume, given, given.box, share(progress, 0.0, 0.6))
    else:
        found, ground = _around(volume, given, kept, share(progress, 0.0, 0.6))
    mask = carved(volume, found.mask, given, share(progress, 0.6, 0.9))
    mask = _without_holes(volume, mask, share(progress, 0.9, 1.0))
    outside = points_mask(volume, given.outside)
    if ground is not None:  # what a stop cut short is not kept
        kept.put((KEY, volume, *found.range_hu), ground)
    return Meant(mask - outside, found.range_hu, found.findings)


def _around(
    volume: Volume, given: Pointed, kept: Kept, progress: Progress
) -> tuple[Meant, Reachable]:
    """Return the region of the tissue around the points inside, and the ground it grew on."""
    found = tissue_range(volume, given.inside, share(progress, 0.0, 0.5))
    key = (KEY, volume, *found)
    ground = kept.take(key, Reachable)
    if ground is None:
        ground = reachable(volume, found, None, share(progress, 0.5, 0.7))
    chosen = ground.regions_at(given.inside)
    mask = ground.mask_of(chosen, share(progress, 0.7, 0.8))
    findings: tuple[Finding, ...] = ()
    if not len(given.outside):
        leaks = Leaks(NECK_MM, is_stopped=True)
        stage = share(progress, 0.8, 1.0)
        mask, findings = judged(mask, ground, chosen, given.inside, leaks, stage)
    return Meant(mask, found, findings), ground


def tissue_range(volume: Volume, inside: Ints, progress: Progress) -> Range:
    """Return the range of HU of the tissue at some voxels; bone has no upper end.

    Bone is too uneven for a mean and a spread: dense cortex lies beside marrow.
    """
    if float(np.median(volume.hu[tuple(inside.T)])) >= BONE_MEDIAN_HU:
        return BONE_HU, HU_MOST
    return confident_range(volume, inside, SPREAD_SD, AROUND_MM, ROUNDS, progress)


def _in_box(volume: Volume, given: Pointed, box: BitMask, progress: Progress) -> Meant:
    """Return what hangs together with the middle of a box, or with points, and stays in it."""
    inside = given.inside[box.holds(given.inside)]
    if len(given.inside) and not len(inside):
        raise Refusal("click-box-without-inside", points=len(given.inside))
    middle = points_mask(volume, inside) if len(inside) else _middle(box)
    found = parting_range(volume, box, middle)
    words = Box.whole(box.shape_kji).view(in_range(volume, *found, progress), box.box).copy()
    words &= box.words
    seeds = middle.words_in(box.box) & words
    if not seeds.any():
        return Meant(BitMask.empty(box.shape_kji), found)
    whole = linked(words, seeds)
    progress(1, 1)
    return Meant(BitMask.from_words(box.shape_kji, whole, box.box), found)


def _bounds(box: BitMask) -> tuple[Ints, Ints]:
    """Return the first voxel of a full block and the one behind its last, as k, j, i."""
    k0, j0, w0, k1, j1, _ = box.box
    row = np.flatnonzero(np.unpackbits(box.words[0, 0].view(np.uint8), bitorder="little"))
    i0 = WORD_BITS * w0
    return np.array([k0, j0, i0 + row[0]]), np.array([k1, j1, i0 + row[-1] + 1])


def _middle(box: BitMask) -> BitMask:
    """Return the middle third of a block along each axis, one voxel at least."""
    low, high = _bounds(box)
    third = (high - low) // 3
    return _block(box.shape_kji, low + third, np.maximum(high - third, low + third + 1))


def _block(shape_kji: tuple[int, int, int], low: Ints, high: Ints) -> BitMask:
    axes = [np.arange(a, b) for a, b in zip(low, high, strict=True)]
    kji = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    return _mask_at(shape_kji, kji)


def parting_range(volume: Volume, box: BitMask, middle: BitMask) -> Range:
    """Return the range on the middle's side of the value between it and the faces of a box."""
    low, high = _bounds(box)
    cut = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    hu = volume.hu[cut]
    rim = np.ones(hu.shape, bool)
    rim[1:-1, 1:-1, 1:-1] = False
    i0 = int(low[2]) - WORD_BITS * box.start_word
    bits = unpacked(middle.words_in(box.box), box.box.voxels_i(box.shape_kji))
    is_middle = bits[:, :, i0 : i0 + hu.shape[2]]
    inner, outer = (float(np.median(hu[part])) for part in (is_middle, rim))
    if abs(inner - outer) < APART_HU:
        raise Refusal("click-box-alike", inner_hu=round(inner), outer_hu=round(outer))
    level = (inner + outer) / 2
    if inner > outer:
        return int(np.ceil(level)), HU_MOST
    return HU_LEAST, int(np.floor(level))


def carved(volume: Volume, mask: BitMask, given: Pointed, progress: Progress) -> BitMask:
    """Return what of a region the points inside reach over less change of HU than those outside."""
    outside = points_mask(volume, given.outside) & mask
    inside = points_mask(volume, given.inside) & mask
    if outside.is_empty or inside.is_empty:
        return mask
    box = mask.box
    i0 = WORD_BITS * box.w0
    i1 = i0 + box.voxels_i(mask.shape_kji)
    hu = np.ascontiguousarray(volume.hu[box.k0 : box.k1, box.j0 : box.j1, i0:i1])
    values = (median(hu).astype(np.int32) - HU_MIN).astype(np.uint16)
    progress(1, 4)
    steps = [max(round(QUARTERS * NEARNESS_HU_PER_MM * s), 1) for s in volume.grid.spacing_kji_mm]
    costs = Costs(QUARTERS, 0, (steps[0], steps[1], steps[2]))
    forest = Forest(values, mask.words_in(box), costs, 2)
    held = np.stack([one.words_in(box) for one in (inside, outside)])
    words = forest.update(held, share(progress, 0.25, 1.0))
    return BitMask.from_words(mask.shape_kji, words[0].copy(), box)


def _without_holes(volume: Volume, mask: BitMask, progress: Progress) -> BitMask:
    if not mask.words.size:
        return mask
    words = filled(mask.words, mask.box.voxels_i(mask.shape_kji), progress)
    whole = BitMask.from_words(mask.shape_kji, words, mask.box)
    return whole if volume.padding is None else whole - volume.padding


def points_mask(volume: Volume, kji: Ints) -> BitMask:
    """Return the mask of some voxels of a volume, given as k, j, i (N, 3), all inside the grid."""
    return _mask_at(volume.grid.shape_kji, kji)


def _mask_at(shape_kji: tuple[int, int, int], kji: Ints) -> BitMask:
    if not len(kji):
        return BitMask.empty(shape_kji)
    low, high = kji.min(axis=0), kji.max(axis=0) + 1
    w0, w1 = low[2] // WORD_BITS, -(-high[2] // WORD_BITS)
    box = Box(int(low[0]), int(low[1]), int(w0), int(high[0]), int(high[1]), int(w1))
    words = np.zeros(box.shape_kjw, np.uint64)
    at: Ints = kji - np.array([box.k0, box.j0, WORD_BITS * box.w0], np.int64)
    bits = np.uint64(1) << (at[:, 2] % WORD_BITS).astype(np.uint64)
    np.bitwise_or.at(words, (at[:, 0], at[:, 1], at[:, 2] // WORD_BITS), bits)
    return BitMask.from_words(shape_kji, words, box)
