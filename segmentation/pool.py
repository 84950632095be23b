"""What hangs together with a voxel in one layer of the grid."""

import numpy as np

from segmentation.grid import Shape
from segmentation.kernels.bits import packed, unpacked, window
from segmentation.kernels.components import at_seeds
from segmentation.mask import WORD_BITS, BitMask, Box, Words, word_count
from segmentation.volume import Volume


def pool(volume: Volume, seed_kji: Shape, axis: int, range_hu: tuple[int, int]) -> BitMask:
    """Return the voxels that hang together with a seed in its layer across `axis` (0 k to 2 i).

    Over edges, inside a range of HU, both bounds included, padding left out; empty where the seed
    itself is not.
    """
    at = seed_kji[axis]
    layer = np.moveaxis(np.take(volume.hu, [at], axis), axis, 0)
    words = window(np.ascontiguousarray(layer), *range_hu)
    box = _box(volume.grid.shape_kji, axis, at)
    if volume.padding is not None:
        words &= ~_flat(volume.padding.words_in(box), axis, at)
    j, i = (n for n_axis, n in enumerate(seed_kji) if n_axis != axis)
    if not int(words[0, j, i // WORD_BITS]) >> i % WORD_BITS & 1:
        return BitMask.empty(volume.grid.shape_kji)
    held = at_seeds(words, np.array([[0, j, i]]))
    return BitMask.from_words(volume.grid.shape_kji, _upright(held, layer.shape[2], axis, at), box)


def _box(shape_kji: Shape, axis: int, at: int) -> Box:
    """Return the box of a layer; of words that hold it where it is one voxel wide."""
    first, last = [0, 0, 0], [*shape_kji[:2], word_count(shape_kji[2])]
    first[axis] = at // WORD_BITS if axis == 2 else at
    last[axis] = first[axis] + 1
    return Box(*first, *last)


def _flat(words: Words, axis: int, at: int) -> Words:
    """Return a layer's words as one slice; rows run along i, or j where it is one voxel wide."""
    if axis < 2:
        return np.ascontiguousarray(np.moveaxis(words, axis, 0))
    is_set = (words[:, :, 0] >> np.uint64(at % WORD_BITS) & np.uint64(1)).astype(bool)
    return packed(is_set[None])


def _upright(words: Words, row_n: int, axis: int, at: int) -> Words:
    """Return the words of one slice, rows of `row_n`, as those of the layer's box."""
    if axis < 2:
        return np.ascontiguousarray(np.moveaxis(words, 0, axis))
    is_set = unpacked(words, row_n)[0].astype(np.uint64)
    upright: Words = (is_set << np.uint64(at % WORD_BITS))[..., None]
    return upright
