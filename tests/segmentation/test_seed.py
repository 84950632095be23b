"""Seeds fall into the voxel whose centre is nearest."""

import numpy as np

from segmentation.seed import seed_voxels
from tests.segmentation.random_masks import OBLIQUE, grid_of


def test_a_seed_belongs_to_the_voxel_around_it():
    grid = grid_of((4, 5, 70), (2.0, 0.5, 0.7), OBLIQUE)
    kji = np.array([[0, 0, 0], [3, 4, 69], [2, 1, 33]])
    for shift in (-0.49, 0.0, 0.49):
        points = grid.lps_mm(kji[:, ::-1] + shift)
        assert np.array_equal(seed_voxels(grid, [tuple(p) for p in points]), kji)


def test_seeds_off_the_grid_are_left_out():
    grid = grid_of((4, 5, 70), (2.0, 0.5, 0.7), OBLIQUE)
    points = grid.lps_mm(np.array([[-0.51, 0, 0], [69.51, 4, 3], [7, 4, 3], [0, 0, 3.6]]))
    assert np.array_equal(seed_voxels(grid, [tuple(p) for p in points]), [[3, 4, 7]])
    assert seed_voxels(grid, []).shape == (0, 3)
