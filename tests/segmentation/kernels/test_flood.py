"""The flood against SimpleITK and against components of the whole window."""

import numpy as np
import pytest
import SimpleITK as sitk

from segmentation.kernels import components, flood
from segmentation.kernels.bits import unpacked, window
from tests.segmentation.random_masks import noise, tail_is_empty


@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 9, 64), (12, 10, 131), (5, 40, 65)])
@pytest.mark.parametrize("seed", range(4))
def test_a_flood_reaches_the_component_of_its_seeds(shape, seed):
    hu = noise(shape, seed)
    random = np.random.default_rng(seed)
    seeds = np.stack([random.integers(0, n, 3) for n in shape], axis=1)
    words = flood.region(hu, -300, 900, seeds)
    assert np.array_equal(words, components.at_seeds(window(hu, -300, 900), seeds))
    assert tail_is_empty(words, shape[2])


def test_a_flood_is_simpleitks_connected_threshold():
    hu = noise((20, 30, 90), 7)
    inside = np.argwhere((hu >= 0) & (hu <= 700))
    k, j, i = (int(n) for n in inside[len(inside) // 2])
    image = sitk.ConnectedThreshold(sitk.GetImageFromArray(hu), [(i, j, k)], 0, 700)
    ours = unpacked(flood.region(hu, 0, 700, np.array([[k, j, i]])), 90)
    assert np.array_equal(ours, sitk.GetArrayFromImage(image).astype(bool))


def test_a_seed_outside_the_window_gives_nothing():
    hu = np.zeros((3, 3, 70), np.int16)
    assert not flood.region(hu, 1, 2, np.array([[1, 1, 1]])).any()
    assert not flood.region(hu, 2, 1, np.array([[1, 1, 1]])).any()
