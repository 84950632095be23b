"""Masks keep each voxel, in the smallest box; NumPy's boolean arrays are the second road."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.mask import BitMask, Box
from tests.segmentation.random_masks import mask_is_sound, masks


@given(masks())
def test_a_mask_gives_back_each_voxel(voxels):
    mask = BitMask.from_bool(voxels)
    assert np.array_equal(mask.to_bool(), voxels)
    assert mask.voxels == voxels.sum()
    assert mask.is_empty == (not voxels.any())
    assert mask_is_sound(mask)


@given(masks())
def test_whole_words_and_back_is_the_same_mask(voxels):
    mask = BitMask.from_bool(voxels)
    again = BitMask.from_words(voxels.shape, mask.to_words())
    assert again.box == mask.box
    assert np.array_equal(again.words, mask.words)


@given(masks(), st.data())
def test_words_of_any_box_are_those_of_the_grid(voxels, data):
    whole = Box.whole(voxels.shape)
    ends = [sorted(data.draw(st.integers(0, n)) for _ in range(2)) for n in whole[3:]]
    box = Box(*(low for low, _ in ends), *(high for _, high in ends))
    mask = BitMask.from_bool(voxels)
    part = mask.to_words()[box.k0 : box.k1, box.j0 : box.j1, box.w0 : box.w1]
    assert np.array_equal(mask.words_in(box), part)
    cut = BitMask.from_words(voxels.shape, part.copy(), box)
    assert mask_is_sound(cut)
    assert cut.voxels == np.bitwise_count(part).sum()


@given(masks(most=(4, 5, 130)), st.integers(0, 2**32 - 1))
def test_set_operations_are_those_of_boolean_arrays(voxels, seed):
    random = np.random.default_rng(seed)
    other = np.zeros_like(voxels)
    start = [random.integers(0, n) for n in voxels.shape]
    other[start[0] :, start[1] :, start[2] :] = True
    other &= random.random(voxels.shape) < 0.5
    a, b = BitMask.from_bool(voxels), BitMask.from_bool(other)
    for ours, truth in (
        (a | b, voxels | other),
        (a & b, voxels & other),
        (a - b, voxels & ~other),
    ):
        assert np.array_equal(ours.to_bool(), truth)
        assert mask_is_sound(ours)
    assert np.array_equal(a.to_bool(), voxels)
    assert np.array_equal(b.to_bool(), other)


def test_a_box_grows_up_to_the_grid():
    shape = (10, 20, 100)
    assert Box(4, 5, 0, 6, 7, 1).grown(shape, (2, 3, 1)) == Box(2, 2, 0, 8, 10, 2)
    assert Box(4, 5, 1, 6, 7, 2).grown(shape, (9, 30, 65)) == Box(0, 0, 0, 10, 20, 2)
    assert Box(0, 0, 1, 1, 1, 2).voxels_i(shape) == 36


def test_a_mask_cannot_be_changed_in_place():
    mask = BitMask.from_bool(np.ones((2, 2, 70), bool))
    with pytest.raises(ValueError, match="read-only"):
        mask.words[0, 0, 0] = 0


def test_words_that_do_not_fill_their_box_are_a_bug():
    with pytest.raises(ValueError, match="do not fill"):
        BitMask.from_words((4, 4, 64), np.zeros((2, 2, 1), np.uint64), Box(0, 0, 0, 3, 2, 1))


def test_masks_of_other_grids_do_not_mix():
    one, other = BitMask.from_bool(np.ones((2, 2, 3), bool)), BitMask.empty((2, 2, 4))
    for mixed in (lambda: one | other, lambda: one & other, lambda: one - other):
        with pytest.raises(ValueError, match="do not mix"):
            mixed()
