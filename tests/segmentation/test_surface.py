"""Surfaces against balls with partial volume, boxes, other implementations, and each other."""

import numpy as np
import pytest
import vtkmodules.util.numpy_support as vtk_numpy
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from segmentation.errors import Cancelled
from segmentation.kernels import iso_cases
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from segmentation.surface import iso_surface
from segmentation.volume import Volume
from tests.segmentation import solids

OBLIQUE = np.linalg.qr(np.array([[0.8, -0.5, 0.1], [0.4, 0.9, -0.3], [0.2, 0.3, 0.9]]))[0]
OBLIQUE = OBLIQUE * np.sign(np.linalg.det(OBLIQUE))


def random_case(seed, shape=(7, 9, 131)):
    rng = np.random.default_rng(seed)
    hu = rng.integers(-1000, 1000, shape).astype(np.int16)
    return Volume(hu, solids.grid(shape)), BitMask.from_bool(rng.random(shape) < rng.random())


@pytest.fixture(scope="module")
def ball():
    return solids.ball(15.0)


@pytest.mark.parametrize("radius_mm", [5.0, 15.0])
def test_radius_of_a_ball_is_analytic(radius_mm):
    volume, centre = solids.ball(radius_mm)
    mesh = iso_surface(volume, solids.over(volume, 500), 499.5)
    error = np.linalg.norm(mesh.points_lps_mm - centre, axis=1) - radius_mm
    assert abs(error.mean()) < 0.03
    assert np.abs(error).max() <= 0.15
    exact_ml = 4 / 3 * np.pi * radius_mm**3 / 1000
    chords_mm = 0.02  # a flat triangle of 1 mm lies below the ball
    assert mesh.volume_ml == pytest.approx(exact_ml, rel=3 * (0.03 + chords_mm) / radius_mm)


def test_noise_moves_a_ball_little(ball):
    volume, centre = ball
    noise = np.random.default_rng(1).normal(0, 25, volume.hu.shape)
    noisy = Volume((volume.hu + noise).astype(np.int16), volume.grid)
    mesh = iso_surface(noisy, solids.over(noisy, 500), 499.5)
    error = np.linalg.norm(mesh.points_lps_mm - centre, axis=1) - 15.0
    assert abs(error.mean()) < 0.03
    assert np.abs(error).max() <= 0.2


def test_clearance_from_a_ball_is_not_overstated(ball):
    """Points 1 to 4 mm outside; the mask's own voxel centres are up to 0.87 mm wrong here."""
    volume, centre = ball
    mesh = iso_surface(volume, solids.over(volume, 500), 499.5)
    rng = np.random.default_rng(3)
    ray = rng.normal(size=(1500, 3))
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    true_mm = rng.uniform(1.0, 4.0, 1500)
    found_mm = solids.vtk_distances_mm(mesh, centre + ray * (15.0 + true_mm)[:, None])
    assert abs((found_mm - true_mm).mean()) < 0.02
    assert (found_mm - true_mm).max() < 0.13
    assert (found_mm - true_mm).min() > -0.13


def test_centroid_of_mask_and_mesh_are_the_balls():
    """HAZ-15: no half-voxel shift between image, mask and surface."""
    rng = np.random.default_rng(20)
    volume, centre = solids.ball(20.0, off_mm=rng.uniform(-0.5, 0.5, 3))
    mask = solids.over(volume, 500)
    mesh = iso_surface(volume, mask, 499.5)
    a, b, c = (mesh.points_lps_mm[mesh.triangles[:, n]] - centre for n in range(3))
    weights = np.einsum("ij,ij->i", a, np.cross(b, c))
    of_mesh = ((a + b + c) / 4 * weights[:, None]).sum(axis=0) / weights.sum()
    of_mask = volume.grid.lps_mm(np.argwhere(mask.to_bool())[:, ::-1]).mean(axis=0) - centre
    assert np.abs(of_mesh).max() < 0.02
    assert np.abs(of_mask).max() < 0.05


def test_a_box_of_voxels_ends_half_a_voxel_outside():
    """HAZ-15: voxel centres are integers; checked in LPS mm on each side."""
    voxels = np.zeros((12, 20, 150), bool)
    voxels[3:8, 5:15, 60:132] = True
    volume = Volume(np.zeros(voxels.shape, np.int16), solids.grid(voxels.shape))
    mesh = iso_surface(volume, BitMask.from_bool(voxels), None)
    first, last = np.array([60, 5, 3]) - 0.5, np.array([131, 14, 7]) + 0.5
    step = np.array([0.7, 0.7, 1.0])
    np.testing.assert_allclose(mesh.points_lps_mm.min(axis=0), first * step, atol=1e-12)
    np.testing.assert_allclose(mesh.points_lps_mm.max(axis=0), last * step, atol=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_any_mask_has_a_closed_outward_surface(seed):
    widths = (1, 2, 61, 62, 63, 64, 65, 66, 127, 128, 131, 190)
    volume, mask = random_case(seed, (5 + seed % 3, 6, widths[seed]))
    mesh = iso_surface(volume, mask, 0.0)
    assert mesh.is_closed
    assert solids.edges_used_twice(mesh) == 0
    assert mesh.volume_ml > 0.0
    assert np.array_equal(np.unique(mesh.triangles), np.arange(len(mesh.points_lps_mm)))


@pytest.mark.parametrize("seed", range(6))
def test_points_are_the_cut_voxel_edges(seed):
    """Second road: a point for every pair of neighbours that differ in the padded mask."""
    volume, mask = random_case(seed)
    padded = np.pad(mask.to_bool(), 1)
    cut = []
    for axis in range(3):
        at = np.argwhere(np.diff(padded, axis=axis)) - 1.0
        at[:, axis] += 0.5
        cut.append(at)
    expected = volume.grid.lps_mm(np.concatenate(cut)[:, ::-1])
    mesh = iso_surface(volume, mask, None)
    order = [np.lexsort(np.round(p, 6).T) for p in (expected, mesh.points_lps_mm)]
    np.testing.assert_allclose(mesh.points_lps_mm[order[1]], expected[order[0]], atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_a_point_lies_where_the_value_crosses(seed):
    """Second road: linear interpolation along the edge by NumPy, half-way where nothing crosses."""
    volume, mask = random_case(seed, (4, 5, 70))
    mesh = iso_surface(volume, mask, 100.25)
    ijk = volume.grid.ijk(mesh.points_lps_mm)
    low = np.floor(ijk + 1e-7).astype(int)[:, ::-1]
    axis = np.argmax(ijk[:, ::-1] - low, axis=1)
    high = low.copy()
    high[np.arange(len(high)), axis] += 1
    inside = (low >= 0).all(axis=1) & (high < volume.hu.shape).all(axis=1)
    a, b = (volume.hu[tuple(at[inside].T)].astype(float) for at in (low, high))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((a < 100.25) == (b < 100.25), 0.5, (100.25 - a) / (b - a))
    found = (ijk[:, ::-1] - low)[np.arange(len(low)), axis]
    np.testing.assert_allclose(found[inside], np.clip(ratio, 2**-10, 1 - 2**-10), atol=1e-9)
    np.testing.assert_allclose(found[~inside], 0.5, atol=1e-9)


def test_a_ball_turned_far_away_is_the_same_ball(ball):
    """Rigid motion changes nothing but the place (oblique grid a metre from the origin)."""
    volume, _ = ball
    origin = np.array([812.0, -1043.0, 1501.0])
    moved = Volume(volume.hu, solids.grid(volume.grid.shape_kji, origin=origin, direction=OBLIQUE))
    here = iso_surface(volume, solids.over(volume, 500), 499.5)
    there = iso_surface(moved, solids.over(moved, 500), 499.5)
    expected = here.points_lps_mm @ OBLIQUE.T + origin
    assert np.linalg.norm(there.points_lps_mm - expected, axis=1).max() < 0.001
    assert there.is_closed
    assert there.volume_ml == pytest.approx(here.volume_ml, rel=1e-9)


def test_bytes_do_not_depend_on_threads(ball):
    volume, _ = ball
    with threads(1):
        one = iso_surface(volume, solids.over(volume, 500), 499.5)
    for wanted in (2, 3):
        with threads(wanted):
            more = iso_surface(volume, solids.over(volume, 500), 499.5)
        assert one.points_lps_mm.tobytes() == more.points_lps_mm.tobytes()
        assert one.triangles.tobytes() == more.triangles.tobytes()


def test_a_mask_in_a_corner_gives_the_same_surface_as_in_the_middle():
    rng = np.random.default_rng(5)
    hu = rng.integers(-1000, 1000, (30, 30, 300)).astype(np.int16)
    volume = Volume(hu, solids.grid(hu.shape))
    voxels = np.zeros(hu.shape, bool)
    voxels[20:28, 11:19, 140:290] = rng.random((8, 8, 150)) < 0.5
    whole = BitMask(hu.shape, BitMask.from_bool(voxels).to_words())
    cropped = BitMask.from_bool(voxels)
    assert cropped.start_word == 2
    a, b = (iso_surface(volume, mask, 0.0) for mask in (whole, cropped))
    assert a.points_lps_mm.tobytes() == b.points_lps_mm.tobytes()
    assert a.triangles.tobytes() == b.triangles.tobytes()


def test_a_cut_through_bone_is_flat_and_closed(ball):
    volume, _ = ball
    voxels = volume.hu >= 500
    middle = voxels.shape[0] // 2
    voxels[middle:] = False
    mesh = iso_surface(volume, BitMask.from_bool(voxels), 499.5)
    assert mesh.is_closed
    assert mesh.points_lps_mm[:, 2].max() == pytest.approx(middle - 0.5)


def test_bone_that_leaves_the_volume_is_closed_half_a_voxel_outside():
    hu = np.full((6, 7, 8), 1000, np.int16)
    mesh = iso_surface(Volume(hu, solids.grid(hu.shape)), BitMask.from_bool(hu > 0), 499.5)
    assert mesh.is_closed
    np.testing.assert_allclose(mesh.points_lps_mm.min(axis=0), [-0.35, -0.35, -0.5])


def test_hu_equal_to_the_level_makes_no_empty_triangle():
    hu = np.random.default_rng(2).choice([-5, 0, 5], (9, 9, 70)).astype(np.int16)
    volume = Volume(hu, solids.grid(hu.shape))
    mesh = iso_surface(volume, solids.over(volume, 0), 0.0)
    assert solids.areas_mm2(mesh).min() > 0.0
    corners = mesh.points_lps_mm.astype(np.float32)
    assert len(np.unique(corners, axis=0)) == len(corners)


def test_an_empty_mask_has_an_empty_surface(ball):
    volume, _ = ball
    assert len(iso_surface(volume, BitMask.empty(volume.grid.shape_kji), 200.0).triangles) == 0


def test_a_mask_of_another_grid_is_a_bug(ball):
    volume, _ = ball
    with pytest.raises(ValueError, match="another grid"):
        iso_surface(volume, BitMask.from_bool(np.ones((2, 2, 2), bool)), 200.0)


@pytest.mark.parametrize("wanted", [1, 2])
def test_work_stops_when_asked(ball, wanted):
    volume, _ = ball
    calls = []

    def stop_at_fifth(done, total):
        calls.append(done / total)
        if len(calls) == 5:
            raise Cancelled

    with threads(wanted), pytest.raises(Cancelled):
        iso_surface(volume, solids.over(volume, 500), 499.5, stop_at_fifth)
    assert len(calls) == 5


def test_progress_climbs_to_its_end(ball):
    volume, _ = ball
    ratios = []
    iso_surface(volume, solids.over(volume, 500), 499.5, lambda d, t: ratios.append(d / t))
    assert ratios == sorted(ratios)
    assert ratios[-1] == 1.0


def test_vertices_are_those_of_flying_edges(ball):
    """Second road: VTK. Tables differ, vertices may not."""
    volume, _ = ball
    noise = np.random.default_rng(8).normal(0, 40, volume.hu.shape)
    noisy = Volume((volume.hu + noise).astype(np.int16), volume.grid)
    filter_ = vtkFlyingEdges3D()
    filter_.SetInputData(solids.vtk_image(noisy))
    filter_.SetValue(0, 499.5)
    filter_.Update()
    theirs = vtk_numpy.vtk_to_numpy(filter_.GetOutput().GetPoints().GetData())
    ours = iso_surface(noisy, solids.over(noisy, 500), 499.5).points_lps_mm
    assert len(ours) == len(theirs)
    distance, partner = cKDTree(theirs).query(ours)
    assert distance.max() < 0.001
    assert len(np.unique(partner)) == len(ours)


def test_surface_lies_on_that_of_scikit_image(ball):
    volume, _ = ball
    points, faces, _, _ = marching_cubes(volume.hu, 499.5, spacing=(1.0, 0.7, 0.7))
    mesh = iso_surface(volume, solids.over(volume, 500), 499.5)
    a, b, c = (points[faces[:, n]].astype(float) for n in range(3))
    theirs_ml = abs(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6000
    assert mesh.volume_ml == pytest.approx(theirs_ml, rel=0.001)
    assert solids.vtk_distances_mm(mesh, points[::40, ::-1].astype(float)).max() < 0.01


def test_case_table_is_closed_on_each_face_and_complete():
    """Each cut edge of a cell has a triangle corner, and no other edge has."""
    count, corners = iso_cases.derive()
    assert count.max() <= 5
    for case in range(256):
        used = set(corners[case, : 3 * count[case]].tolist())
        cut = set()
        for axis, starts in enumerate(iso_cases.EDGE_STARTS):
            for n, corner in enumerate(starts):
                if (case >> corner ^ case >> (corner + (1 << axis))) & 1:
                    cut.add(4 * axis + n)
        assert used == cut
