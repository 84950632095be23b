"""Pools against SciPy's labels of the layer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from segmentation.mask import BitMask
from segmentation.pool import pool
from tests.segmentation.random_masks import mask_is_sound, noise, volume_of


def truth(hu, seed, axis, lower, upper, allowed):
    at = [slice(None)] * 3
    at[axis] = seed[axis]
    inside = (hu[tuple(at)] >= lower) & (hu[tuple(at)] <= upper) & allowed[tuple(at)]
    labels, _ = ndimage.label(inside)
    own = labels[tuple(n for m, n in enumerate(seed) if m != axis)]
    out = np.zeros(hu.shape, bool)
    out[tuple(at)] = (labels == own) & (own > 0)
    return out


@pytest.mark.parametrize("axis", range(3))
@given(
    st.tuples(st.integers(1, 6), st.integers(1, 40), st.integers(1, 150)),
    st.integers(0, 2**16),
    st.integers(50, 700),
)
def test_a_pool_is_the_part_of_the_layer_that_hangs_together_over_edges(axis, shape, seed, width):
    random = np.random.default_rng(seed)
    hu = noise(shape, seed)
    at = tuple(int(random.integers(n)) for n in shape)
    rim = random.random(shape) < 0.1
    volume = volume_of(hu, padding=BitMask.from_bool(rim))
    lower, upper = int(hu[at]) - width, int(hu[at]) + width
    made = pool(volume, at, axis, (lower, upper))
    assert np.array_equal(made.to_bool(), truth(hu, at, axis, lower, upper, ~rim))
    assert mask_is_sound(made)


def test_corners_do_not_join():
    hu = np.zeros((1, 2, 2))
    hu[0, 0, 0] = hu[0, 1, 1] = 300
    assert pool(volume_of(hu), (0, 0, 0), 0, (200, 400)).voxels == 1
    assert pool(volume_of(hu), (0, 0, 1), 0, (200, 400)).is_empty
