"""A mask across a plane: flips along axes, and the formula on slanted planes and grids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.half_space import Plane
from segmentation.mask import BitMask
from segmentation.mirrored import mirrored
from tests.segmentation.random_masks import OBLIQUE, SPACINGS, grid_of, mask_is_sound, masks


@pytest.mark.parametrize("axis", [0, 1, 2])
@given(voxels=masks(), is_oblique=st.booleans(), spacing=st.sampled_from(SPACINGS))
def test_across_the_middle_of_the_grid_it_is_a_flip(axis, voxels, is_oblique, spacing):
    grid = grid_of(voxels.shape, spacing, OBLIQUE if is_oblique else None)
    plane = Plane(tuple(grid.centre_lps_mm), tuple(grid.direction[:, 2 - axis]))
    got = mirrored(BitMask.from_bool(voxels), grid, plane)
    assert mask_is_sound(got)
    assert np.array_equal(got.to_bool(), np.flip(voxels, axis))
    again = mirrored(got, grid, plane)
    assert np.array_equal(again.to_bool(), voxels)


@given(voxels=masks((6, 8, 80)), seed=st.integers(0, 999), spacing=st.sampled_from(SPACINGS))
def test_a_voxel_is_set_where_the_nearest_to_its_image_is(voxels, seed, spacing):
    random = np.random.default_rng(seed)
    grid = grid_of(voxels.shape, spacing, OBLIQUE)
    normal = random.normal(size=3)
    normal /= np.linalg.norm(normal)
    point = grid.lps_mm(random.random(3) * voxels.shape[::-1])
    got = mirrored(BitMask.from_bool(voxels), grid, Plane(tuple(point), tuple(normal)))
    assert mask_is_sound(got)
    k, j, i = np.indices(voxels.shape)
    lps = grid.lps_mm(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    image = grid.ijk(lps - 2 * ((lps - point) @ normal)[:, None] * normal)
    near = np.floor(image + 0.5).astype(int)[:, ::-1]
    inside = ((near >= 0) & (near < voxels.shape)).all(axis=1)
    wanted = np.zeros(len(near), bool)
    wanted[inside] = voxels[tuple(near[inside].T)]
    sure = (np.abs(image + 0.5 - np.round(image + 0.5)) > 1e-5).all(axis=1)
    assert np.array_equal(got.to_bool().ravel()[sure], wanted[sure])


def test_what_falls_outside_the_scan_is_cut_off():
    voxels = np.zeros((3, 4, 70), bool)
    voxels[:, :, :10] = True
    grid = grid_of(voxels.shape)
    left = tuple(grid.lps_mm(np.array([2.0, 0.0, 0.0])))
    got = mirrored(BitMask.from_bool(voxels), grid, Plane(left, (1.0, 0.0, 0.0)))
    assert got.voxels == 3 * 4 * 5
    far = tuple(grid.lps_mm(np.array([900.0, 0.0, 0.0])))
    assert mirrored(BitMask.from_bool(voxels), grid, Plane(far, (1.0, 0.0, 0.0))).is_empty
