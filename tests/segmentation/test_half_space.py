"""Half spaces and blocks as bits, against the formula at each voxel's centre."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.errors import Refusal
from segmentation.half_space import NORMALS, Plane, ahead, block, parted, plane_through
from segmentation.mask import BitMask, Box
from tests.segmentation.random_masks import OBLIQUE, SPACINGS, grid_of, mask_is_sound, masks

FACES = [*NORMALS.values(), (-1.0, 0.0, 0.0), (0.6, 0.0, -0.8), (0.0, 0.8, 0.6)]


def centres(grid):
    """LPS of all voxels' centres, [k, j, i, 3]."""
    k, j, i = np.indices(grid.shape_kji)
    lps = grid.lps_mm(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    return lps.reshape(*grid.shape_kji, 3)


@given(
    shape=st.tuples(st.integers(1, 6), st.integers(1, 7), st.integers(1, 140)),
    spacing=st.sampled_from(SPACINGS),
    is_oblique=st.booleans(),
    normal=st.one_of(st.sampled_from(FACES), st.integers(0, 99)),
    place=st.tuples(*[st.integers(-4, 20)] * 3),
)
def test_ahead_is_what_the_formula_says(shape, spacing, is_oblique, normal, place):
    """Points on half voxels: on straight grids many centres lie exactly on the plane."""
    grid = grid_of(shape, spacing, OBLIQUE if is_oblique else None)
    if isinstance(normal, int):
        normal = np.random.default_rng(normal).normal(size=3)
        normal /= np.linalg.norm(normal)
    point = grid.lps_mm(np.array(place) / 2.0)
    words = ahead(Plane(tuple(point), tuple(normal)), grid, Box.whole(shape))
    mask = BitMask.from_words(shape, words)
    assert mask_is_sound(mask)
    away_mm = (centres(grid) - point) @ np.array(normal)
    sure = np.abs(away_mm + 1e-6) > 1e-9  # within rounding of the tolerance either is right
    assert np.array_equal(mask.to_bool()[sure], (away_mm >= -1e-6)[sure])


@given(voxels=masks(), place=st.integers(-2, 9), face=st.sampled_from(FACES))
def test_both_sides_part_a_mask_without_gap_or_overlap(voxels, place, face):
    grid = grid_of(voxels.shape, (2.5, 0.7, 0.7), OBLIQUE)
    mask = BitMask.from_bool(voxels)
    point = tuple(grid.lps_mm(np.array([place, place / 2, 1.0])))
    one, two = parted(mask, Plane(point, face), grid)
    assert mask_is_sound(one)
    assert mask_is_sound(two)
    assert np.array_equal(one.to_bool() ^ two.to_bool(), voxels)
    assert not (one & two).words.size


def test_the_plane_through_three_points_holds_them_and_faces_by_the_right_hand():
    points = ((1.0, 2.0, 3.0), (4.0, 2.0, 3.0), (1.0, 7.0, 3.0))
    plane = plane_through(points)
    assert plane.normal_lps == pytest.approx((0.0, 0.0, 1.0))
    assert plane.point_lps_mm == points[0]
    with pytest.raises(Refusal, match="plane-points-on-a-line"):
        plane_through(((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (3.0, 3.0, 3.0)))


@given(
    corners=st.tuples(*[st.tuples(*[st.floats(-9.0, 150.0)] * 3)] * 2),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 140)),
)
def test_a_block_holds_the_voxels_between_its_corners(corners, shape):
    grid = grid_of(shape, (1.5, 0.8, 0.7), OBLIQUE)
    lps = tuple(tuple(p) for p in grid.lps_mm(np.array(corners)).tolist())
    got = block(grid, lps)
    assert mask_is_sound(got)
    ijk = np.floor(grid.ijk(np.array(lps)) + 0.5)
    low, high = ijk.min(axis=0), ijk.max(axis=0)
    k, j, i = np.indices(shape)
    at = np.stack([i, j, k], axis=-1)
    assert np.array_equal(got.to_bool(), ((at >= low) & (at <= high)).all(axis=-1))
