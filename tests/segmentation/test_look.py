"""Surfaces for the screen: what smoothing and thinning keep, and what they are said to change."""

import threading
import time

import fast_simplification
import numpy as np
import pytest

from segmentation.errors import Cancelled
from segmentation.kernels import collapse, nearest, relax
from segmentation.look import decimated, distances_mm, largest_deviation_mm, smoothed
from segmentation.mesh import Mesh
from segmentation.surface import iso_surface
from tests.segmentation import solids

FAR_LPS_MM = np.array([800.0, -950.0, 1400.0])


@pytest.fixture(scope="module")
def voxel_ball():
    """Return the surface of a ball's mask, terraces and all, its centre, and the mask's spacing."""
    volume, centre = solids.ball(15.0)
    return iso_surface(volume, solids.over(volume, 500), None), centre


def moved(mesh, offset):
    return Mesh(mesh.points_lps_mm + offset, mesh.triangles)


def _side_by_side(mesh, copies_n):
    """Return so many copies, 40 mm apart, as one mesh."""
    step = np.array((40.0, 0.0, 0.0))
    points = np.concatenate([mesh.points_lps_mm + n * step for n in range(copies_n)])
    each_n = len(mesh.points_lps_mm)
    return Mesh(points, np.concatenate([mesh.triangles + n * each_n for n in range(copies_n)]))


def with_centres(mesh):
    centres = mesh.points_lps_mm[mesh.triangles].mean(axis=1)
    return np.concatenate([mesh.points_lps_mm, centres])


def radii(mesh, centre):
    return np.linalg.norm(mesh.points_lps_mm - centre, axis=1)


def test_neighbours_are_those_of_the_edges(voxel_ball):
    """Second road: sets of edges in Python."""
    mesh, _ = voxel_ball
    n = len(mesh.points_lps_mm)
    start, link = np.zeros(n + 1, np.int32), np.empty(mesh.triangles.size, np.int32)
    relax.neighbours(mesh.triangles, start, link)
    expected = {(int(t[a]), int(t[b])) for t in mesh.triangles for a, b in ((0, 1), (1, 2), (2, 0))}
    expected |= {(b, a) for a, b in expected}
    found = [(v, int(w)) for v in range(n) for w in link[start[v] : start[v + 1]]]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_a_smoothed_ball_is_rounder_and_no_smaller(voxel_ball):
    mesh, centre = voxel_ball
    smooth = smoothed(mesh)
    assert radii(smooth, centre).std() < 0.6 * radii(mesh, centre).std()
    assert smooth.volume_ml == pytest.approx(mesh.volume_ml, rel=0.005)
    assert abs(radii(smooth, centre).mean() - 15.0) < 0.03
    assert np.array_equal(smooth.triangles, mesh.triangles)
    assert smooth.is_closed


def test_plain_averaging_would_shrink_the_ball(voxel_ball):
    """Taubin's growing step is what keeps the size: without it the ball is smaller."""
    mesh, _ = voxel_ball
    n = len(mesh.points_lps_mm)
    start, link = np.zeros(n + 1, np.int32), np.empty(mesh.triangles.size, np.int32)
    relax.neighbours(mesh.triangles, start, link)
    here = mesh.points_lps_mm.astype(np.float32)
    there = np.empty_like(here)
    for _ in range(20):
        relax.laplace(here, start, link, 0.5, there, 0, n)
        here, there = there, here
    assert Mesh(here, mesh.triangles).volume_ml < 0.99 * mesh.volume_ml


def test_smoothing_is_blind_to_the_place(voxel_ball):
    mesh, _ = voxel_ball
    there = smoothed(moved(mesh, FAR_LPS_MM)).points_lps_mm - FAR_LPS_MM
    np.testing.assert_allclose(there, smoothed(mesh).points_lps_mm, atol=1e-4)


def test_smoothing_gives_the_same_bytes_again(voxel_ball):
    mesh, _ = voxel_ball
    assert smoothed(mesh).points_lps_mm.tobytes() == smoothed(mesh).points_lps_mm.tobytes()


def test_nothing_to_smooth_stays_as_it_is(voxel_ball):
    mesh, _ = voxel_ball
    empty = Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    assert smoothed(empty) is empty
    assert smoothed(mesh, 0) is mesh


def test_smoothing_stops_when_asked(voxel_ball):
    def stop(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        smoothed(voxel_ball[0], progress=stop)


def test_a_thinned_ball_has_the_triangles_asked_for_and_is_near(voxel_ball):
    mesh = smoothed(voxel_ball[0])
    few = decimated(mesh, 3000)
    assert len(few.triangles) == pytest.approx(3000, rel=0.02)
    assert few.is_closed
    assert few.volume_ml == pytest.approx(mesh.volume_ml, rel=0.01)
    assert 0.0 < largest_deviation_mm(mesh, few) < 0.5


def test_thinning_is_as_near_as_a_second_implementation(voxel_ball):
    """Second road: fast-simplification, the same kind of method."""
    mesh = smoothed(voxel_ball[0])
    points, triangles = fast_simplification.simplify(
        mesh.points_lps_mm.astype(np.float32), mesh.triangles.copy(), target_count=3000
    )
    theirs = Mesh(points.astype(np.float64), triangles)
    ours = decimated(mesh, 3000)
    assert distances_mm(mesh.points_lps_mm, ours).mean() < 1.6 * (
        distances_mm(mesh.points_lps_mm, theirs).mean()
    )


def test_thinning_far_from_the_origin_is_as_good(voxel_ball):
    mesh = smoothed(voxel_ball[0])
    few = decimated(moved(mesh, FAR_LPS_MM), 3000)
    assert largest_deviation_mm(moved(mesh, FAR_LPS_MM), few) < 0.5


def test_thinning_may_be_stopped_and_lets_other_threads_run(voxel_ball):
    """A timer of 5 ms in this thread goes on ticking: a decimator that held the GIL froze it."""
    mesh = smoothed(voxel_ball[0])

    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        decimated(mesh, 3000, stop)
    decimated(mesh, 3000)
    work = threading.Thread(target=decimated, args=(_side_by_side(mesh, 12), 3000))
    work.start()
    gaps_s, last = [], time.perf_counter()
    while work.is_alive():
        work.join(0.005)
        gaps_s.append(time.perf_counter() - last)
        last = time.perf_counter()
    assert len(gaps_s) > 5
    assert max(gaps_s) < 0.5 * sum(gaps_s)


def test_a_thinned_ball_keeps_triangles_facing_outward(voxel_ball):
    mesh, centre = voxel_ball
    few = decimated(smoothed(mesh), 1500)
    a, b, c = (few.points_lps_mm[few.triangles[:, n]] for n in range(3))
    outward = np.einsum("ij,ij->i", np.cross(b - a, c - a), (a + b + c) / 3.0 - centre)
    assert (outward > 0.0).mean() > 0.995


def test_a_point_moved_past_its_ring_is_seen_to_turn_a_triangle_over():
    """A flat fan of six triangles around point 0; point 1 is the one to join."""
    angles = np.radians(60.0 * np.arange(6))
    ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(6)], axis=1)
    points = np.concatenate([np.zeros((1, 3)), ring])
    fan = np.array([(0, 1 + n, 1 + (n + 1) % 6) for n in range(6)], np.int32)
    start, after, before = np.zeros(8, np.int32), np.empty(18, np.int32), np.empty(18, np.int32)
    collapse.rings(fan, start, after, before)
    for place, turns in (((0.4, 0, 0), False), ((0.4, 0, 0.3), False), ((0, 1.5, 0), True)):
        found = collapse._turns(points, start, after, before, 0, 1, np.array(place, float))
        assert found == turns, place


def test_thinning_is_the_same_twice(voxel_ball):
    first, second = (decimated(smoothed(voxel_ball[0]), 3000) for _ in range(2))
    assert np.array_equal(first.points_lps_mm, second.points_lps_mm)
    assert np.array_equal(first.triangles, second.triangles)


def test_enough_triangles_are_left_alone(voxel_ball):
    mesh, _ = voxel_ball
    assert decimated(mesh, len(mesh.triangles)) is mesh


def test_deviation_of_a_shifted_cube_is_its_shift():
    """Analytic: 0.1 mm along x moves two faces by 0.1 mm and no point further."""
    cube = solids.cube(20.0)
    shifted = moved(cube, np.array([0.1, 0.0, 0.0]))
    assert largest_deviation_mm(cube, shifted) == pytest.approx(0.1, abs=1e-9)
    assert largest_deviation_mm(cube, cube) < 1e-9


def test_deviation_sees_a_single_moved_point(voxel_ball):
    """A planted fault of 0.7 mm, in either order."""
    mesh, centre = voxel_ball
    points = mesh.points_lps_mm.copy()
    outward = (points[1234] - centre) / np.linalg.norm(points[1234] - centre)
    points[1234] += 0.7 * outward
    spiked = Mesh(points, mesh.triangles)
    assert largest_deviation_mm(mesh, spiked) == pytest.approx(0.7, abs=0.08)
    assert largest_deviation_mm(spiked, mesh) == pytest.approx(0.7, abs=0.08)


def test_deviation_is_that_of_vtk(voxel_ball):
    """Second road: VTK's exact distance at the same points and triangle centres."""
    mesh = smoothed(voxel_ball[0])
    few = decimated(mesh, 2000)
    there = solids.vtk_distances_mm(few, with_centres(mesh)).max()
    vtk_mm = max(there, solids.vtk_distances_mm(mesh, with_centres(few)).max())
    ours_mm = largest_deviation_mm(mesh, few)
    assert ours_mm == pytest.approx(vtk_mm, abs=1e-5)


def test_deviation_from_nothing_is_endless():
    empty = Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    assert largest_deviation_mm(solids.cube(), empty) == float("inf")
    assert largest_deviation_mm(empty, empty) == 0.0


def test_distance_to_a_triangle_is_the_smallest_over_its_points():
    """Second road: a fine grid of barycentric coordinates; slivers and points included."""
    rng = np.random.default_rng(6)
    u, v = np.meshgrid(np.linspace(0, 1, 201), np.linspace(0, 1, 201))
    inside = u + v <= 1
    weights = np.stack([1 - u - v, u, v], axis=-1)[inside]
    for n in range(60):
        corners, p = rng.normal(size=(3, 3)), rng.normal(size=3) * 2
        if n % 6 == 0:
            corners[2] = corners[1]
        if n % 12 == 0:
            corners[1] = corners[2] = corners[0]
        brute = np.linalg.norm(weights @ corners - p, axis=1).min()
        exact = nearest.triangle_square(p, *corners) ** 0.5
        assert brute - 0.02 <= exact <= brute + 1e-12


@pytest.mark.parametrize("far_mm", [0.0, 30.0])
def test_distances_to_a_mesh_are_those_of_vtk(voxel_ball, far_mm):
    """Second road, inside, outside and far off; VTK works in float64 here."""
    mesh, centre = voxel_ball
    samples = centre + np.random.default_rng(9).normal(size=(400, 3)) * 12 + far_mm
    theirs = solids.vtk_distances_mm(mesh, samples)
    np.testing.assert_allclose(distances_mm(samples, mesh), theirs, atol=1e-5)


def test_distances_to_a_flat_mesh_are_heights():
    corners = np.array([[0.0, 0, 5], [100, 0, 5], [0, 100, 5], [100, 100, 5]])
    flat = Mesh(corners, np.array([[0, 1, 2], [1, 3, 2]], np.int32))
    samples = np.array([[50.0, 50, 9], [1, 2, -3], [103, 104, 5], [50, 50, 5]])
    np.testing.assert_allclose(distances_mm(samples, flat), [4.0, 8.0, 5.0, 0.0], atol=1e-12)
