"""Paths beside, through and inside surfaces: formulas, a brute-force road, VTK, rigid motion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.geometry.cylinder import Cylinder
from planning.geometry.depth import DEPTH_TOLERANCE_MM, tolerance_mm
from planning.geometry.kernels.gap import tangent
from planning.geometry.query import GAP_TOLERANCE_MM, first_entry_mm, gap_mm, least_signed_mm
from planning.geometry.rigid import Rigid
from planning.geometry.surface import is_inside, surface_of
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.surface import iso_surface
from tests.planning.geometry.shapes import block, motions, moved, sphere, vectors
from tests.segmentation.solids import ball, grid

ROD = Cylinder(np.array([0.0, 0, -20]), np.array([0.0, 0, 20]), 3.0)
NEAR = GAP_TOLERANCE_MM


def surface(mesh):
    return surface_of(mesh)


def tangents(rod, points):
    """The compiled distance and slope of points."""
    found = np.array([tangent(rod.packed, *map(float, point)) for point in points])
    return found[:, 0], found[:, 1:]


def test_the_distance_to_a_cylinder_is_that_of_its_formula():
    points = [[0, 0, 0], [0, 2, 0], [0, 0, 19.5], [5, 0, 0], [0, 0, 23], [6, 0, 24]]
    assert ROD.signed_mm(points) == pytest.approx([-3, -1, -0.5, 2, 3, 5])
    signed, slope = tangents(ROD, points)
    assert signed == pytest.approx(ROD.signed_mm(points))
    assert slope[3:] == pytest.approx(np.array([[1, 0, 0], [0, 0, 1], [0.6, 0, 0.8]]))


@given(vectors, vectors, st.floats(0.0, 30.0))
def test_the_slope_lies_below_the_distance_everywhere(p, q, radius):
    rod = Cylinder(np.array([1.0, 2, 3]), np.array([40.0, -5, 9]), radius)
    (here,), (slope,) = tangents(rod, [p])
    assert rod.signed_mm(q)[0] >= here + slope @ (q - p) - 1e-9
    assert np.linalg.norm(slope) <= 1 + 1e-12


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ((5, -1, -1), (9, 1, 1), 2),  # beside
        ((-9, -9, 22), (9, 9, 30), 2),  # before the flat end
        ((6, -1, 24), (9, 1, 30), 5),  # past the rim
        ((-30, 4, -30), (30, 9, 30), 1),  # along a wall
        ((-50, -50, -50), (50, 50, 50), 30),  # inside a box: nearest wall is the end's
    ],
)
@pytest.mark.parametrize("pieces", [0, 3])
def test_the_gap_to_a_block_is_that_of_its_formula(low, high, expected, pieces):
    assert gap_mm(surface(block(low, high, pieces)), ROD) == pytest.approx(expected, abs=NEAR)


def test_the_gap_to_a_ball_beside_and_past_the_rim():
    """A ball of triangles lies inside the true one by its sagitta, 0.006 mm here."""
    for centre, to_rod in (((10, 0, 7), 7.0), ((0, 0, 31), 11.0), ((11, 0, 26), 10.0)):
        gap = gap_mm(surface(sphere(centre, 5, 6)), ROD)
        assert to_rod - 5 - NEAR <= gap <= to_rod - 5 + 0.01


@settings(max_examples=25, deadline=None)
@given(motions, st.integers(0, 10_000))
def test_the_gap_is_never_above_what_samples_find_and_no_motion_changes_it(motion, seed):
    rng = np.random.default_rng(seed)
    mesh = sphere(rng.uniform(-30, 30, 3), rng.uniform(1, 12), 2)
    rod = Cylinder(*rng.uniform(-30, 30, (2, 3)), rng.uniform(0, 4))
    gap = gap_mm(surface(mesh), rod)
    corners = mesh.points_lps_mm[mesh.triangles]
    weights = rng.dirichlet((1, 1, 1), (len(corners), 30))
    sampled = rod.signed_mm(np.einsum("nsk,nkx->nsx", weights, corners).reshape(-1, 3)).min()
    there = gap_mm(
        surface(moved(mesh, motion)),
        Cylinder(motion.points(rod.start_mm), motion.points(rod.end_mm), rod.radius_mm),
    )
    if min(gap, there) >= 0:
        assert gap <= sampled + NEAR
        assert gap >= sampled - 1.0  # samples are sparse, but never that far off
        assert there == pytest.approx(gap, abs=2 * NEAR)
    else:
        assert max(gap, there) < 2 * NEAR


def test_a_rod_without_thickness_measures_like_a_segment():
    line = Cylinder(np.array([0.0, 0, -20]), np.array([0.0, 0, 20]), 0.0)
    assert gap_mm(surface(block((5, 4, -1), (9, 9, 1), 2)), line) == pytest.approx(
        np.hypot(5, 4), abs=NEAR
    )


def test_nothing_is_endlessly_far():
    empty = surface(Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32)))
    assert gap_mm(empty, ROD) == np.inf
    assert least_signed_mm(empty, ROD, inside=False) == np.inf
    assert not is_inside(empty, [[0, 0, 0]]).any()
    assert first_entry_mm(empty, ROD) is None


@pytest.mark.parametrize("seed", range(3))
def test_inside_is_what_the_formula_says_also_through_edges_and_corners(seed):
    box = surface(block((0, 0, 0), (8, 8, 8), 3))
    rng = np.random.default_rng(seed)
    # On eighths every ray along x meets edges and corners of the triangles.
    points = np.concatenate([rng.integers(-3, 20, (300, 3)) / 2.0, rng.uniform(-2, 10, (300, 3))])
    points = points[(np.abs(points) > 1e-9).all(1) & (np.abs(points - 8) > 1e-9).all(1)]
    truth = ((points > 0) & (points < 8)).all(axis=1)
    assert np.array_equal(is_inside(box, points), truth)


def test_inside_of_a_random_mask_is_the_mask():
    """A surface half-way between voxels encloses exactly the voxels' centres."""
    rng = np.random.default_rng(4)
    voxels = rng.random((9, 10, 12)) < 0.4
    volume, _ = ball(2.0)
    place = grid(voxels.shape, (1.3, 0.6, 0.9), (3, 4, 5), Rigid.turn([1, 2, 3], 33).rotation)
    volume = type(volume)(np.zeros(voxels.shape, np.int16), place)
    closed = surface(iso_surface(volume, BitMask.from_bool(voxels), None))
    kji = np.argwhere(np.ones(voxels.shape, bool))
    assert np.array_equal(is_inside(closed, place.lps_mm(kji[:, ::-1])), voxels.ravel())


@pytest.mark.parametrize("breach", [-0.1, 0.1, 1.7, 6.0, 30.0])
def test_a_wall_is_cleared_or_breached_by_what_it_was_built_for(breach):
    """Side-on: the block's face lies `breach` inside the rod's side."""
    wall = surface(block((3 - breach, -40, -40), (80, 40, 40), 3))
    found = least_signed_mm(wall, ROD, inside=False)
    deepest = min(breach, 80.0)
    assert -deepest - tolerance_mm(deepest) - 1e-9 <= found <= -deepest + NEAR


@pytest.mark.parametrize("breach", [-0.1, 0.1, 2.5])
def test_a_tip_through_the_far_cortex_is_as_deep_as_it_was_built(breach):
    """The rod's end lies `breach` beyond a wide block, its side 27 mm within."""
    bone = surface(block((-30, -30, -45), (30, 30, 20 - breach), 3))
    found = least_signed_mm(bone, ROD, inside=True)
    assert -breach - tolerance_mm(breach) - 1e-9 <= found <= -breach + NEAR


def test_a_rod_outside_the_bone_is_outside_by_its_furthest_point():
    bone = surface(block((10, -40, -40), (80, 40, 40), 3))
    found = least_signed_mm(bone, ROD, inside=True)
    assert found == pytest.approx(-13, abs=tolerance_mm(13) + 1e-9)


@pytest.mark.hazard("HAZ-30")
@pytest.mark.parametrize("seed", range(40))
def test_every_thin_vessel_across_a_path_is_found(seed):
    """Tubes of 0.6 to 3 mm at any slant: crossed or cleared as the distance of the axes says."""
    rng = np.random.default_rng(seed)
    radius = rng.uniform(0.3, 1.5)
    vessel = tube(radius)
    turn = Rigid.turn(rng.normal(size=3), rng.uniform(0, 180))
    off = rng.uniform(0, 2 * (radius + 3.0))
    across = np.cross(turn.directions([0, 0, 1]), [0, 0, 1])
    vessel = moved(vessel, Rigid(turn.rotation, across / np.linalg.norm(across) * off))
    found = least_signed_mm(surface(vessel), ROD, inside=False)
    truth = off - radius - 3.0
    if truth > 0:
        assert truth - NEAR <= found <= truth + 0.02
    elif truth < -0.02:
        assert found < 0
    if off < 3.0 - radius:  # wholly across: as deep as the vessel is thick
        assert -radius - DEPTH_TOLERANCE_MM - 1e-9 <= found <= -0.95 * radius


def tube(radius, length=240.0, sides=32):
    """A closed tube about z."""
    turn = np.arange(sides) * 2 * np.pi / sides
    ring = np.stack([radius * np.cos(turn), radius * np.sin(turn), np.full(sides, -length / 2)], 1)
    ends = [[0, 0, -length / 2], [0, 0, length / 2]]
    points = np.concatenate([ring, ring + np.array([0, 0, length]), ends])
    n, m = np.arange(sides), (np.arange(sides) + 1) % sides
    low, high = np.full(sides, 2 * sides), np.full(sides, 2 * sides + 1)
    walls = [(n, m, m + sides), (n, m + sides, n + sides)]
    caps = [(m, n, low), (n + sides, m + sides, high)]
    mesh = Mesh(points, np.concatenate([np.stack(part, 1) for part in walls + caps]))
    assert mesh.is_closed
    assert mesh.volume_ml > 0
    return mesh


def test_the_depth_in_a_ball_is_that_of_the_formula():
    """The rod's worst point is the rim's nearest to the centre: 5 mm along, 1.12 mm off."""
    centre, radius = (4.0, 1, 25), 9.0
    truth = radius - np.hypot(5, np.hypot(4, 1) - 3)
    found = -least_signed_mm(surface(sphere(centre, radius, 6)), ROD, inside=False)
    sagitta_mm = 0.005
    assert truth - sagitta_mm <= found <= truth + tolerance_mm(truth) + 1e-9


@settings(max_examples=8, deadline=None)
@given(motions, st.integers(0, 10_000))
def test_the_depth_holds_against_dense_samples_and_in_any_pose(motion, seed):
    rng = np.random.default_rng(seed)
    centre, radius = rng.uniform(-6, 6, 3), rng.uniform(2, 9)
    mesh = sphere(centre, radius, 3)
    turn, off = rng.uniform(0, 2 * np.pi, 20_000), 3 * np.sqrt(rng.uniform(0, 1, 20_000))
    points = np.stack([off * np.cos(turn), off * np.sin(turn), rng.uniform(-20, 20, 20_000)], 1)
    inner = radius - np.linalg.norm(points - centre, axis=1).min()
    there = Cylinder(motion.points(ROD.start_mm), motion.points(ROD.end_mm), ROD.radius_mm)
    outer = np.linalg.norm(points - centre, axis=1).max() - radius
    for inside, truth in ((False, inner), (True, outer)):
        here_mm = -least_signed_mm(surface(mesh), ROD, inside=inside)
        there_mm = -least_signed_mm(surface(moved(mesh, motion)), there, inside=inside)
        assert abs(here_mm - there_mm) <= tolerance_mm(here_mm) + 1e-6
        sagitta_mm = 0.02 * radius
        assert truth - sagitta_mm <= here_mm <= truth + sagitta_mm + 0.4  # samples are 0.2 apart


def test_the_axis_enters_where_the_wall_is():
    wall = surface(block((-9, -9, -12.25), (9, 9, 40), 3))
    assert first_entry_mm(wall, ROD) == pytest.approx(7.75)
    assert first_entry_mm(surface(block((-9, -9, -40), (9, 9, 40))), ROD) == 0.0
    assert first_entry_mm(surface(block((7, 7, 7), (9, 9, 9))), ROD) is None
