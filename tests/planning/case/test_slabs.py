"""Voxels through slabs: a round trip over the whole range, and every flipped bit."""

import numpy as np
import pytest

from planning.case.bricks import Unreadable
from planning.case.slabs import decode_slab, encode_slab, slab_starts, slices_per_slab


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 7), (4, 33, 64)])
def test_slabs_give_the_voxels_back(shape):
    hu = np.random.default_rng(0).integers(-32768, 32768, shape).astype(np.int16)
    sha256, body = encode_slab(hu)
    out = np.zeros(shape, np.int16)
    decode_slab(body, sha256, out)
    assert np.array_equal(out, hu)


def test_every_flipped_bit_is_found():
    rng = np.random.default_rng(1)
    hu = rng.normal(40, 15, (2, 40, 50)).astype(np.int16)
    sha256, body = encode_slab(hu)
    found = 0
    for _ in range(300):
        flipped = bytearray(body)
        flipped[rng.integers(len(body))] ^= 1 << int(rng.integers(8))
        out = np.zeros(hu.shape, np.int16)
        try:
            decode_slab(bytes(flipped), sha256, out)
        except Unreadable:
            found += 1
        else:
            assert np.array_equal(out, hu)
    assert found >= 295


def test_a_slab_that_was_cut_is_unreadable():
    sha256, body = encode_slab(np.ones((2, 8, 8), np.int16))
    for length in (0, 5, 127, len(body) - 1):
        with pytest.raises(Unreadable):
            decode_slab(body[:length], sha256, np.zeros((2, 8, 8), np.int16))


def test_slabs_cover_all_slices_once():
    for shape in ((300, 512, 512), (7, 4096, 4096), (1, 2, 3), (17, 2000, 1000)):
        slices = slices_per_slab(shape)
        covered = [k for start in slab_starts(shape, slices) for k in range(start, start + slices)]
        assert [k for k in covered if k < shape[0]] == list(range(shape[0]))
        assert slices == 1 or slices * shape[1] * shape[2] * 2 <= 8 << 20
