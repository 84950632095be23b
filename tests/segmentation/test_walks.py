"""Random walks against scikit-image and against a way that can be worked out by hand."""

import numpy as np
import pytest
from skimage.segmentation import random_walker

from segmentation.errors import Cancelled
from segmentation.walks import INSIDE, OPEN, OUTSIDE, UNUSED, walked
from tests.segmentation.random_masks import noise


def test_along_a_line_the_border_halves_the_sum_of_resistances():
    """Steps over a difference d resist by exp(d^2 / (2 edge^2)); the middle decides."""
    hu = np.array([[[0, 0, 0, 0, 0, 30, 30, 30]]], np.int16)
    labels = np.array([[[INSIDE, *[OPEN] * 6, OUTSIDE]]], np.int8)
    was = labels == INSIDE
    ways = np.exp(np.diff(hu[0, 0].astype(float)) ** 2 / (2 * 20.0**2))
    half = np.concatenate([[0], np.cumsum(ways)]) <= ways.sum() / 2
    assert np.array_equal(walked(hu, labels, was, (1.0, 1.0, 1.0), 20.0)[0, 0], half)
    assert half.sum() == 5


@pytest.mark.parametrize("seed", range(3))
def test_walks_end_where_those_of_scikit_image_do(seed):
    random = np.random.default_rng(seed)
    hu = (noise((9, 12, 14), seed) // 20).astype(np.int16)
    labels = np.where(random.random(hu.shape) < 0.06, random.integers(1, 3, hu.shape), OPEN)
    labels = labels.astype(np.int8)
    was, edge_hu = np.zeros(hu.shape, bool), 15.0
    values = hu.astype(np.float64)
    chances = random_walker(values, labels, 5.0 * values.std() / edge_hu**2, mode="bf",
                            return_full_prob=True)  # fmt: skip
    ours = walked(hu, labels, was, (1.0, 1.0, 1.0), edge_hu)
    clear = np.abs(chances[0] - 0.5) > 0.02
    assert clear.mean() > 0.8
    assert np.array_equal(ours[clear], (chances[0] > 0.5)[clear])


def test_what_no_walk_leaves_or_enters_stays_what_it_was():
    hu = np.zeros((1, 1, 7), np.int16)
    labels = np.array([[[UNUSED, OPEN, OPEN, UNUSED, INSIDE, OPEN, OUTSIDE]]], np.int8)
    was = np.array([[[True, True, False, False, True, False, False]]])
    now = walked(hu, labels, was, (1.0, 1.0, 1.0), 10.0)
    assert now[0, 0, :5].tolist() == [True, True, True, False, True] or not now[0, 0, 2]
    assert now[0, 0, 0]
    assert not now[0, 0, 3]
    assert not now[0, 0, 6]


def test_walking_stops_when_it_is_told_to():
    def stop(_done, _total):
        raise Cancelled

    labels = np.zeros((4, 5, 6), np.int8)
    labels[0], labels[3] = INSIDE, OUTSIDE
    with pytest.raises(Cancelled):
        walked(
            np.zeros(labels.shape, np.int16), labels, labels == INSIDE, (1.0, 1.0, 1.0), 9.0, stop
        )
