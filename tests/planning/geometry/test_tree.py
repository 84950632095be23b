"""The compiled searches against brute force: trimesh, dense samples, rigid motion.

On slivers, on concave and many-part surfaces, and far from the origin.
"""

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from planning.geometry.cylinder import Cylinder
from planning.geometry.depth import deepest, tolerance_mm
from planning.geometry.kernels.foot import nearest_points
from planning.geometry.query import GAP_TOLERANCE_MM, first_entry_mm, gap_mm, least_signed_mm
from planning.geometry.rigid import Rigid
from planning.geometry.surface import is_inside, surface_of
from planning.geometry.thickness import chords_mm
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.surface import iso_surface
from segmentation.volume import Volume
from tests.planning.geometry.shapes import block, moved, sphere
from tests.planning.geometry.test_pairs import solid_points
from tests.segmentation.solids import grid

FAR = np.array([4000.0, -9000.0, 2500.0])
SPACING_MM = 0.25


def ruins():
    """Many parts with holes and hollows: a random mask's surface, 1 mm voxels."""
    rng = np.random.default_rng(9)
    voxels = np.zeros((13, 14, 15), bool)
    voxels[2:-2, 2:-2, 2:-2] = rng.random((9, 10, 11)) < 0.55
    voxels[4:10, 4:9, 4:9] = True
    place = grid(voxels.shape, (1.0, 1.0, 1.0), (-7, -7, -6), np.eye(3))
    volume = Volume(np.zeros(voxels.shape, np.int16), place)
    return iso_surface(volume, BitMask.from_bool(voxels), None)


def shell():
    """A ball with a hollow: two parts, one inside the other."""
    outer, inner = sphere((0, 0, 0), 12.0, 3), sphere((1, 0, 0), 8.0, 3)
    turned_in = inner.triangles[:, ::-1] + len(outer.points_lps_mm)
    return Mesh(
        np.concatenate([outer.points_lps_mm, inner.points_lps_mm]),
        np.concatenate([outer.triangles, turned_in]).astype(np.int32),
    )


def slivers():
    """A flat ball with triangles a thousand times longer than wide, and some of no width."""
    ball = sphere((0, 0, 0), 10.0, 3)
    points = ball.points_lps_mm * (1.0, 1.0, 0.002)
    points = np.round(points, 3)  # some points fall together
    return Mesh(points, ball.triangles)


SHAPES = {
    "ruins": ruins, "shell": shell, "slivers": slivers,
    "far": lambda: Mesh(ruins().points_lps_mm + FAR, ruins().triangles),
    "block": lambda: block((-9, -7, -8), (9, 7, 8), 1),
}  # fmt: skip


@pytest.fixture(scope="module", params=list(SHAPES))
def shape(request):
    mesh = SHAPES[request.param]()
    return mesh, surface_of(mesh)


def rods(mesh, count, seed):
    """Random rods in, through and beside a mesh."""
    rng = np.random.default_rng(seed)
    low, high = mesh.points_lps_mm.min(axis=0) - 6, mesh.points_lps_mm.max(axis=0) + 6
    for _ in range(count):
        yield Cylinder(*rng.uniform(low, high, (2, 3)), rng.uniform(0.3, 3.0))


def test_the_nearest_point_is_trimesh_s(shape):
    """No other triangle is nearer; corners, edges, insides and slivers alike."""
    mesh, surface = shape
    rng = np.random.default_rng(1)
    low, high = mesh.points_lps_mm.min(axis=0) - 5, mesh.points_lps_mm.max(axis=0) + 5
    points = rng.uniform(low, high, (60, 3))
    feet, squares = np.zeros_like(points), np.zeros(len(points))
    nearest_points(surface.tree, points, feet, squares)
    corners = mesh.points_lps_mm[mesh.triangles]
    centres = mesh.points_lps_mm.mean(axis=0)  # trimesh loses digits far from the origin
    for n, point in enumerate(points):
        every = np.broadcast_to(point - centres, (len(corners), 3))
        theirs = trimesh.triangles.closest_point(corners - centres, every)
        least = np.nanmin(np.linalg.norm(theirs - (point - centres), axis=1))
        assert np.sqrt(squares[n]) == pytest.approx(least, abs=1e-9)
        assert np.linalg.norm(feet[n] - point) == pytest.approx(np.sqrt(squares[n]), abs=1e-9)


def solid_angle(corners, point):
    """How often triangles go round a point (Van Oosterom and Strackee 1983)."""
    a, b, c = (corners[:, n] - point for n in range(3))
    x, y, z = (np.linalg.norm(one, axis=1) for one in (a, b, c))
    over = np.einsum("ij,ij->i", a, np.cross(b, c))
    dots = [np.einsum("ij,ij->i", p, q) for p, q in ((a, b), (b, c), (c, a))]
    under = x * y * z + dots[0] * z + dots[1] * x + dots[2] * y
    return 2 * np.arctan2(over, under).sum() / (4 * np.pi)


def test_inside_is_what_the_solid_angle_says(shape):
    mesh, surface = shape
    rng = np.random.default_rng(2)
    points = rng.uniform(mesh.points_lps_mm.min(axis=0), mesh.points_lps_mm.max(axis=0), (120, 3))
    corners = mesh.points_lps_mm[mesh.triangles]
    turns = np.array([solid_angle(corners, point) for point in points])
    assert np.abs(turns - np.round(turns)).max() < 1e-6
    assert np.array_equal(is_inside(surface, points), turns > 0.5)


def dense(mesh):
    """Points all over the surface, no further apart than `SPACING_MM`."""
    parts = [mesh.points_lps_mm]
    for corners in mesh.points_lps_mm[mesh.triangles]:
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).max()
        steps = max(1, int(np.ceil(longest / SPACING_MM)))
        i, j = np.meshgrid(np.arange(steps + 1), np.arange(steps + 1), indexing="ij")
        keep = i + j <= steps
        share = np.stack([i[keep], j[keep], steps - i[keep] - j[keep]], 1) / steps
        parts.append(share @ corners)
    return np.concatenate(parts)


@pytest.fixture(scope="module")
def samples(shape):
    return dense(shape[0])


def test_a_gap_is_that_of_dense_samples(shape, samples):
    mesh, surface = shape
    for rod in rods(mesh, 40, 3):
        found, sampled = gap_mm(surface, rod), rod.signed_mm(samples).min()
        if found < 0.0:
            assert sampled < SPACING_MM
        else:
            assert sampled - SPACING_MM <= found <= sampled + GAP_TOLERANCE_MM


@pytest.mark.parametrize("inside", [False, True])
def test_no_sample_of_a_rod_lies_deeper_than_said_and_one_nearly_does(shape, samples, inside):
    """Never too shallow; too deep by the tolerance and what samples leave out at most."""
    mesh, surface = shape
    tree, corners = cKDTree(samples), mesh.points_lps_mm[mesh.triangles]
    for n, rod in enumerate(rods(mesh, 8, 4)):
        worst = deepest(surface, rod, inside=inside)
        points = solid_points(rod, 4000, np.random.default_rng(n))
        away = tree.query(points)[0] - SPACING_MM  # never more than the true distance
        order = np.argsort(-away)[:60]
        is_beyond = [(solid_angle(corners, points[i]) > 0.5) != inside for i in order]
        beyond = away[order][is_beyond]
        assert not beyond.size or worst.mm >= beyond.max()
        # Not overstated: the point shown is in the rod, beyond, and as deep within the tolerance.
        length = np.linalg.norm(worst.worst_mm - worst.foot_mm)
        if worst.mm > tolerance_mm(0.0) + 1e-9:
            assert rod.signed_mm(worst.worst_mm)[0] <= 1e-8
            assert (solid_angle(corners, worst.worst_mm) > 0.5) != inside
            assert tree.query(worst.worst_mm)[0] >= length - 1e-6
            assert worst.mm - tolerance_mm(worst.mm) - 1e-6 <= length <= worst.mm


MOTION = Rigid(Rigid.turn([2, -1, 3], 71.0).rotation, np.array([31.0, -207.0, 90.5]))


def test_a_rigid_motion_changes_nothing(shape):
    """Beyond rounding; the search for a depth goes along with what it is measured to."""
    mesh, surface = shape
    there = surface_of(moved(mesh, MOTION))
    for rod in rods(mesh, 8, 5):
        turned = Cylinder(MOTION.points(rod.start_mm), MOTION.points(rod.end_mm), rod.radius_mm)
        gap, gap_there = gap_mm(surface, rod), gap_mm(there, turned)
        assert (gap < 0) == (gap_there < 0)
        if gap >= 0.0:
            assert gap_there == pytest.approx(gap, abs=1e-6)
        entry, entry_there = first_entry_mm(surface, rod), first_entry_mm(there, turned)
        assert entry_there == (None if entry is None else pytest.approx(entry, abs=1e-6))
        for inside in (False, True):
            here_mm = least_signed_mm(surface, rod, inside=inside)
            there_mm = least_signed_mm(there, turned, inside=inside)
            room = 1e-6 if here_mm >= 0.0 else tolerance_mm(-here_mm) + 1e-6
            assert there_mm == pytest.approx(here_mm, abs=room)


def test_an_entry_is_the_first_change_along_the_axis(shape):
    """Sampled at 0.01 mm by the solid angle's sign, through `is_inside` that it agrees with."""
    mesh, surface = shape
    for rod in rods(mesh, 6, 6):
        at = np.arange(0.0, rod.length_mm, 0.01)
        within = is_inside(surface, rod.start_mm + at[:, None] * rod.direction)
        entry = first_entry_mm(surface, rod)
        first = int(within.argmax())
        if not within.any():
            # What is thinner than the samples may still be entered.
            assert entry is None or is_inside(
                surface, rod.start_mm + (entry + 1e-5) * rod.direction
            )
        else:
            assert entry is not None
            assert entry <= at[first] + 1e-6
            if not within[0] and entry < at[first] - 0.01:
                assert is_inside(surface, rod.start_mm + (entry + 1e-5) * rod.direction)


def test_a_rod_in_the_middle_of_a_block_is_as_deep_as_half_the_block():
    """Half-way between two walls, where every point is equally near to both."""
    wall = surface_of(block((-10, -12, -15), (10, 12, 15), 4))
    rod = Cylinder(np.array([0.0, 0, 13]), np.array([0.0, 0, -13]), 2.0)
    found = deepest(wall, rod, inside=False)
    assert 10.0 <= found.mm <= 10.0 + tolerance_mm(10.0) + 1e-9
    assert -least_signed_mm(wall, rod, inside=False) == found.mm


def test_chords_run_to_the_next_wall_out():
    """Through a shell: its thickness, not the way across the hollow."""
    chords = chords_mm(surface_of(shell()), 40.0)
    assert chords.min() > 2.8
    assert np.percentile(chords, 90) < 8.5
