"""Contours to masks against analytic shapes, skimage, and a slow even-odd reference."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.draw import polygon2mask

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.rasterise import filled, rasterised
from tests.segmentation.io.segs import oblique, turned

SHAPE = (9, 40, 50)


def grid(shape=SHAPE, spacing=(2.0, 0.8, 0.7)):
    return Grid(shape, (-131.0, 55.5, 812.25), spacing, turned(9, -14, 31), "1.2")


def circle(on, k, radius_mm, points=720, centre=None):
    """Return a circle about the grid's middle in the plane k (a real index), in LPS mm."""
    middle = on.ijk(on.centre_lps_mm) if centre is None else np.array(centre, float)
    angle = np.linspace(0.0, 2.0 * math.pi, points, endpoint=False)
    steps = np.array(on.spacing_kji_mm[::-1])
    ij = middle[:2] + radius_mm * np.column_stack([np.cos(angle), np.sin(angle)]) / steps[:2]
    return on.lps_mm(np.column_stack([ij, np.full(points, float(k))]))


def square(low, high, k=3.0):
    """Return a square of the grid's indices in plane k."""
    corners = [(low, low), (high, low), (high, high), (low, high)]
    return [(i, j, k) for i, j in corners]


def voxels(on, *contours):
    lps = [on.lps_mm(np.array(contour, float)) for contour in contours]
    return rasterised(lps, on).mask.to_bool()


def reference(outlines, shape):
    """Say for each pixel whether a ray to the left crosses an odd number of edges."""
    inside = np.zeros(shape, bool)
    for outline in outlines:
        a, b = outline, np.roll(outline, -1, axis=0)
        for row in range(shape[0]):
            crossed = (a[:, 1] <= row) != (b[:, 1] <= row)
            for (u, v), (x, y) in zip(a[crossed], b[crossed], strict=True):
                inside[row, u + (row - v) * (x - u) / (y - v) <= np.arange(shape[1])] ^= True
    return inside


coordinate = st.integers(-3 * 8, 23 * 8).map(lambda n: n / 8.0)  # ties are frequent on purpose


@given(st.lists(st.lists(st.tuples(coordinate, coordinate), min_size=3), min_size=1, max_size=3))
def test_every_outline_follows_the_slow_even_odd_rule(outlines):
    arrays = [np.array(outline) for outline in outlines]
    expected = np.zeros((20, 20), bool)
    for array in arrays:
        expected ^= reference([array], (20, 20))
    assert np.array_equal(filled(arrays, (20, 20)), expected)


def test_neighbours_share_no_pixel_and_leave_none():
    left = np.array([(2, 3), (8, 3), (11, 12), (2, 12)], float)
    right = np.array([(8, 3), (16, 3), (16, 12), (11, 12)], float)
    both = np.array([(2, 3), (16, 3), (16, 12), (2, 12)], float)
    one, other = filled([left], (20, 20)), filled([right], (20, 20))
    assert not (one & other).any()
    assert np.array_equal(one | other, filled([both], (20, 20)))
    assert filled([both], (20, 20)).sum() == 14 * 9


@pytest.mark.hazard("HAZ-15")
def test_a_cylinder_has_its_analytic_volume_and_lies_in_its_place():
    on, radius = grid(), 11.3
    made = rasterised([circle(on, k, radius) for k in range(1, 8)], on)
    # Gauss's circle: the count errs by less than the ring of pixels that the border touches.
    pixel = on.spacing_kji_mm[1] * on.spacing_kji_mm[2]
    bound = 2 * math.pi * radius * math.hypot(0.8, 0.7) / pixel / 2
    per_slice = made.mask.to_bool().sum(axis=(1, 2))
    assert not per_slice[[0, 8]].any()
    assert np.abs(per_slice[1:8] - math.pi * radius**2 / pixel).max() < bound * 0.2
    centre = on.lps_mm(np.argwhere(made.mask.to_bool()).mean(axis=0)[::-1])
    assert np.linalg.norm(centre - on.centre_lps_mm) < 0.05


def test_each_slice_is_that_of_skimage():
    on = grid()
    rng = np.random.default_rng(5)
    angle = np.sort(rng.uniform(0, 2 * math.pi, 40))
    radius = rng.uniform(5, 17, 40)
    ij = np.column_stack([25.3 + radius * np.cos(angle), 20.2 + radius * np.sin(angle)])
    mask = voxels(on, np.column_stack([ij, np.full(40, 4.0)]))
    assert np.array_equal(mask[4], polygon2mask(SHAPE[1:], ij[:, ::-1]))
    assert mask.sum() == mask[4].sum() > 100


def test_a_hole_is_a_contour_inside_and_a_keyhole_is_the_same():
    on = grid()
    with_hole = voxels(on, square(5.5, 25.5), square(10.5, 15.5))
    keyhole = [
        (5.5, 5.5, 3), (25.5, 5.5, 3), (25.5, 25.5, 3), (5.5, 25.5, 3), (5.5, 5.5, 3),
        (10.5, 10.5, 3), (10.5, 15.5, 3), (15.5, 15.5, 3), (15.5, 10.5, 3), (10.5, 10.5, 3),
    ]  # fmt: skip
    assert with_hole.sum() == 20 * 20 - 5 * 5
    assert np.array_equal(voxels(on, keyhole), with_hole)


def test_the_same_contour_twice_is_no_hole():
    on = grid()
    made = rasterised([on.lps_mm(np.array(square(5.5, 25.5)))] * 2, on)
    assert made.mask.voxels == 400
    assert [finding.code for finding in made.findings] == ["contours-repeated"]


def test_sparse_contours_stand_for_the_slices_between_and_say_so():
    on = grid((13, 40, 50))
    made = rasterised([on.lps_mm(np.array(square(5.5, 25.5, k))) for k in (1, 4, 7)], on)
    assert np.flatnonzero(made.mask.to_bool().any(axis=(1, 2))).tolist() == list(range(9))
    assert [finding.code for finding in made.findings] == ["contours-sparse"]


def test_a_gap_between_two_parts_stays_empty():
    on = grid((20, 40, 50))
    planes = [2, 3, 4, 12, 13]
    made = rasterised([on.lps_mm(np.array(square(5.5, 25.5, k))) for k in planes], on)
    assert np.flatnonzero(made.mask.to_bool().any(axis=(1, 2))).tolist() == planes
    assert not made.findings


def test_two_distant_contours_do_not_fill_the_body_between():
    on = grid((20, 40, 50))
    made = rasterised([on.lps_mm(np.array(square(5.5, 25.5, k))) for k in (2, 17)], on)
    assert np.flatnonzero(made.mask.to_bool().any(axis=(1, 2))).tolist() == [2, 17]
    assert [finding.code for finding in made.findings] == ["contours-sparse"]


def test_contours_between_slices_go_to_the_nearest_slice():
    on = grid()
    shifted = [on.lps_mm(np.array(square(5.5, 25.5, k + 0.3))) for k in range(2, 6)]
    found = np.flatnonzero(rasterised(shifted, on).mask.to_bool().any(axis=(1, 2)))
    assert found.tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("axis", [0, 1])
def test_sagittal_and_coronal_contours_are_exact_too(axis):
    on = grid((30, 30, 30), (1.0, 1.0, 1.0))
    box = []
    for n in range(8, 15):
        flat = np.array([(5.5, 5.5), (20.5, 5.5), (20.5, 12.5), (5.5, 12.5)])
        box.append(on.lps_mm(np.insert(flat, axis, n, axis=1)))
    mask = rasterised(box, on).mask.to_bool()
    assert mask.sum() == 7 * 15 * 7
    low = np.argwhere(mask).min(axis=0)[::-1]
    assert low[axis] == 8


def test_oblique_contours_of_a_ball_have_its_volume_and_place():
    on = grid((40, 50, 60), (1.0, 0.8, 0.7))
    radius, step, centre = 12.0, 0.8, on.centre_lps_mm
    axes = turned(25, -33, 12)
    contours = []
    for height in np.arange(-radius + step / 2, radius, step):
        ring = math.sqrt(radius**2 - height**2)
        angle = np.linspace(0, 2 * math.pi, 180, endpoint=False)
        flat = np.column_stack([ring * np.cos(angle), ring * np.sin(angle), np.full(180, height)])
        contours.append(flat @ axes.T + centre)
    made = rasterised(contours, on)
    exact_ml = 4 / 3 * math.pi * radius**3 / 1000
    assert made.mask.voxels * on.voxel_ml == pytest.approx(exact_ml, rel=0.01)
    middle = on.lps_mm(np.argwhere(made.mask.to_bool()).mean(axis=0)[::-1])
    assert np.linalg.norm(middle - centre) < 0.1


def test_contours_that_are_no_stack_are_refused():
    on = oblique((20, 30, 30))
    bent = on.lps_mm(np.array([(5, 5, 5), (15, 5, 9), (15, 15, 5), (5, 15, 9)], float))
    with pytest.raises(Refusal) as caught:
        rasterised([bent], on)
    assert caught.value.code == "contour-not-flat"
    tilted = on.lps_mm(np.array([(5, 5, 5), (15, 5, 9), (15, 15, 9), (5, 15, 5)], float))
    flat = on.lps_mm(np.array(square(5.5, 12.5)))
    with pytest.raises(Refusal) as caught:
        rasterised([tilted, flat], on)
    assert caught.value.code == "contours-not-parallel"
    with pytest.raises(Refusal) as caught:
        rasterised([on.lps_mm(np.array(square(-9000.0, 5.0)))], on)
    assert caught.value.code == "contour-too-far"


def test_points_and_lines_enclose_nothing():
    on = grid()
    assert rasterised([], on).mask.is_empty
    assert rasterised([on.lps_mm(np.array([(3, 3, 3)], float))], on).mask.is_empty
    same = on.lps_mm(np.array([(3, 3, 3)] * 5, float))
    assert rasterised([same], on).mask.is_empty
