"""Strokes against the distance of each voxel's centre to the polyline, by brute force."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.stroke import stroke_mask
from tests.segmentation.random_masks import OBLIQUE, SPACINGS, grid_of, mask_is_sound


def distance_mm(grid, points):
    """Distance of every voxel centre to the polyline, in LPS."""
    nk, nj, ni = grid.shape_kji
    k, j, i = np.meshgrid(np.arange(nk), np.arange(nj), np.arange(ni), indexing="ij")
    centres = grid.lps_mm(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    best = np.full(len(centres), np.inf)
    for a, b in zip(points, [*points[1:], points[-1]], strict=True):
        along = b - a
        t = (centres - a) @ along / max(along @ along, 1e-30)
        nearest = a + np.clip(t, 0.0, 1.0)[:, None] * along
        best = np.minimum(best, np.linalg.norm(centres - nearest, axis=1))
    return best.reshape(nk, nj, ni)


COORDINATE = st.floats(-1.3, 1.3)


@given(
    st.sampled_from(SPACINGS),
    st.booleans(),
    st.lists(st.tuples(COORDINATE, COORDINATE, COORDINATE), min_size=1, max_size=4),
    st.sampled_from((0.4, 2.0, 5.0, 11.0)),
)
def test_a_stroke_holds_the_voxels_within_its_radius(spacing_kji_mm, is_oblique, path, radius_mm):
    grid = grid_of((7, 12, 90), spacing_kji_mm, OBLIQUE if is_oblique else None)
    half = (np.array(grid.shape_kji[::-1]) - 1) / 2.0
    points = grid.lps_mm(half + np.array(path) * half)
    mask = stroke_mask(grid, [tuple(p) for p in points.tolist()], radius_mm)
    away = distance_mm(grid, points)
    clear = np.abs(away - radius_mm) > 1e-6
    assert np.array_equal(mask.to_bool()[clear], (away <= radius_mm)[clear])
    assert mask_is_sound(mask)


@pytest.mark.parametrize("axis", range(3))
def test_a_stroke_along_an_axis_is_a_capsule(axis):
    grid = grid_of((60, 60, 60), (0.5, 0.5, 0.5), origin=(0.0, 0.0, 0.0))
    a = np.array([15.13, 15.29, 15.41])  # off the lattice, whose lines would count too much
    b = a.copy()
    a[axis], b[axis] = 10.17, 20.31
    mask = stroke_mask(grid, [tuple(a), tuple(b)], 6.0)
    exact_ml = (math.pi * 6.0**2 * 10.14 + 4 / 3 * math.pi * 6.0**3) / 1000.0
    assert mask.voxels * grid.voxel_ml == pytest.approx(exact_ml, rel=0.01)


def test_a_stroke_off_the_scan_is_empty_and_no_point_too():
    grid = grid_of((5, 6, 70))
    assert stroke_mask(grid, [(1000.0, 0.0, 0.0)], 5.0).is_empty
    assert stroke_mask(grid, [], 5.0).is_empty
