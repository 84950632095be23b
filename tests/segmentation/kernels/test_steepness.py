"""The gradient's magnitude against NumPy's."""

import numpy as np
import pytest

from segmentation.kernels.bits import unpacked
from segmentation.kernels.slabs import threads
from segmentation.kernels.steepness import gentle, levels
from tests.segmentation.random_masks import SPACINGS, noise, tail_is_empty


def twin(hu, spacing_kji_mm):
    """NumPy's central differences, one-sided at the borders, 0 along an axis of one voxel."""
    squares = np.zeros(hu.shape)
    for axis, spacing in enumerate(spacing_kji_mm):
        if hu.shape[axis] > 1:
            squares += np.gradient(hu.astype(float), spacing, axis=axis) ** 2
    return np.sqrt(squares)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("shape", [(5, 6, 70), (1, 1, 1), (1, 3, 64), (2, 1, 65), (3, 2, 2)])
def test_steepness_is_that_of_numpy(shape, spacing):
    hu = noise(shape, 3)
    truth = twin(hu, spacing)
    assert np.abs(levels(hu, spacing) - truth).max() <= 0.51
    limit = float(np.median(truth)) + 0.013
    words = gentle(hu, spacing, limit)
    clear = np.abs(truth - limit) > 1e-3
    assert np.array_equal(unpacked(words, shape[2])[clear], (truth <= limit)[clear])
    assert tail_is_empty(words, shape[2])


def test_levels_stop_at_the_most_and_any_values_do():
    hu = np.array([[[-32768, 32767, -32768, 32767]]], np.int16)
    assert levels(hu, (1.0, 1.0, 1.0), 500).max() == 500
    assert levels(hu, (1.0, 1.0, 0.1)).max() == 32000


def test_threads_change_nothing():
    hu = noise((19, 30, 130), 4)
    with threads(1):
        one = levels(hu, (1.0, 0.7, 0.7)), gentle(hu, (1.0, 0.7, 0.7), 90.0)
    with threads(3):
        two = levels(hu, (1.0, 0.7, 0.7)), gentle(hu, (1.0, 0.7, 0.7), 90.0)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
