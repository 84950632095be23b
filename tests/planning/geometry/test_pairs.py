"""Nearest points against formulas and against many samples; chords of balls and slabs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.geometry.cylinder import Cylinder
from planning.geometry.pairs import nearest_of, nearest_pair
from planning.geometry.query import GAP_TOLERANCE_MM, gap_mm, least_signed_mm
from planning.geometry.surface import surface_of
from planning.geometry.thickness import chords_mm
from segmentation.mesh import Mesh
from tests.planning.geometry.shapes import block, motions, moved, sphere

ROD = Cylinder(np.array([0.0, 0, -20]), np.array([0.0, 0, 20]), 3.0)


def solid_points(rod, n, rng):
    """Points all over the solid cylinder, its rims and faces among them."""
    off = rod.radius_mm * np.sqrt(rng.uniform(0, 1, n))
    off[: n // 2] = rod.radius_mm
    along = rng.uniform(-0.5, 0.5, n) * rod.length_mm
    along[::4] = np.sign(along[::4]) * rod.length_mm / 2
    turn = rng.uniform(0, 2 * np.pi, n)
    u = np.cross(rod.direction, np.eye(3)[np.argmin(np.abs(rod.direction))])
    u /= np.linalg.norm(u)
    v = np.cross(rod.direction, u)
    flat = np.cos(turn)[:, None] * u + np.sin(turn)[:, None] * v
    return rod.centre_mm + along[:, None] * rod.direction + off[:, None] * flat


def test_beside_a_block_the_pair_spans_the_gap():
    face, wall = nearest_pair(surface_of(block((5, -1, -1), (9, 1, 1), 3)), ROD)
    assert face[0] == pytest.approx(5)
    assert wall == pytest.approx((3, 0, face[2]), abs=0.05)


def test_before_the_flat_end_the_pair_lies_on_it():
    face, end = nearest_pair(surface_of(block((-9, -9, 22), (9, 9, 30), 3)), ROD)
    assert (face[2], end[2]) == pytest.approx((22, 20))


def test_inside_a_block_the_pair_is_at_the_thinnest_wall():
    face, wall = nearest_pair(surface_of(block((-9, -9, -60), (4, 9, 60))), ROD, inside=True)
    assert (face[0], wall[0]) == pytest.approx((4, 3), abs=1e-3)


@pytest.mark.parametrize("deep_mm", [0.1, 1.0, 2.5])
def test_a_breach_shows_its_worst_point(deep_mm):
    """Out of a wall at x = 3 - deep for `inside`; into a wall there else."""
    out = surface_of(block((-50, -50, -60), (3 - deep_mm, 50, 60)))
    face, worst = nearest_pair(out, ROD, inside=True)
    slack = max(0.1, 0.05 * deep_mm)
    assert worst[0] == pytest.approx(3, abs=slack)
    assert np.linalg.norm(np.subtract(face, worst)) == pytest.approx(deep_mm, abs=slack)
    into = surface_of(block((3 - deep_mm, -50, -60), (90, 50, 60)))
    assert nearest_pair(into, ROD)[1][0] == pytest.approx(3, abs=slack)


@settings(max_examples=30, deadline=None)
@given(motions, st.integers(0, 10_000), st.booleans())
def test_no_sample_beats_the_pair_and_its_distance_is_the_measure_s(motion, seed, inside):
    rng = np.random.default_rng(seed)
    mesh = moved(sphere(rng.uniform(-20, 20, 3), rng.uniform(4, 20), 3), motion)
    rod = Cylinder(*motion.points(rng.uniform(-20, 20, (2, 3))), rng.uniform(0.5, 4))
    surface = surface_of(mesh)
    least = least_signed_mm(surface, rod, inside=inside)
    first, second = map(np.array, nearest_pair(surface, rod, inside=inside))
    length = np.linalg.norm(first - second)
    assert rod.signed_mm(second)[0] <= 1e-9
    if least >= 0.0:
        assert length == pytest.approx(gap_mm(surface, rod), abs=GAP_TOLERANCE_MM)
        spread = mesh.points_lps_mm[mesh.triangles].mean(axis=1)
        assert length <= rod.signed_mm(spread).min() + GAP_TOLERANCE_MM
    else:
        assert -least - 2 * max(0.12, 0.06 * -least) <= length <= -least
        points = solid_points(rod, 400, rng)
        away = np.linalg.norm(points[:, None] - mesh.points_lps_mm, axis=2).min(axis=1)
        centre = mesh.points_lps_mm.mean(axis=0)
        radius = np.linalg.norm(mesh.points_lps_mm[0] - centre)
        is_in = np.linalg.norm(points - centre, axis=1) < radius - 0.2
        is_out = np.linalg.norm(points - centre, axis=1) > radius
        beyond = away[is_out if inside else is_in]
        # Vertices are further off than the surface: by their spacing at most.
        spacing = 0.15 * radius
        assert beyond.size == 0 or length >= beyond.max() - spacing - max(0.1, 0.05 * length)


@given(st.tuples(*[st.floats(-40, 40)] * 3).map(np.array))
def test_the_nearest_point_of_a_cylinder_is_as_far_as_its_formula_says(point):
    nearest = nearest_of(ROD, point)
    assert ROD.signed_mm(nearest)[0] <= 1e-9
    assert np.linalg.norm(point - nearest) == pytest.approx(
        max(float(ROD.signed_mm(point)[0]), 0.0), abs=1e-9
    )


def test_an_empty_surface_has_no_pair():
    empty = surface_of(Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32)))
    with pytest.raises(ValueError, match="empty"):
        nearest_pair(empty, ROD)


def test_chords_of_a_ball_are_its_diameter_and_of_a_slab_its_sides():
    ball = chords_mm(surface_of(sphere((3, 1, 2), 5.0, 4)), 50.0)
    assert 90 <= len(ball) <= 130
    assert np.percentile(ball, 5) > 9.9
    assert ball.max() <= 10.0
    slab = chords_mm(surface_of(block((-20, -20, 0), (20, 20, 1.5), 4)), 50.0)
    assert np.percentile(slab, 10) == pytest.approx(1.5, abs=1e-5)
    assert set(np.round(slab, 3)) == {1.5, 40.0}
    assert np.isinf(chords_mm(surface_of(block((0, 0, 0), (9, 9, 9), 2)), 3.0)).all()
