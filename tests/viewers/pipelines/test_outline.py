"""Outlines against circles by formula and against areas counted another way."""

import numpy as np
import pytest
from skimage.measure import find_contours

from segmentation.grid import Grid
from segmentation.mask import BitMask
from viewers.pipelines.outline import level_loops, mask_outline
from viewers.pipelines.plane import PlaneKind, patient_plane


def area(loop):
    x, y = loop[:, 0], loop[:, 1]
    return 0.5 * float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def cylinder(radius_mm, spacing=0.7, n=130, hole_mm=0.0):
    """A disc in every slice, so that the smoothing along the axis changes nothing."""
    grid = Grid((9, n, n), np.zeros(3), (1.0, spacing, spacing), np.eye(3), "")
    middle = grid.centre_lps_mm
    j, i = np.mgrid[0:n, 0:n] * spacing
    distance = np.hypot(i - middle[0], j - middle[1])
    disc = (distance <= radius_mm) & (distance >= hole_mm)
    return grid, BitMask.from_bool(np.broadcast_to(disc, grid.shape_kji))


@pytest.mark.parametrize("mm_per_px", [0.25, 0.5, 0.8])
def test_outline_of_a_disc_is_its_circle_within_half_a_pixel_or_voxel(mm_per_px):
    grid, mask = cylinder(30.0)
    plane = patient_plane(PlaneKind.AXIAL, grid.centre_lps_mm, mm_per_px, (420, 400))
    (loop,) = mask_outline(grid, mask, plane)
    assert (loop[0] == loop[-1]).all()
    radius_mm = np.linalg.norm(loop - (210.0, 200.0), axis=1) * mm_per_px
    assert abs(radius_mm.mean() - 30.0) < 0.5 * mm_per_px
    assert abs(radius_mm.mean() - 30.0) < 0.1
    assert np.abs(radius_mm - 30.0).max() < 0.5 * 0.7 * np.sqrt(2.0)


def test_outline_is_smoother_than_the_voxels_it_came_from():
    grid, mask = cylinder(30.0)
    plane = patient_plane(PlaneKind.AXIAL, grid.centre_lps_mm, 0.1, (700, 700))
    (loop,) = mask_outline(grid, mask, plane)
    length_mm = np.linalg.norm(np.diff(loop, axis=0), axis=1).sum() * 0.1
    assert length_mm < 2.0 * np.pi * 30.0 * 1.04  # steps of voxels would be 27 % too long


def test_interior_lies_on_the_right_and_holes_run_against_it():
    grid, mask = cylinder(30.0, hole_mm=12.0)
    plane = patient_plane(PlaneKind.AXIAL, grid.centre_lps_mm, 0.5, (300, 300))
    areas = sorted(area(loop) * 0.25 for loop in mask_outline(grid, mask, plane))
    assert areas == pytest.approx([-np.pi * 144.0, np.pi * 900.0], rel=0.02)


@pytest.mark.parametrize("kind", list(PlaneKind))
def test_cuts_of_a_ball_are_discs_of_the_right_size_in_every_plane(balls, kind):
    grid = balls.volume.grid
    centre = grid.centre_lps_mm + np.array((30.0, 0.0, 5.0))
    plane = patient_plane(kind, centre, 0.2, (300, 300))
    (loop,) = mask_outline(grid, balls.segments[0].mask, plane)
    assert area(loop) * 0.04 == pytest.approx(np.pi * 14.0**2, rel=0.03)
    assert loop.mean(axis=0) == pytest.approx((150.0, 150.0), abs=3.0)


def test_no_line_runs_along_the_edge_of_the_view():
    grid, mask = cylinder(40.0)
    plane = patient_plane(
        PlaneKind.AXIAL, grid.centre_lps_mm + np.array((38.0, 0, 0)), 0.1, (200, 150)
    )
    (loop,) = mask_outline(grid, mask, plane)
    ends = (loop[:-1] + loop[1:]) / 2.0
    on_view = (ends > 0.0).all(axis=1) & (ends < (200.0, 150.0)).all(axis=1)
    radius_mm = np.linalg.norm(plane.lps_mm(ends[on_view]) - grid.centre_lps_mm, axis=1)
    assert on_view.any()
    assert np.abs(radius_mm - 40.0).max() < 0.5


def test_a_plate_of_one_voxel_keeps_its_outline():
    voxels = np.zeros((20, 20, 70), bool)
    voxels[:, 10, 5:66] = True  # crosses a word of the mask
    grid = Grid(voxels.shape, np.zeros(3), (1.0, 1.0, 1.0), np.eye(3), "")
    plane = patient_plane(PlaneKind.AXIAL, (35.0, 10.0, 10.0), 0.2, (360, 100))
    (loop,) = mask_outline(grid, BitMask.from_bool(voxels), plane)
    assert np.ptp(loop[:, 0]) * 0.2 == pytest.approx(61.0, abs=1.4)  # rounded ends
    assert 0.4 < np.ptp(loop[:, 1]) * 0.2 < 1.5


def test_an_empty_mask_or_a_slice_beside_it_has_no_outline(balls):
    grid = balls.volume.grid
    plane = patient_plane(PlaneKind.AXIAL, grid.corners_lps_mm[0], 0.5, (100, 100))
    assert mask_outline(grid, BitMask.empty(grid.shape_kji), plane) == ()
    assert mask_outline(grid, balls.segments[0].mask, plane) == ()


@pytest.mark.parametrize("seed", range(5))
def test_level_loops_enclose_what_scikit_image_encloses(seed):
    values = np.random.default_rng(seed).random((30, 41)).astype(np.float32)
    values[[0, -1], :] = values[:, [0, -1]] = 0.0
    ours = sum(area(loop) for loop in level_loops(values, 0.5))
    theirs = sum(area(c[:, ::-1]) for c in find_contours(values, 0.5, fully_connected="low"))
    assert abs(ours) == pytest.approx(abs(theirs), rel=1e-4)
    assert ours > 0.0
