"""Smooth surfaces of masks: closed, outward, inside their cells, with exactly shared borders."""

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkFiltersCore import vtkSurfaceNets3D

from segmentation.errors import Cancelled, Refusal
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from segmentation.nets import net_surfaces
from segmentation.volume import Volume
from tests.segmentation import solids
from tests.segmentation.random_masks import OBLIQUE, SPACINGS, grid_of, masks

EDGES = [
    (a, b)
    for a, b in product(product((0, 1), repeat=3), repeat=2)
    if sum(b) - sum(a) == 1 and sum(abs(m - n) for m, n in zip(a, b, strict=True)) == 1
]


def plain_points(voxels):
    """Return the net's points before smoothing, cell by cell, as (k, j, i) of voxel centres."""
    wide = np.pad(voxels, 1)
    points = []
    for cell in np.ndindex(*(n - 1 for n in wide.shape)):
        cut = [
            (np.array(a) + b) / 2
            for a, b in EDGES
            if wide[tuple(np.add(cell, a))] != wide[tuple(np.add(cell, b))]
        ]
        if cut:
            points.append(np.mean(cut, axis=0) + cell - 1.0)
    return np.array(points).reshape(-1, 3)


def cells_of(mesh, grid):
    """Return the cell of each point of a mesh: the voxel below it along k, j, i."""
    kji = grid.ijk(mesh.points_lps_mm)[:, ::-1]
    return kji


@settings(max_examples=25)
@given(masks(most=(3, 4, 6)), st.sampled_from(SPACINGS))
def test_points_begin_in_the_middle_of_the_cut_edges(voxels, spacing_kji_mm):
    grid = grid_of(voxels.shape, spacing_kji_mm)
    (mesh,) = net_surfaces(grid, (BitMask.from_bool(voxels),), 0)
    truth = plain_points(voxels)
    assert mesh.points_lps_mm.shape == truth.shape
    assert np.abs(cells_of(mesh, grid) - truth).max(initial=0.0) < 1e-5


@given(masks(most=(7, 9, 130)), st.sampled_from((0, 1, 16)))
def test_any_mask_has_a_closed_surface_inside_its_cells(voxels, rounds):
    grid = grid_of(voxels.shape, (2.5, 0.7, 0.9), OBLIQUE)
    mask = BitMask.from_bool(voxels)
    (mesh,) = net_surfaces(grid, (mask,), rounds)
    (start,) = net_surfaces(grid, (mask,), 0)
    assert mesh.is_closed
    low = np.floor(cells_of(start, grid))
    away = cells_of(mesh, grid) - low
    assert away.size == 0 or (away.min() > -1e-4 and away.max() < 1.0 + 1e-4)
    faces = sum(
        np.count_nonzero(np.diff(np.pad(voxels, 1).astype(np.int8), axis=n)) for n in range(3)
    )
    assert len(mesh.triangles) == 2 * faces


@pytest.mark.parametrize("spacing_kji_mm", SPACINGS)
def test_a_ball_is_round_and_its_normals_point_out(spacing_kji_mm):
    volume, centre = solids.ball(12.0, spacing_kji_mm)
    mask = solids.over(volume, 500)
    (mesh,) = net_surfaces(volume.grid, (mask,))
    away = np.linalg.norm(mesh.points_lps_mm - centre, axis=1) - 12.0
    assert np.abs(away).max() < max(spacing_kji_mm)
    assert abs(away.mean()) < 0.25 * max(spacing_kji_mm)
    low, high = (4 / 3000 * math.pi * (12.0 + 0.25 * n * max(spacing_kji_mm)) ** 3 for n in (-1, 1))
    assert low < mesh.volume_ml < high


def test_as_many_points_and_triangles_as_vtk_and_all_within_a_voxel():
    volume, _ = solids.ball(9.0)
    voxels = solids.over(volume, 500).to_bool()
    (mesh,) = net_surfaces(volume.grid, (BitMask.from_bool(voxels),))
    filter_ = vtkSurfaceNets3D()
    filter_.SetInputData(solids.vtk_image(Volume(voxels.astype(np.int16), volume.grid)))
    filter_.SetValue(0, 1)
    filter_.SetSmoothing(True)
    filter_.SetNumberOfIterations(16)
    filter_.SetOutputMeshTypeToTriangles()
    filter_.Update()
    theirs = filter_.GetOutput()
    assert theirs.GetNumberOfPoints() == len(mesh.points_lps_mm)
    assert theirs.GetNumberOfPolys() == len(mesh.triangles)
    points = vtk_to_numpy(theirs.GetPoints().GetData())
    away, _ = cKDTree(points).query(mesh.points_lps_mm)
    assert away.max() < 0.7


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.sampled_from((0, 16)))
def test_masks_that_meet_share_points_and_triangles_exactly(seed, rounds):
    labels = np.random.default_rng(seed).integers(0, 4, (3, 4, 70))
    labels[1] = 2
    grid = grid_of(labels.shape, (1.5, 0.7, 0.8))
    parts = [BitMask.from_bool(labels == n) for n in range(4)]
    whole = BitMask.from_bool(np.ones(labels.shape, bool))
    *meshes, hull = net_surfaces(grid, [*parts, whole], rounds)
    faces = Counter(
        frozenset(map(bytes, corners))
        for mesh in (*meshes, hull)
        for corners in mesh.points_lps_mm[mesh.triangles]
    )
    assert all(mesh.is_closed for mesh in meshes)
    # Each triangle lies between two parts, or between one part and what is around all.
    assert {n % 2 for n in faces.values()} == {0}
    assert sum(mesh.volume_ml for mesh in meshes) == pytest.approx(hull.volume_ml, rel=1e-9)


def test_the_number_of_masks_doesnt_move_the_border_of_one_apart():
    voxels = np.random.default_rng(1).random((5, 8, 140)) < 0.4
    apart = np.zeros_like(voxels)
    voxels[:, :, 60:] = False
    apart[1:4, 2:6, 80:130] = True
    grid = grid_of(voxels.shape)
    one, other = BitMask.from_bool(voxels), BitMask.from_bool(apart)
    (alone,) = net_surfaces(grid, (one,))
    both = net_surfaces(grid, (other, one))
    assert np.abs(alone.points_lps_mm - both[1].points_lps_mm).max() < 1e-4
    assert np.array_equal(alone.triangles, both[1].triangles)


def test_any_number_of_threads_gives_the_same_bytes():
    voxels = np.random.default_rng(2).random((40, 50, 90)) < 0.5
    grid, made = grid_of(voxels.shape, (1.0, 0.7, 0.7)), []
    parts = (BitMask.from_bool(voxels), BitMask.from_bool(~voxels))
    for wanted in (1, 2, 5):
        with threads(wanted):
            meshes = net_surfaces(grid, parts)
        made.append([m.points_lps_mm.tobytes() + m.triangles.tobytes() for m in meshes])
    assert made[0] == made[1] == made[2]


def test_nothing_has_no_surface_and_a_neighbour_keeps_its_own():
    grid = grid_of((3, 4, 70))
    nothing = BitMask.empty(grid.shape_kji)
    assert [len(m.triangles) for m in net_surfaces(grid, (nothing,))] == [0]
    assert net_surfaces(grid, ()) == ()
    voxel = np.zeros(grid.shape_kji, bool)
    voxel[2, 3, 69] = True
    one = BitMask.from_bool(voxel)
    empty, held = net_surfaces(grid, (nothing, one))
    assert len(empty.triangles) == 0
    assert len(held.triangles) == 12


def test_work_stops_when_asked_and_too_large_is_refused(monkeypatch):
    voxels = np.ones((30, 30, 30), bool)
    grid, mask = grid_of(voxels.shape), BitMask.from_bool(voxels)

    def stop(done, total):
        if done > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        net_surfaces(grid, (mask,), progress=stop)
    with pytest.raises(ValueError, match="another grid"):
        net_surfaces(grid_of((2, 2, 2)), (mask,))
    monkeypatch.setattr("segmentation.nets.TRIANGLES_MAX", 100)
    with pytest.raises(Refusal) as no:
        net_surfaces(grid, (mask,))
    assert no.value.code == "mesh-too-large"
