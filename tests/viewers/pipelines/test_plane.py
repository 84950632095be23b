"""Planes: patient axes, letters, scales and steps, for every order of a scan's axes."""

import itertools
import math

import numpy as np
import pytest

from segmentation.grid import Grid
from segmentation.volume import Volume
from viewers.pipelines.plane import (
    PlaneKind,
    SlicePlane,
    bar_length_mm,
    edge_letters,
    fitted_mm_per_px,
    inside,
    letters,
    patient_plane,
    position_words,
    step_mm,
    stepped,
)
from viewers.pipelines.slice import Window, grey_picture

SIGNED_AXES = [
    np.array([[s * (a == n) for a in range(3)] for s, n in zip(signs, order, strict=True)]).T
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1.0, -1.0), repeat=3)
]


def grid_of(axes, shape_kji=(24, 30, 36), spacing_kji_mm=(2.0, 1.0, 1.5)):
    """A grid along these axes about the middle (7, -11, 40); a left-handed one is turned."""
    direction = np.array(axes, float)
    if np.linalg.det(direction) < 0.0:
        direction[:, 2] *= -1.0
    last = (np.array(shape_kji[::-1]) - 1) / 2.0
    origin = np.array((7.0, -11.0, 40.0)) - direction @ (last * np.array(spacing_kji_mm[::-1]))
    return Grid(shape_kji, origin, spacing_kji_mm, direction, "1.2.3")


@pytest.mark.hazard("HAZ-3")
def test_there_are_48_orders_of_axes():
    assert len({axes.tobytes() for axes in SIGNED_AXES}) == 48


@pytest.mark.hazard("HAZ-3")
@pytest.mark.hazard("HAZ-1")
@pytest.mark.parametrize("axes", SIGNED_AXES)
def test_a_landmark_on_the_left_back_and_head_side_is_drawn_there(axes):
    grid = grid_of(axes)
    landmark = grid.centre_lps_mm + np.array((8.0, 5.0, 6.0))
    i, j, k = np.rint(grid.ijk(landmark)).astype(int)
    hu = np.full(grid.shape_kji, -1000, np.int16)
    hu[k, j, i] = 3000
    exact = grid.lps_mm(np.array((i, j, k)))
    for kind in PlaneKind:
        plane = patient_plane(kind, grid.centre_lps_mm, 0.25, (320, 280)).through(exact)
        grey, width = grey_picture(Volume(hu, grid), plane, Window(4000.0, 1000.0))
        row, column = np.unravel_index(grey[:, :width].argmax(), (280, width))
        assert np.abs(plane.px(exact) - (column + 0.5, row + 0.5)).max() <= 1.0
        right_is = {"R": -1, "L": 1, "A": -1, "P": 1, "S": 1, "I": -1}
        left, right, up, down = edge_letters(plane)
        assert (left, right, up, down) == {
            PlaneKind.AXIAL: ("R", "L", "A", "P"),
            PlaneKind.CORONAL: ("R", "L", "S", "I"),
            PlaneKind.SAGITTAL: ("A", "P", "S", "I"),
        }[kind]
        assert (column > 160) == (right_is[right] > 0)
        assert (row > 140) == (right_is[down] > 0)


@pytest.mark.parametrize("kind", list(PlaneKind))
def test_pixels_and_millimetres_are_inverse(kind):
    plane = patient_plane(kind, (10.0, -4.0, 7.0), 0.37, (301, 207))
    px = np.random.default_rng(3).uniform(0.0, 300.0, (50, 2))
    assert np.abs(plane.px(plane.lps_mm(px)) - px).max() < 1e-9
    assert np.abs(plane.px(plane.centre_lps_mm) - (150.5, 103.5)).max() < 1e-12


def test_one_letter_within_ten_degrees_and_two_beyond():
    def direction(degrees):
        turn = math.radians(degrees)
        return (math.cos(turn), math.sin(turn), 0.0)

    assert letters(direction(9.9)) == "L"
    assert letters(direction(10.1)) == "LP"
    assert letters(direction(60.0)) == "PL"
    assert letters(direction(-134.9)) == "AR"
    assert letters((0.0, 0.0, -1.0)) == "I"


def test_position_is_written_with_a_letter_never_with_a_sign():
    sagittal = patient_plane(PlaneKind.SAGITTAL, (125.84, 0.0, 0.0), 1.0, (9, 9))
    axial = patient_plane(PlaneKind.AXIAL, (0.0, 0.0, -443.8), 1.0, (9, 9))
    assert position_words(sagittal) == "L 125.8 mm"
    assert position_words(axial) == "I 443.8 mm"


@pytest.mark.parametrize("mm_per_px", np.geomspace(0.02, 3.0, 41))
def test_scale_bar_is_round_and_takes_10_to_30_percent(mm_per_px):
    plane = patient_plane(PlaneKind.AXIAL, (0.0, 0.0, 0.0), mm_per_px, (520, 390))
    length = bar_length_mm(plane)
    assert 0.10 <= length / (520 * mm_per_px) <= 0.30 + 1e-12
    assert f"{length:e}"[0] in "125"
    assert f"{length:e}"[2:8] == "000000"


def test_one_step_is_one_voxel_along_the_axis():
    grid = grid_of(np.eye(3))
    planes = [patient_plane(kind, grid.centre_lps_mm, 1.0, (9, 9)) for kind in PlaneKind]
    assert [step_mm(grid, plane) for plane in planes] == pytest.approx([2.0, 1.0, 1.5])
    start = grid.centre_lps_mm
    there = stepped(grid, planes[0], start, 3)
    assert there - start == pytest.approx((0.0, 0.0, 6.0))
    top = stepped(grid, planes[0], start, 10**6)
    assert top[2] == pytest.approx(grid.corners_lps_mm[:, 2].max())


def test_a_turned_scan_steps_between_its_spacings():
    turn = math.radians(30.0)
    axes = np.array(
        (
            (1.0, 0.0, 0.0),
            (0.0, math.cos(turn), -math.sin(turn)),
            (0.0, math.sin(turn), math.cos(turn)),
        )
    )
    plane = patient_plane(PlaneKind.AXIAL, (0.0, 0.0, 0.0), 1.0, (9, 9))
    step = step_mm(grid_of(axes), plane)
    assert step == pytest.approx(1.0 / math.hypot(math.cos(turn) / 2.0, math.sin(turn) / 1.0))


def test_zoom_keeps_what_is_under_the_pointer():
    plane = patient_plane(PlaneKind.CORONAL, (10.0, -4.0, 7.0), 0.5, (300, 200))
    zoomed = plane.zoomed(1.7, (33.0, 150.0))
    assert zoomed.mm_per_px == pytest.approx(0.5 / 1.7)
    assert zoomed.lps_mm((33.0, 150.0)) == pytest.approx(plane.lps_mm((33.0, 150.0)))


def test_panning_moves_the_picture_with_the_hand():
    plane = patient_plane(PlaneKind.SAGITTAL, (10.0, -4.0, 7.0), 0.5, (300, 200))
    point = plane.lps_mm((100.0, 50.0))
    assert plane.panned(12.0, -5.0).px(point) == pytest.approx((112.0, 45.0))


def test_fitted_scale_shows_all_corners():
    grid = grid_of(np.eye(3))
    for kind in PlaneKind:
        scale = fitted_mm_per_px(grid, kind, (200, 120))
        px = patient_plane(kind, grid.centre_lps_mm, scale, (200, 120)).px(grid.corners_lps_mm)
        assert px.min() >= 0.0
        assert (px.max(axis=0) <= (200.0, 120.0)).all()


def test_points_outside_come_back_to_the_grid():
    grid = grid_of(np.eye(3))
    held = inside(grid, grid.centre_lps_mm + np.array((1000.0, 0.0, -1000.0)))
    assert held[0] == pytest.approx(grid.corners_lps_mm[:, 0].max())
    assert held[2] == pytest.approx(grid.corners_lps_mm[:, 2].min())


def test_equal_poses_are_one_key():
    one = patient_plane(PlaneKind.AXIAL, np.zeros(3), 1.0, (9, 9))
    same = SlicePlane(
        PlaneKind.AXIAL, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), 1.0, (9, 9)
    )
    assert len({one, same}) == 1
