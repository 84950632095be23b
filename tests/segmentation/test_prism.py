"""Prisms against each voxel's centre seen in the outline's plane, by plain formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.measure import points_in_poly

from segmentation.errors import Cancelled
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask, Box
from segmentation.prism import WHOLE, Prism, layer
from tests.segmentation.random_masks import OBLIQUE, SPACINGS, grid_of, mask_is_sound

DIRECTIONS = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.48, -0.6, 0.64))


def seen(grid, along, middle):
    """Coordinates (N, 3) of every voxel's centre: two across the sweep, and its depth."""
    k, j, i = np.indices(grid.shape_kji)
    centres = grid.lps_mm(np.stack([i, j, k], axis=-1).reshape(-1, 3)) - middle
    return centres @ axes_of(along).T


def axes_of(along):
    along = np.array(along)
    first = np.linalg.svd(along[None])[2][1]
    return np.stack([first, np.cross(along, first), along])


def edge_distance(points, corners):
    """Distance (N,) of points to a closed polygon's line."""
    best = np.full(len(points), np.inf)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = b - a
        t = np.clip((points - a) @ along / max(along @ along, 1e-30), 0.0, 1.0)
        best = np.minimum(best, np.linalg.norm(points - a - t[:, None] * along, axis=1))
    return best


def even_odd(points, corners):
    """Even-odd rule by another program; points_in_poly takes simple and crossing polygons."""
    return points_in_poly(points, corners)


CORNER = st.tuples(st.floats(-1.2, 1.2), st.floats(-1.2, 1.2))


@given(
    st.sampled_from(SPACINGS),
    st.booleans(),
    st.sampled_from(DIRECTIONS),
    st.lists(CORNER, min_size=3, max_size=9),
    st.sampled_from((WHOLE, (-3.0, 2.5), (0.0, 6.0))),
    st.booleans(),
)
def test_a_prism_holds_the_voxels_whose_centre_is_seen_inside(
    spacing_kji_mm, is_oblique, along, corners, slab, is_outside
):
    grid = grid_of((7, 11, 90), spacing_kji_mm, OBLIQUE if is_oblique else None)
    reach = np.linalg.norm(grid.corners_lps_mm - grid.centre_lps_mm, axis=1).max() * 0.6
    axes = axes_of(along)
    outline = grid.centre_lps_mm + reach * np.array(corners) @ axes[:2]
    prism = Prism(grid, outline, along)
    at = seen(grid, along, outline.mean(axis=0))
    plane = (outline - outline.mean(axis=0)) @ axes[:2].T
    inside = even_odd(at[:, :2], plane) != is_outside
    inside &= (at[:, 2] >= slab[0]) & (at[:, 2] < slab[1])
    ends = np.abs(at[:, 2, None] - np.array(slab)).min(axis=1)
    clear = (edge_distance(at[:, :2], plane) > 1e-6) & (ends > 1e-6)
    whole = prism.swept(Box.whole(grid.shape_kji), slab, is_outside=is_outside)
    assert np.array_equal(whole.to_bool().ravel()[clear], inside[clear])
    assert mask_is_sound(whole)
    if not is_outside:
        cropped = prism.swept(prism.box(slab), slab)
        assert np.array_equal(cropped.to_bool(), whole.to_bool())


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.5, 0.9])
def test_a_layer_across_an_axis_is_one_voxel_thick(axis, sign, part):
    grid = grid_of((9, 12, 70), (2.5, 0.7, 0.9), OBLIQUE)
    along = sign * grid.direction[:, axis]
    at = np.array([30.0, 5.0, 4.0])
    at[axis] += part
    corner = grid.lps_mm(at)
    far = 100.0 * axes_of(along)[:2]
    outline = corner + np.stack(
        [far[0] + far[1], far[0] - far[1], -far[0] - far[1], far[1] - far[0]]
    )
    prism = Prism(grid, outline, tuple(along))
    slab = layer(grid, along)
    mask = prism.swept(prism.box(slab), slab).to_bool()
    layers = np.unique(np.argwhere(mask)[:, 2 - axis])
    near = at[axis] + sign * 1e-3
    assert layers.tolist() == [round(near)]
    assert mask.sum() == mask.size // mask.shape[2 - axis]


def test_the_bytes_depend_on_no_thread_and_progress_can_cancel():
    grid = grid_of((40, 30, 130), (1.2, 0.8, 0.7), OBLIQUE)
    angles = np.linspace(0.0, 2.0 * np.pi, 90, endpoint=False)
    star = (8.0 + 4.0 * np.cos(5 * angles))[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    along = (0.48, -0.6, 0.64)
    prism = Prism(grid, grid.centre_lps_mm + star @ axes_of(along)[:2], along)
    made = []
    for wanted in (1, 2, 5):
        with threads(wanted):
            made.append(prism.swept(prism.box()).to_words())
    assert made[0].any()
    assert np.array_equal(made[0], made[1])
    assert np.array_equal(made[0], made[2])

    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        prism.swept(prism.box(), progress=stop)


@pytest.mark.parametrize("along", DIRECTIONS)
def test_a_cut_from_the_surface_follows_a_ball(along):
    """Of a ball seen along a vector the voxels go that lie less deep under its near side."""
    grid = grid_of((50, 50, 50), (1.0, 1.0, 1.0))
    k, j, i = np.indices(grid.shape_kji)
    centres = grid.lps_mm(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    at = (centres - grid.centre_lps_mm) @ axes_of(along).T
    ball = np.linalg.norm(at, axis=1) <= 20.0
    radius = np.linalg.norm(at[:, :2], axis=1)
    depth_mm = at[:, 2] + np.sqrt(np.maximum(20.0**2 - radius**2, 0.0))
    square = 10.0 * np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) @ axes_of(along)[:2]
    prism = Prism(grid, grid.centre_lps_mm + square, along)
    segment = BitMask.from_bool(ball.reshape(grid.shape_kji))
    region = prism.swept(prism.box())
    cut = prism.near_surface(region, segment, 6.0).to_bool().ravel()
    inside = ball & (np.abs(at[:, :2]).max(axis=1) < 10.0)
    # The near side is known to one square, on which the ball's slope is at most 1; and one voxel.
    assert cut[inside & (depth_mm < 6.0 - 2.5)].all()
    assert not cut[inside & (depth_mm > 6.0 + 2.5)].any()
    assert not cut[~inside & ball].any()
    assert mask_is_sound(prism.near_surface(region, segment, 6.0))


def test_where_no_segment_is_nothing_is_near_its_surface():
    grid = grid_of((9, 9, 9))
    square = np.array([(2.0, 2.0), (-2.0, 2.0), (-2.0, -2.0), (2.0, -2.0)]) @ np.eye(3)[:2]
    prism = Prism(grid, grid.centre_lps_mm + square, (0.0, 0.0, 1.0))
    region = prism.swept(prism.box())
    assert not region.is_empty
    assert prism.near_surface(region, BitMask.empty(grid.shape_kji), 5.0).is_empty
    corner = np.zeros(grid.shape_kji, bool)
    corner[0, 0, 0] = True
    assert prism.near_surface(region, BitMask.from_bool(corner), 5.0).is_empty


def test_an_outline_beside_the_scan_holds_nothing():
    grid = grid_of((5, 6, 70))
    away = grid.centre_lps_mm + np.array([(500.0, 0, 0), (510.0, 0, 0), (505.0, 9.0, 0)])
    prism = Prism(grid, away, (0.0, 0.0, 1.0))
    assert prism.swept(prism.box()).is_empty
    assert prism.swept(prism.box((900.0, 905.0)), (900.0, 905.0)).is_empty
