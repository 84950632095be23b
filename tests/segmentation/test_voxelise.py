"""Meshes to masks against solid angles, whole-number boxes and analytic volumes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.errors import Cancelled, Refusal
from segmentation.grid import Grid
from segmentation.mesh import Mesh
from segmentation.voxelise import open_edges, voxelised
from tests.segmentation.io.segs import turned

BOX = np.array(
    [
        (0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4),
        (2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5),
    ]
)  # fmt: skip


def box(low, high, *, is_inside_out=False):
    """Return a box between two corners."""
    corners = np.array([(n & 1, n >> 1 & 1, n >> 2) for n in range(8)], float)
    points = np.array(low) + corners * (np.array(high) - np.array(low))
    return Mesh(points, BOX[:, ::-1] if is_inside_out else BOX)


def joined(*meshes):
    """Return several shells as one mesh."""
    starts = np.cumsum([0, *(len(mesh.points_lps_mm) for mesh in meshes)])
    triangles = [m.triangles + s for m, s in zip(meshes, starts, strict=False)]
    return Mesh(np.concatenate([m.points_lps_mm for m in meshes]), np.concatenate(triangles))


def plain(shape=(20, 20, 20)):
    return Grid(shape, (0, 0, 0), (1, 1, 1), np.eye(3), "1.2")


def far():
    return Grid((30, 34, 40), (-31.25, -220.5, 812.75), (1.25, 0.8, 0.7), turned(12, 7, -5), "1.2")


def ball(centre, radius, rows=24):
    """Return a closed ball of triangles: rings between two poles."""
    around = 2 * rows
    points = [(0.0, 0.0, 1.0)]
    for row in range(1, rows):
        angle = math.pi * row / rows
        for n in range(around):
            turn = 2 * math.pi * (n + 0.5 * (row % 2)) / around
            points.append(
                (math.sin(angle) * math.cos(turn), math.sin(angle) * math.sin(turn),
                 math.cos(angle))
            )  # fmt: skip
    points.append((0.0, 0.0, -1.0))
    triangles = []
    for n in range(around):
        nxt = (n + 1) % around
        triangles += [(0, 1 + n, 1 + nxt)]
        last, ring = len(points) - 1, len(points) - 1 - around
        triangles += [(last, ring + nxt, ring + n)]
        for row in range(rows - 2):
            a, b = 1 + row * around + n, 1 + row * around + nxt
            triangles += [(a, a + around, b), (b, a + around, b + around)]
    return Mesh(np.array(points) * radius + centre, np.array(triangles))


def winding(mesh, points):
    """Return winding numbers by solid angles (van Oosterom and Strackee 1983)."""
    total = np.zeros(len(points))
    for triangle in mesh.triangles:
        a, b, c = (mesh.points_lps_mm[n] - points for n in triangle)
        la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
        top = np.einsum("ij,ij->i", a, np.cross(b, c))
        bottom = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
        total += 2 * np.arctan2(top, bottom)
    return total / (4 * np.pi)


def centres(grid):
    kji = np.indices(grid.shape_kji).reshape(3, -1).T
    return grid.lps_mm(kji[:, ::-1])


@pytest.mark.hazard("HAZ-15")
def test_voxels_of_a_ball_are_what_the_solid_angle_says():
    grid = far()
    mesh = ball(grid.centre_lps_mm + np.array([0.13, 0.27, 0.31]), 11.0, rows=10)
    mask = voxelised(mesh, grid).mask.to_bool().ravel()
    some = np.random.default_rng(2).choice(mask.size, 6000, replace=False)
    assert np.array_equal(mask[some], winding(mesh, centres(grid)[some]) > 0.5)
    assert mask[some].sum() > 300


@pytest.mark.hazard("HAZ-15")
def test_a_ball_has_its_volume_and_its_centre():
    spacing = (1.25, 0.8, 0.7)
    grid = Grid((36, 56, 64), (-31.25, -220.5, 812.75), spacing, turned(12, 7, -5), "1.2")
    centre = grid.centre_lps_mm + np.array([0.31, -0.17, 0.23])
    mesh = ball(centre, 20.0, rows=40)
    mask = voxelised(mesh, grid).mask
    assert mask.voxels * grid.voxel_ml == pytest.approx(mesh.volume_ml, rel=0.005)
    middle = grid.lps_mm(np.argwhere(mask.to_bool()).mean(axis=0)[::-1])
    assert np.linalg.norm(middle - centre) < 0.02


whole = st.integers(-3, 22)


@given(st.lists(whole, min_size=6, max_size=6))
@settings(max_examples=40)
def test_a_box_on_voxel_centres_has_exactly_its_voxels(ends):
    # All faces, edges and corners lie on rays: every decision is a tie.
    low, high = np.minimum(ends[:3], ends[3:]), np.maximum(ends[:3], ends[3:])
    mask = voxelised(box(low, high), plain()).mask.to_bool()
    kji = np.argwhere(mask)
    inside = [np.arange(max(a, 0), min(b, 20)) for a, b in zip(low, high, strict=True)]
    assert len(kji) == np.prod([len(one) for one in inside])
    if len(kji):
        sizes = kji.max(axis=0) - kji.min(axis=0) + 1
        assert np.prod(sizes) == len(kji)


def test_winding_does_not_matter_and_a_shell_inside_is_a_cavity():
    outer, inner = box((2.5,) * 3, (12.5,) * 3), box((5.5,) * 3, (8.5,) * 3)
    turned_in = box((5.5,) * 3, (8.5,) * 3, is_inside_out=True)
    hollow = voxelised(joined(outer, turned_in), plain())
    assert hollow.mask.voxels == 1000 - 27
    assert not hollow.findings
    told = voxelised(joined(outer, inner), plain())
    assert told.mask.voxels == 1000 - 27
    assert [finding.code for finding in told.findings] == ["mesh-shells"]
    assert told.findings[0].values["ml"] == 0.027
    inside_out = box((2.5,) * 3, (12.5,) * 3, is_inside_out=True)
    assert voxelised(inside_out, plain()).mask.voxels == 1000


@given(st.integers(0, 2**31), st.integers(-2, 2))
@settings(max_examples=25)
def test_no_row_ever_leaks(seed, shift):
    """Random tetrahedra with corners on half voxels: rays through edges and corners abound."""
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 38, (4, 3)) / 2.0 + shift / 65536
    mesh = Mesh(corners, np.array([(0, 1, 2), (0, 3, 1), (0, 2, 3), (1, 3, 2)]))
    mask = voxelised(mesh, plain()).mask.to_bool()
    kji = np.argwhere(mask)
    if len(kji):
        ijk = kji[:, ::-1]
        assert (ijk >= corners.min(axis=0) - 1e-4).all()
        assert (ijk <= corners.max(axis=0) + 1e-4).all()
    strictly = np.abs(winding(mesh, centres(plain()) + 1e-7)) > 0.999
    assert (mask.ravel() | ~strictly).all() or _near_faces(mesh, centres(plain()), mask, strictly)


def _near_faces(mesh, points, mask, strictly):
    """Return whether every voxel that differs lies on a face."""
    odd = points[mask.ravel() != strictly]
    planes = []
    for a, b, c in mesh.points_lps_mm[mesh.triangles]:
        normal = np.cross(b - a, c - a)
        length = np.linalg.norm(normal)
        if length > 0:
            planes.append(np.abs((odd - a) @ normal / length))
    return not planes or bool((np.min(planes, axis=0) < 1e-3).all())


def test_an_open_surface_is_refused_with_its_edges():
    whole_box = box((2.5,) * 3, (12.5,) * 3)
    assert open_edges(whole_box) == 0
    gap = Mesh(whole_box.points_lps_mm, whole_box.triangles[:-1])
    assert open_edges(gap) == 3
    with pytest.raises(Refusal) as caught:
        voxelised(gap, plain())
    assert (caught.value.code, caught.value.values) == ("mesh-open", {"edges": 3})


def test_triangles_without_area_change_nothing():
    whole_box = box((2.5,) * 3, (12.5,) * 3)
    flat = np.concatenate([whole_box.triangles, [(0, 0, 1), (3, 3, 3)]])
    assert voxelised(Mesh(whole_box.points_lps_mm, flat), plain()).mask.voxels == 1000


def test_only_what_lies_in_the_grid_is_filled():
    mask = voxelised(box((-50.5,) * 3, (4.5,) * 3), plain()).mask
    assert mask.voxels == 125
    assert voxelised(box((30.5,) * 3, (34.5,) * 3), plain()).mask.is_empty
    assert voxelised(box((-1e5,) * 3, (1e5,) * 3), plain()).mask.voxels == 8000


@pytest.mark.parametrize("far", [1e6, 1e12, 1e300])
def test_what_is_too_far_away_to_be_exact_is_refused(far):
    """Numbers of 1e12 made whole voxels of fractions, and those of 1e18 wrapped around."""
    with pytest.raises(Refusal) as caught:
        voxelised(box((-far,) * 3, (4.5,) * 3), plain())
    assert caught.value.code == "mesh-too-far"


def test_it_can_be_stopped():
    def stop(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        voxelised(box((2.5,) * 3, (12.5,) * 3), plain(), stop)
