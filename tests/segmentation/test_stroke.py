"""Strokes against the distance of each voxel's centre to the polyline, by brute force."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.mask import BitMask
from segmentation.stroke import disc_mask, stroke_mask, within_range
from tests.segmentation.random_masks import (
    OBLIQUE,
    SPACINGS,
    grid_of,
    mask_is_sound,
    masks,
    noise,
    volume_of,
)


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


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("radius_mm", [0.9, 4.0])
def test_a_disc_stays_in_the_layer_of_its_first_point_with_its_true_radius(axis, radius_mm):
    grid = grid_of((12, 40, 90), (2.5, 0.7, 0.9), OBLIQUE)
    start = np.array([40.2, 20.4, 5.3])
    end = start + np.roll((0.0, 3.7, 1.2), axis)
    at = np.stack([start, end])
    mask = disc_mask(grid, grid.lps_mm(at).tolist(), radius_mm, grid.direction[:, axis])
    at[:, axis] = round(start[axis])  # seen along the axis, the depth plays no part
    away = distance_mm(grid, grid.lps_mm(at))
    k, j, i = np.indices(grid.shape_kji)
    truth = (away <= radius_mm) & ((i, j, k)[axis] == round(start[axis]))
    clear = np.abs(away - radius_mm) > 1e-6
    assert truth.any()
    assert np.array_equal(mask.to_bool()[clear], truth[clear])


def test_a_disc_along_no_axis_is_the_layer_of_the_ball_stroke():
    grid = grid_of((30, 30, 70))
    normal = np.array((0.48, -0.6, 0.64))
    point = grid.centre_lps_mm
    mask = disc_mask(grid, [tuple(point)], 8.0, normal).to_bool()
    k, j, i = np.indices(grid.shape_kji)
    centres = grid.lps_mm(np.stack([i, j, k], axis=-1).reshape(-1, 3)) - point
    depth = np.abs(centres @ normal).reshape(mask.shape)
    away = np.linalg.norm(centres, axis=1).reshape(mask.shape)
    assert (depth[mask] <= 0.5 + 1e-5).all()
    assert mask[(depth < 0.49) & (away < 7.99)].all()
    assert not mask[away > 8.01].any()


@given(masks(), st.integers(-900, 900), st.integers(0, 900), st.booleans())
def test_a_range_keeps_the_voxels_inside_it(voxels, lower, width, has_padding):
    hu = noise(voxels.shape, 3)
    rim = np.zeros(voxels.shape, bool)
    rim[:1] = has_padding
    volume = volume_of(hu, padding=BitMask.from_bool(rim))
    held = within_range(volume, BitMask.from_bool(voxels), lower, lower + width)
    truth = voxels & (hu >= lower) & (hu <= lower + width) & ~rim
    assert np.array_equal(held.to_bool(), truth)
    assert mask_is_sound(held)
