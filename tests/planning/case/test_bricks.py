"""Masks through bricks: a round trip, and every flipped bit."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.case.bricks import StoredMask, Unreadable, cut, expand, inflate, join, squeeze
from segmentation.mask import BitMask
from tests.planning.case.making import random_mask, voxels

shapes = st.tuples(st.integers(1, 70), st.integers(1, 70), st.integers(1, 200))


def joined(shape, bricked):
    return join(shape, bricked.manifest, lambda key: bricked.bricks[key].tobytes())


@settings(max_examples=40, deadline=None)
@given(shape=shapes, seed=st.integers(0, 99), share=st.sampled_from([0.0, 0.0005, 0.5, 1.0]))
def test_bricks_give_the_mask_back(shape, seed, share):
    mask = random_mask(seed, shape, share)
    again = joined(shape, cut(mask))
    assert voxels(again) == voxels(mask)
    assert cut(again).key == cut(mask).key


def test_the_key_is_the_voxels_and_not_the_box():
    shape = (130, 70, 140)
    boxed = random_mask(3, shape, 0.0001)
    words = boxed.to_words()
    whole = BitMask(shape, words)
    assert whole.words.shape != boxed.words.shape
    assert cut(whole).key == cut(boxed).key
    words = words.copy()
    words[129, 69, 0] ^= np.uint64(1)
    assert cut(BitMask(shape, words)).key != cut(boxed).key


def test_an_edit_of_one_voxel_changes_one_brick():
    shape = (130, 130, 200)
    before = cut(random_mask(3, shape, 0.5))
    words = random_mask(3, shape, 0.5).to_words()
    words[100, 5, 2] ^= np.uint64(1 << 40)
    after = cut(BitMask.from_words(shape, words))
    assert len(before.bricks) == 3 * 3 * 4
    assert len(set(after.bricks) - set(before.bricks)) == 1


def test_a_stored_mask_never_passes_for_an_empty_one():
    stored = StoredMask.of((4, 4, 4), "ab")
    for read in (lambda: stored.words, lambda: stored.is_empty, stored.to_bool):
        with pytest.raises(AttributeError):
            read()


def test_every_flipped_bit_of_a_brick_is_found():
    brick = next(iter(cut(random_mask(1, (64, 64, 64), 0.01)).bricks.values()))
    body = squeeze(brick)
    sha256 = hashlib.sha256(brick.tobytes()).digest()
    assert expand(body, sha256) == brick.tobytes()
    rng = np.random.default_rng(0)
    for _ in range(300):
        flipped = bytearray(body)
        flipped[rng.integers(len(body))] ^= 1 << int(rng.integers(8))
        try:
            assert expand(bytes(flipped), sha256) == brick.tobytes()
        except Unreadable:
            continue


def test_a_brick_in_the_place_of_another_is_found():
    one, two = (next(iter(cut(random_mask(n, (64, 64, 64))).bricks.values())) for n in (1, 2))
    with pytest.raises(Unreadable):
        expand(squeeze(one), hashlib.sha256(two.tobytes()).digest())


def test_bits_beyond_the_row_and_foreign_grids_are_unreadable():
    shape = (2, 2, 70)
    words = np.full((2, 2, 2), 2**64 - 1, np.uint64)
    overfull = cut(BitMask(shape, words))
    with pytest.raises(Unreadable):
        joined(shape, overfull)
    whole = cut(random_mask(1, shape))
    with pytest.raises(Unreadable):
        joined((2, 2, 71), whole)
    with pytest.raises(Unreadable):
        join(shape, whole.manifest[:-1], lambda key: b"")
    outside = bytearray(whole.manifest)
    outside[12] = 9
    with pytest.raises(Unreadable):
        join(shape, bytes(outside), lambda key: b"")


def test_inflating_stops_at_the_size_it_was_promised():
    import zlib

    bomb = zlib.compress(bytes(1 << 24))
    with pytest.raises(Unreadable):
        inflate(bomb, 1 << 10)
    assert inflate(zlib.compress(b"12345"), 5) == b"12345"
    with pytest.raises(Unreadable):
        inflate(zlib.compress(b"12345") + b"x", 5)
    with pytest.raises(Unreadable):
        inflate(zlib.compress(b"1234"), 5)
