"""The watershed against scikit-image where no heights are equal, and its laws where they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.segmentation import watershed as twin

from segmentation.errors import Cancelled
from segmentation.kernels.watershed import TOP, watershed


def framed(shape, seed, ratio):
    """Heights that differ everywhere, some of them 0, with an empty rim; and two seeds."""
    random = np.random.default_rng(seed)
    heights = np.zeros(tuple(n + 2 for n in shape), np.int16)
    values = random.permutation(np.arange(1, TOP - 1))[: int(np.prod(shape))].reshape(shape)
    heights[1:-1, 1:-1, 1:-1] = values * (random.random(shape) < ratio)
    regions = np.zeros(heights.shape, np.uint8)
    places = np.argwhere(heights)
    for n, at in enumerate(random.permutation(places)[:2]):
        regions[tuple(at)] = n + 1
    return heights, regions


@given(
    shape=st.tuples(*[st.integers(1, 10)] * 3),
    seed=st.integers(0, 2**32 - 1),
    ratio=st.sampled_from((0.3, 0.7, 1.0)),
)
def test_regions_are_those_of_scikit_image(shape, seed, ratio):
    heights, regions = framed(shape, seed, ratio)
    level = -heights.astype(np.int32)
    level[regions > 0] = -TOP  # seeds are left first
    wanted = twin(level, regions.astype(np.int32), mask=heights > 0)
    watershed(heights, regions)
    assert np.array_equal(regions, wanted)


def test_on_flat_ground_the_nearer_seed_wins():
    heights = np.zeros((3, 3, 103), np.int16)
    heights[1, 1, 1:102] = 7
    regions = np.zeros(heights.shape, np.uint8)
    regions[1, 1, 11], regions[1, 1, 81] = 1, 2
    watershed(heights, regions)
    assert (regions[1, 1, 1:46] == 1).all()
    assert (regions[1, 1, 47:102] == 2).all()


def test_two_hills_meet_in_the_valley_wherever_their_seeds_are():
    i = np.arange(101.0)
    hill = 200 + 100 * np.cos((i - 20) / 70 * 2 * np.pi)  # tops at 20 and 90, the valley at 55
    heights = np.zeros((3, 3, 103), np.int16)
    heights[1, 1, 1:-1] = hill.astype(np.int16)
    regions = np.zeros(heights.shape, np.uint8)
    regions[1, 1, 50], regions[1, 1, 99] = 1, 2
    watershed(heights, regions)
    assert abs(int((regions == 1).sum()) - 55) <= 1
    assert (regions[heights > 0] > 0).all()


def test_it_can_be_stopped():
    heights = np.zeros((9, 9, 9), np.int16)
    heights[1:-1, 1:-1, 1:-1] = 5
    regions = np.zeros(heights.shape, np.uint8)
    regions[4, 4, 4] = 1

    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        watershed(heights, regions, stop)
